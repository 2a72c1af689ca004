import { RunTable } from "./run-table.ts";
import type { StockPhrases } from "./stock-phrases.ts";
import type { WordList } from "./word-list.ts";

/** What one document shares with one question. */
export interface QuestionMatch {
  /** Place of the question in the list that was indexed. */
  readonly question: number;
  /** Share of the question's own words that lie in a shared run. */
  readonly coverage: number;
  /** 1 for each shared word of the question. */
  readonly words: Uint8Array;
}

/** Runs of words of questions, looked up at every word of a document. */
export class QuestionIndex {
  readonly #runWords: number;
  readonly #anchorWords: number;
  /** Own words of each question that can be found, 0 for one that is too short. */
  readonly #checkable: number[] = [];
  readonly #lengths: number[] = [];
  readonly #runs = new RunTable();

  /**
   * @param runWords words in a run that counts as shared
   * @param shortest a question's stretch of fewer words is left out; one of fewer than `runWords` is a run as a whole
   */
  constructor(runWords: number, shortest: number) {
    this.#runWords = runWords;
    this.#anchorWords = Math.min(shortest, runWords);
  }

  /** Add the next question. */
  add(words: WordList, stock: StockPhrases): void {
    const marks = stock.mark(words);
    const question = this.#checkable.length;
    let checkable = 0;
    for (let start = 0; start < words.count;) {
      if (marks[start] === 1) {
        start++;
        continue;
      }
      let end = start;
      while (end < words.count && marks[end] === 0) end++;
      if (end - start >= this.#anchorWords) {
        checkable += end - start;
        const size = Math.min(this.#runWords, end - start);
        for (let from = start; from + size <= end; from++) {
          const anchor = words.hash(from, this.#anchorWords);
          this.#runs.add({ anchor, hash: words.hash(from, size), size, question, start: from });
        }
      }
      start = end;
    }
    this.#checkable.push(checkable);
    this.#lengths.push(words.count);
  }

  /** Own words of a question, 0 for one that is too short to be found. */
  checkableWords(question: number): number {
    return this.#checkable[question]!;
  }

  /** Questions that a document shares a run with. */
  match(document: WordList): QuestionMatch[] {
    const shared = new Map<number, Uint8Array>();
    document.eachHash(this.#anchorWords, (anchor, start) => {
      this.#runs.find(anchor, (run) => {
        const { size, question } = run;
        if (start + size > document.count || document.hash(start, size) !== run.hash) return;
        let words = shared.get(question);
        if (words === undefined) {
          words = new Uint8Array(this.#lengths[question]!);
          shared.set(question, words);
        }
        words.fill(1, run.start, run.start + size);
      });
    });
    return Array.from(shared, ([question, words]) => ({
      question,
      words,
      coverage: words.reduce((sum, word) => sum + word, 0) / this.#checkable[question]!,
    }));
  }
}
