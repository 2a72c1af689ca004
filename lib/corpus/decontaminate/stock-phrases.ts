import { WordList } from "./word-list.ts";

/** What every questioner says; common ones of a data set are found by counting besides. */
export const namedStockPhrases: readonly string[] = [
  "which of the following",
  "which one of the following",
  "each of the following",
  "all of the following",
  "any of the following",
  "none of the following",
  "are true except",
  "is true except",
  "which statement is true",
  "which is the most likely",
  "what is the most likely diagnosis",
  "what is the most appropriate next step in management",
  "the following statements",
  "select the best answer",
  "presents to the emergency department",
  "comes to the physician",
];

/** Words of a derived phrase; longer ones are several of them in a row. */
const phraseWords = 5;

/** Finds the words of questions that say nothing of what they ask. */
export class StockPhrases {
  /** By their hashes; longest first, since a shorter one can lie in it. */
  readonly #byLength = new Map<number, Set<number>>();
  readonly #derived = new Map<string, number>();
  readonly #words = new WordList();

  /**
   * @param questions different texts; one that comes twice would count twice
   * @param sharedBy a run of five words in so many questions is a stock phrase
   */
  constructor(questions: readonly string[], named: readonly string[], sharedBy: number) {
    for (const phrase of named) {
      const { count } = this.#words.read(phrase);
      if (count > 0) this.#add(count, this.#words.hash(0, count));
    }
    for (const [hash, { phrase, count }] of this.#count(questions)) {
      if (count < sharedBy) continue;
      this.#add(phraseWords, hash);
      this.#derived.set(phrase, count);
    }
  }

  /** Phrases found by counting, with the number of questions that have them, the most frequent first. */
  get derived(): { readonly phrase: string; readonly questions: number }[] {
    return Array.from(this.#derived, ([phrase, questions]) => ({ phrase, questions })).toSorted(
      (one, other) => other.questions - one.questions || (one.phrase < other.phrase ? -1 : 1),
    );
  }

  /** 1 for each word of the text in the list that belongs to a stock phrase. */
  mark(words: WordList): Uint8Array {
    const marks = new Uint8Array(words.count);
    for (const [length, hashes] of this.#byLength) {
      words.eachHash(length, (hash, start) => {
        if (hashes.has(hash)) marks.fill(1, start, start + length);
      });
    }
    return marks;
  }

  #add(length: number, hash: number): void {
    const hashes = this.#byLength.get(length);
    if (hashes === undefined) this.#byLength.set(length, new Set([hash]));
    else hashes.add(hash);
  }

  #count(questions: readonly string[]): Map<number, { readonly phrase: string; count: number }> {
    const counts = new Map<number, { readonly phrase: string; count: number }>();
    for (const question of questions) {
      const seen = new Set<number>();
      let spelled: string[] | undefined;
      this.#words.read(question).eachHash(phraseWords, (hash, start) => {
        if (seen.has(hash)) return;
        seen.add(hash);
        const known = counts.get(hash);
        if (known !== undefined) known.count++;
        else {
          spelled ??= wordsOf(question);
          counts.set(hash, { phrase: spelled.slice(start, start + phraseWords).join(" "), count: 1 });
        }
      });
    }
    return counts;
  }
}

function wordsOf(text: string): string[] {
  return Array.from(text.matchAll(/[\p{L}\p{N}]+/gu), ([word]) => word.toLowerCase());
}
