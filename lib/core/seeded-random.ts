import { createHash } from "node:crypto";

import { ArgumentError } from "./errors.ts";

/**
 * Random numbers that a seed fixes for good, on every machine and version.
 *
 * The generator is sfc32 (Chris Doty-Humphrey, PractRand): four 32-bit words of state, the fourth a counter.
 * The state's first three words are the first twelve bytes, little-endian, of the SHA-256 of `text:` or
 * `integer:` followed by the seed; the counter starts at 1; the first 12 outputs are thrown away. Not for secrets.
 *
 * @example
 * new SeededRandom(7).shuffle(["a", "b", "c", "d"]) //=> ["c", "b", "a", "d"]
 */
export class SeededRandom {
  readonly seed: number | string;
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /** @throws {ArgumentError} the seed is neither a text nor a safe whole number */
  constructor(seed: number | string) {
    if (typeof seed !== "string" && !Number.isSafeInteger(seed)) {
      throw new ArgumentError("seed", "a text or a whole number", seed);
    }
    this.seed = seed;
    const kind = typeof seed === "string" ? "text" : "integer";
    const digest = createHash("sha256").update(`${kind}:${seed}`).digest();
    this.#a = digest.readInt32LE(0);
    this.#b = digest.readInt32LE(4);
    this.#c = digest.readInt32LE(8);
    for (let discarded = 0; discarded < 12; discarded++) this.bits32();
  }

  /** A generator for a named part of the work, so that a change in one part leaves the others' numbers alone. */
  fork(label: string): SeededRandom {
    return new SeededRandom(`${typeof this.seed}:${this.seed}/${label}`);
  }

  /** A whole number in [0, 2^32). */
  bits32(): number {
    const output = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + output) | 0;
    return output >>> 0;
  }

  /** A number in [0, 1) with 53 random bits. */
  uniform(): number {
    return ((this.bits32() >>> 5) * 0x4000000 + (this.bits32() >>> 6)) / 0x20000000000000;
  }

  /** A whole number in [low, high), every one equally likely; the range spans at most 2^32. */
  integer(low: number, high: number): number {
    const span = high - low;
    if (!Number.isSafeInteger(low)) throw new ArgumentError("low", "a whole number", low);
    if (!Number.isSafeInteger(high) || span < 1 || span > 2 ** 32) {
      throw new ArgumentError("high", `a whole number above ${low} by at most 2^32`, high);
    }
    // Numbers past the last whole multiple of the span would favour the low end.
    const limit = 2 ** 32 - (2 ** 32 % span);
    let bits = this.bits32();
    while (bits >= limit) bits = this.bits32();
    return low + (bits % span);
  }

  /** True with the given probability. */
  chance(probability: number): boolean {
    return this.uniform() < probability;
  }

  /** One of the items. */
  choice<Item>(items: readonly Item[]): Item {
    if (items.length === 0) throw new ArgumentError("items", "at least one item", items);
    return items[this.integer(0, items.length)]!;
  }

  /** One of the items, each with a chance in proportion to its weight; weights are finite and >= 0, not all 0. */
  weightedChoice<Item>(items: readonly Item[], weights: readonly number[]): Item {
    if (weights.length !== items.length) {
      throw new ArgumentError("weights", `${items.length} numbers, one for each item`, weights);
    }
    for (const [index, weight] of weights.entries()) {
      if (!(weight >= 0 && weight < Infinity)) {
        throw new ArgumentError(`weights[${index}]`, "a finite number >= 0", weight);
      }
    }
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    if (!(total > 0 && total < Infinity)) {
      throw new ArgumentError("weights", "of a finite sum above 0", total);
    }
    let left = this.uniform() * total;
    for (const [index, weight] of weights.entries()) {
      left -= weight;
      if (left < 0) return items[index]!;
    }
    // Rounding can leave a hair over: it belongs to the last item that has any weight.
    return items[weights.findLastIndex((weight) => weight > 0)]!;
  }

  /** The items in random order, every order equally likely (Fisher-Yates); the input is left as it was. */
  shuffle<Item>(items: readonly Item[]): Item[] {
    return this.sample(items, items.length);
  }

  /** `count` different items in random order. */
  sample<Item>(items: readonly Item[], count: number): Item[] {
    if (!Number.isSafeInteger(count) || count < 0 || count > items.length) {
      throw new ArgumentError("count", `a whole number from 0 to ${items.length}`, count);
    }
    const shuffled = [...items];
    for (let index = 0; index < count; index++) {
      const other = this.integer(index, shuffled.length);
      [shuffled[index], shuffled[other]] = [shuffled[other]!, shuffled[index]!];
    }
    return shuffled.slice(0, count);
  }
}
