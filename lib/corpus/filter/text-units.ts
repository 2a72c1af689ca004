/**
 * A text cut into words, lines and paragraphs, each cut made once and only when a rule asks for it.
 *
 * Words are runs without white space, lines end at a line feed, paragraphs at an empty line; empty lines and
 * paragraphs do not count. White space around them is left out.
 */
export class TextUnits {
  readonly text: string;
  #words: string[] | undefined;
  #lines: string[] | undefined;
  #paragraphs: string[] | undefined;

  constructor(text: string) {
    this.text = text;
  }

  get words(): readonly string[] {
    return (this.#words ??= this.text.split(/\s+/u).filter((word) => word !== ""));
  }

  get lines(): readonly string[] {
    return (this.#lines ??= trimmed(this.text.split("\n")));
  }

  get paragraphs(): readonly string[] {
    return (this.#paragraphs ??= trimmed(this.text.split(/\n[^\S\n]*\n/u)));
  }
}

function trimmed(parts: readonly string[]): string[] {
  return parts.map((part) => part.trim()).filter((part) => part !== "");
}
