import { checkList, checkString } from "./arguments.ts";

/** Words in a shingle. */
export const wordsPerShingle = 5;

const wordCharacter = /^[\p{L}\p{N}]$/u;

/**
 * What each UTF-16 code unit is to a word: 0 is not part of one, `needsCare` must be looked at with its
 * neighbours, anything else is its lower-case form.
 */
export const needsCare = 1;
export const lowerCaseOf = buildLowerCaseTable();

function buildLowerCaseTable(): Uint16Array {
  const table = new Uint16Array(0x10000);
  for (let unit = 0; unit < 0x10000; unit++) {
    const character = String.fromCharCode(unit);
    const isSurrogate = unit >= 0xd800 && unit <= 0xdfff;
    if (isSurrogate) table[unit] = needsCare;
    else if (wordCharacter.test(character)) {
      const lower = character.toLowerCase();
      // A capital sigma's lower case depends on its place in the word; a dotted capital I becomes two units.
      table[unit] = lower.length > 1 || character === "Σ" ? needsCare : lower.charCodeAt(0);
    }
  }
  return table;
}

// Two independent 32-bit lanes; 53 of their 64 bits make a shingle, a whole number that a double holds.
export const characterFactorLow = 0x01000193;
export const characterFactorHigh = 0x5bd1e995;
export const wordFactorLow = 0x2545f493;
export const wordFactorHigh = 0x6c078967;
export const outgoingFactorLow = power(wordFactorLow, wordsPerShingle);
export const outgoingFactorHigh = power(wordFactorHigh, wordsPerShingle);

export function power(base: number, exponent: number): number {
  let product = 1;
  for (let step = 0; step < exponent; step++) product = Math.imul(product, base);
  return product;
}

