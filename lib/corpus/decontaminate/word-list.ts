import { power, scanWords, shingleHash, wordFactorHigh, wordFactorLow } from "../../core/shingles.ts";

/** The words of one text after another as hashes; the same memory serves them all. */
export class WordList {
  #low = new Int32Array(1024);
  #high = new Int32Array(1024);
  #count = 0;

  /** Words of the text that was read last. */
  get count(): number {
    return this.#count;
  }

  read(text: string): this {
    this.#count = 0;
    scanWords(text, this.#add);
    return this;
  }

  /** The hash of words `[start, start + words)`. */
  hash(start: number, words: number): number {
    let low = 0;
    let high = 0;
    for (let index = start; index < start + words; index++) {
      low = (Math.imul(low, wordFactorLow) + this.#low[index]!) | 0;
      high = (Math.imul(high, wordFactorHigh) + this.#high[index]!) | 0;
    }
    return shingleHash(low, high);
  }

  /** The hashes of all runs of so many words, with the place where each begins. */
  eachHash(words: number, onHash: (hash: number, start: number) => void): void {
    const [outgoingLow, outgoingHigh] = [power(wordFactorLow, words), power(wordFactorHigh, words)];
    let low = 0;
    let high = 0;
    for (let index = 0; index < this.#count; index++) {
      low = (Math.imul(low, wordFactorLow) + this.#low[index]!) | 0;
      high = (Math.imul(high, wordFactorHigh) + this.#high[index]!) | 0;
      if (index >= words) {
        low = (low - Math.imul(this.#low[index - words]!, outgoingLow)) | 0;
        high = (high - Math.imul(this.#high[index - words]!, outgoingHigh)) | 0;
      }
      if (index >= words - 1) onHash(shingleHash(low, high), index - words + 1);
    }
  }

  readonly #add = (low: number, high: number): void => {
    if (this.#count === this.#low.length) {
      this.#low = doubled(this.#low);
      this.#high = doubled(this.#high);
    }
    this.#low[this.#count] = low;
    this.#high[this.#count] = high;
    this.#count++;
  };
}

function doubled(values: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(values.length * 2);
  larger.set(values);
  return larger;
}
