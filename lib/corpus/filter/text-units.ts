/**
 * A text cut into words, lines and paragraphs, each cut made once and only when a rule asks for it.
 *
 * Words are runs without white space, lines end at a line feed, paragraphs at an empty line; empty lines and
 * paragraphs do not count. White space around them is left out.
 */
export class TextUnits {
  readonly text: string;
  #words: string[] | undefined;
  #wordCount: number | undefined;
  #lines: string[] | undefined;
  #paragraphs: string[] | undefined;

  constructor(text: string) {
    this.text = text;
  }

  get words(): readonly string[] {
    if (this.#words === undefined) {
      const inner = this.text.trim();
      this.#words = inner === "" ? [] : inner.split(/\s+/u);
    }
    return this.#words;
  }

  /** Number of words, found without cutting: a very long text would become millions of small ones. */
  get wordCount(): number {
    return this.#words?.length ?? (this.#wordCount ??= countWords(this.text));
  }

  get lines(): readonly string[] {
    return (this.#lines ??= trimmed(this.text.match(/[^\n]+/gu) ?? []));
  }

  get paragraphs(): readonly string[] {
    return (this.#paragraphs ??= trimmed(this.text.split(/\n[^\S\n]*\n/u)));
  }
}

function trimmed(parts: readonly string[]): string[] {
  return parts.map((part) => part.trim()).filter((part) => part !== "");
}

function countWords(text: string): number {
  let count = 0;
  let isInside = false;
  for (let index = 0; index < text.length; index++) {
    const isWhite = isWhiteSpace(text.charCodeAt(index));
    if (!isWhite && !isInside) count++;
    isInside = !isWhite;
  }
  return count;
}

/** What `\s` matches, by UTF-16 code unit. */
function isWhiteSpace(unit: number): boolean {
  if (unit < 0x80) return unit === 0x20 || (unit >= 9 && unit <= 13);
  return unit === 0xa0 || unit === 0xfeff || (unit >= 0x1680 && /\s/u.test(String.fromCharCode(unit)));
}