function mixed(lane: number): number {
  let bits = Math.imul(lane ^ (lane >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}

/**
 * The set of distinct word 5-grams of a text, as 53-bit hashes in order of their first occurrence.
 *
 * Words are runs of letters and numbers (`[\p{L}\p{N}]`), each lower-cased, not normalised further. A text of one
 * to four words is one shingle; a text without words has none. Two different shingles share a hash with a
 * probability of about 2^-50. The hashes are the same on every machine; they are not for secrets.
 *
 * @see Lee et al. 2021, "Deduplicating training data makes language models better": Jaccard similarity of n-grams
 *
 * @example
 * wordShingles("One two three four five six.").length //=> 2
 */
export function wordShingles(text: string): Float64Array {
  checkString("text", "a text", text);
  return new ShingleScan().scan(text).finish();
}

/**
 * Call back for each word of a text, in order, with the two lanes of its hash.
 *
 * A word is a run of letters and numbers, lower-cased.
 */
export function scanWords(text: string, onWord: (low: number, high: number) => void): void {
  const { length } = text;
  let index = 0;
  while (index < length) {
    let lower = lowerCaseOf[text.charCodeAt(index)]!;
    if (lower === 0) {
      index++;
      continue;
    }
    const start = index;
    let low = 0x811c9dc5 | 0;
    let high = 0x9747b28c | 0;
    while (lower > needsCare) {
      low = Math.imul(low ^ lower, characterFactorLow);
      high = Math.imul(high ^ lower, characterFactorHigh);
      high ^= high >>> 15;
      lower = ++index < length ? lowerCaseOf[text.charCodeAt(index)]! : 0;
    }
    if (lower === 0) onWord(mixed(low) | 0, mixed(high) | 0);
    else index = scanUnusualWord(text, start, onWord);
  }
}

/** A word with a character outside the table: cut it by code points, lower-case it as a whole. */
function scanUnusualWord(text: string, start: number, onWord: (low: number, high: number) => void): number {
  let end = start;
  while (end < text.length) {
    const character = String.fromCodePoint(text.codePointAt(end)!);
    if (!wordCharacter.test(character)) break;
    end += character.length;
  }
  if (end === start) return start + String.fromCodePoint(text.codePointAt(start)!).length;
  const word = text.slice(start, end).toLowerCase();
  let low = 0x811c9dc5 | 0;
  let high = 0x9747b28c | 0;
  for (let index = 0; index < word.length; index++) {
    const unit = word.charCodeAt(index);
    low = Math.imul(low ^ unit, characterFactorLow);
    high = Math.imul(high ^ unit, characterFactorHigh);
    high ^= high >>> 15;
  }
  onWord(mixed(low) | 0, mixed(high) | 0);
  return end;
}

/** The 53-bit hash of words from the two lanes of their sum. */
export function shingleHash(low: number, high: number): number {
  return (mixed(high) & 0x1fffff) * 0x100000000 + mixed(low);
}

class ShingleScan {
  readonly #distinct = new HashSet();
  /** The last five words' hashes, in a ring. */
  readonly #wordsLow = new Int32Array(wordsPerShingle);
  readonly #wordsHigh = new Int32Array(wordsPerShingle);
  #words = 0;
  #place = 0;
  #rollingLow = 0;
  #rollingHigh = 0;

  scan(text: string): this {
    scanWords(text, (low, high) => this.#addWord(low, high));
    return this;
  }

  #addWord(wordLow: number, wordHigh: number): void {
    const place = this.#place;
    const outgoingLow = Math.imul(this.#wordsLow[place]!, outgoingFactorLow);
    const outgoingHigh = Math.imul(this.#wordsHigh[place]!, outgoingFactorHigh);
    this.#rollingLow = (Math.imul(this.#rollingLow, wordFactorLow) + wordLow - outgoingLow) | 0;
    this.#rollingHigh = (Math.imul(this.#rollingHigh, wordFactorHigh) + wordHigh - outgoingHigh) | 0;
    this.#wordsLow[place] = wordLow;
    this.#wordsHigh[place] = wordHigh;
    this.#place = place + 1 === wordsPerShingle ? 0 : place + 1;
    this.#words++;
    if (this.#words >= wordsPerShingle) this.#addShingle();
  }

  #addShingle(): void {
    this.#distinct.add(shingleHash(this.#rollingLow, this.#rollingHigh));
  }

  finish(): Float64Array {
    if (this.#words > 0 && this.#words < wordsPerShingle) this.#addShingle();
    return this.#distinct.values();
  }
}

/** A set of 53-bit hashes, open addressed; several times as fast as a `Set` of numbers. */
class HashSet {
  #count = 0;
  #values = new Float64Array(256);
  /** Positions in `#values` counted from 1; 0 is free. */
  #slots = new Int32Array(512);

  add(hash: number): void {
    const mask = this.#slots.length - 1;
    let slot = hash & mask;
    for (let position = this.#slots[slot]!; position !== 0; position = this.#slots[slot]!) {
      if (this.#values[position - 1] === hash) return;
      slot = (slot + 1) & mask;
    }
    if (this.#count === this.#values.length) {
      this.#grow();
      this.add(hash);
      return;
    }
    this.#values[this.#count++] = hash;
    this.#slots[slot] = this.#count;
  }

  has(hash: number): boolean {
    const mask = this.#slots.length - 1;
    let slot = hash & mask;
    for (let position = this.#slots[slot]!; position !== 0; position = this.#slots[slot]!) {
      if (this.#values[position - 1] === hash) return true;
      slot = (slot + 1) & mask;
    }
    return false;
  }

  values(): Float64Array {
    return this.#values.slice(0, this.#count);
  }

  #grow(): void {
    const smaller = this.#values;
    this.#values = new Float64Array(smaller.length * 4);
    this.#slots = new Int32Array(smaller.length * 8);
    this.#count = 0;
    for (const hash of smaller) this.add(hash);
  }
}

/**
 * Jaccard similarity of two sets of shingles: shared over all, in [0, 1]; 0 where either set is empty.
 *
 * @param left distinct, as {@link wordShingles} gives them; so the right
 *
 * @example
 * jaccard(wordShingles("a b c d e f"), wordShingles("a b c d e g")) //=> 1 / 3
 */
export function jaccard(left: Float64Array, right: Float64Array): number {
  checkList("left", "shingles, as wordShingles gives", left);
  checkList("right", "shingles, as wordShingles gives", right);
  const shared = sharedCount(left, right);
  return shared === 0 ? 0 : shared / (left.length + right.length - shared);
}

/** Number of shingles that two sets have in common. */
export function sharedCount(left: Float64Array, right: Float64Array): number {
  const [smaller, larger] = left.length < right.length ? [left, right] : [right, left];
  const set = new HashSet();
  for (const hash of smaller) set.add(hash);
  let shared = 0;
  for (const hash of larger) if (set.has(hash)) shared++;
  return shared;
}
