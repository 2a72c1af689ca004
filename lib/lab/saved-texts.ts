/** A long text as an output holds it; null where it is left out. */
export interface SavedText {
  readonly characters: number;
  readonly text: string | null;
}

/** Takes texts until so many characters are used up; a text that no longer fits is left out whole. */
export class TextBudget {
  #left: number;

  constructor(characters: number) {
    this.#left = characters;
  }

  /** @param cost characters that the text takes as it is written, less what is held already */
  take(text: string, cost: number): SavedText {
    const fits = cost <= this.#left;
    if (fits) this.#left -= cost;
    return { characters: text.length, text: fits ? text : null };
  }
}

/** A text on one line, at most so long. */
export function clipText(text: string, maximumCharacters: number): string {
  const line = text.replaceAll(/\s+/gu, " ").trim();
  return line.length <= maximumCharacters ? line : `${line.slice(0, maximumCharacters)}…`;
}
