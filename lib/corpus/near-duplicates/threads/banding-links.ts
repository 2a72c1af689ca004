/** Numbers of documents whose 64-bit key was seen before, with the document that had it first. */
export class BandingLinks {
  /** Most keys that will be added between two calls of `clear`. */
  readonly mostKeys: number;
  readonly #mask: number;
  readonly #low: Uint32Array;
  readonly #high: Uint32Array;
  /** Counted from 1; 0 is free. */
  readonly #documents: Uint32Array;

  /** The table takes 24 to 48 bytes for each key. */
  constructor(mostKeys: number) {
    this.mostKeys = mostKeys;
    const slots = 2 ** Math.ceil(Math.log2(2 * Math.max(8, mostKeys)));
    this.#mask = slots - 1;
    this.#low = new Uint32Array(slots);
    this.#high = new Uint32Array(slots);
    this.#documents = new Uint32Array(slots);
  }

  /** The first document with this key, or nothing when this is the first. */
  add(low: number, high: number, document: number): number | undefined {
    let slot = (low ^ (high >>> 16)) & this.#mask;
    for (let known = this.#documents[slot]!; known !== 0; known = this.#documents[slot]!) {
      if (this.#low[slot] === low && this.#high[slot] === high) return known - 1;
      slot = (slot + 1) & this.#mask;
    }
    this.#low[slot] = low;
    this.#high[slot] = high;
    this.#documents[slot] = document + 1;
    return undefined;
  }

  clear(): void {
    this.#documents.fill(0);
  }
}
