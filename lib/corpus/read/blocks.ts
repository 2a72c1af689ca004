/**
 * Collects text as paragraphs: inline text joins the open block, white space becomes one space.
 *
 * Every parser of marked-up text writes through it, so that all give text of one form: blocks with an empty line
 * between them, headings with `#`, list items with `-`, rows of a table with ` | `.
 */
export class Blocks {
  readonly #blocks: string[] = [];
  #open = "";

  /** Add to the open block. */
  inline(text: string): void {
    this.#open += text;
  }

  /** Close the open block and begin another; `tight` blocks follow the one before on the next line. */
  close(prefix = "", { tight = false }: { readonly tight?: boolean } = {}): void {
    const text = this.#open.replaceAll(/[\s\u{a0}]+/gu, " ").trim();
    this.#open = "";
    this.#push(text, prefix, tight);
  }

  /** Close the open block without changing its white space: preformatted text. */
  closeVerbatim(): void {
    const text = this.#open.replaceAll(/^(?:[ \t]*\n)+|\s+$/gu, "");
    this.#open = "";
    this.#push(text, "", false);
  }

  #push(text: string, prefix: string, tight: boolean): void {
    if (text === "") return;
    if (this.#blocks.length > 0) this.#blocks.push(tight ? "\n" : "\n\n");
    this.#blocks.push(prefix + text);
  }

  /** What the open block ends with; empty at its beginning. */
  get lastCharacter(): string {
    return this.#open.slice(-1);
  }

  toString(): string {
    this.close();
    return this.#blocks.join("").toWellFormed();
  }
}
