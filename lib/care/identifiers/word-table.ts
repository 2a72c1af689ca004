import { codesOf } from "./characters.ts";

/**
 * Bits of each of many words, found in a text without a copy, a string's hash or a comparison: a word is known by 64
 * bits of two hashes.
 *
 * A `Map` of as many words takes four times as long, and this is asked for every capitalised word of a text. That some
 * word of a million others is taken for one of 30,000 has a chance of 1 in 600 million.
 */
export class WordTable {
  /** Of each slot the two hashes and the bits; bits of 0 are an empty slot. */
  readonly #slots: Int32Array;
  readonly #last: number;
  /** Makes small letters of ASCII's large ones. */
  readonly #fold: number;

  /** @param capacity words that it can hold; a power of two */
  constructor(capacity: number, { foldsCase = false } = {}) {
    this.#slots = new Int32Array(capacity * 2 * wordsOfSlot);
    this.#last = capacity * 2 - 1;
    this.#fold = foldsCase ? 32 : 0;
  }

  add(word: string, bits: number): void {
    this.#slots[this.#placeOf(codesOf(word), 0, word.length, true) + 2]! |= bits;
  }

  /** Of the word in these places of a text; 0 for one that was never added. */
  get(codes: Uint16Array, start: number, end: number): number {
    return this.#slots[this.#placeOf(codes, start, end, false) + 2]!;
  }

  /** Where a word's slot begins, or the empty one that it would take. */
  #placeOf(codes: Uint16Array, start: number, end: number, isNew: boolean): number {
    const fold = this.#fold;
    let one = 0x811c9dc5;
    let other = 0x2c1b3c6d;
    for (let index = start; index < end; index++) {
      const code = codes[index]! | fold;
      one = Math.imul(one ^ code, 0x01000193);
      other = Math.imul(other + code, 0x85ebca6b) ^ (other >>> 13);
    }
    one ^= other >>> 15;
    const slots = this.#slots;
    for (let slot = one & this.#last; ; slot = (slot + 1) & this.#last) {
      const place = slot * wordsOfSlot;
      if (slots[place + 2] === 0) {
        if (isNew) slots.set([one, other], place);
        return place;
      }
      if (slots[place] === one && slots[place + 1] === other) return place;
    }
  }
}

const wordsOfSlot = 4;
