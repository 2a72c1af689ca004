/** Anchors are sorted and compared in so many parts, by eight bits of their hashes. */
export const anchorParts = 256;

/**
 * Anchors of some texts: two 32-bit words each, so that a pair read as one 64-bit number sorts by hash, then place.
 *
 * The low word is the position's low half; the high word holds 24 bits of the hash and eight more of the position.
 */
export class AnchorList {
  #words = new Uint32Array(1 << 12);
  #parts = new Uint8Array(1 << 11);
  #count = 0;

  /** @param position below 2^32 */
  add(position: number, hash: number): void {
    const place = this.#count++;
    if (place === this.#parts.length) this.#grow();
    this.#words[2 * place] = position;
    this.#words[2 * place + 1] = hash << 8;
    this.#parts[place] = hash >>> 24;
  }

  #grow(): void {
    const [words, parts] = [this.#words, this.#parts];
    this.#words = new Uint32Array(2 * words.length);
    this.#words.set(words);
    this.#parts = new Uint8Array(2 * parts.length);
    this.#parts.set(parts);
  }

  /** All anchors, part after part, and how many each part has; the list is empty again. */
  take(): { words: Uint32Array<ArrayBuffer>; counts: Uint32Array<ArrayBuffer> } {
    const counts = new Uint32Array(anchorParts);
    const count = this.#count;
    for (let place = 0; place < count; place++) counts[this.#parts[place]!]!++;
    const next = new Uint32Array(anchorParts);
    for (let part = 1; part < anchorParts; part++) next[part] = next[part - 1]! + counts[part - 1]!;
    const words = new Uint32Array(2 * count);
    for (let place = 0; place < count; place++) {
      const target = next[this.#parts[place]!]!++;
      words[2 * target] = this.#words[2 * place]!;
      words[2 * target + 1] = this.#words[2 * place + 1]!;
    }
    this.#count = 0;
    return { words, counts };
  }
}

/** Move anchors of a list to where their texts lie among all texts. */
export function shiftAnchors(words: Uint32Array, by: number): void {
  for (let place = 0; place < words.length; place += 2) {
    const position = words[place]! + by;
    words[place] = position;
    words[place + 1]! |= Math.floor(position / 2 ** 32);
  }
}

/** The positions of anchors that share a hash with another, hash by hash, in order; a view that the next one overwrites. */
export function* anchorsAlike(words: Uint32Array<ArrayBuffer>): Generator<Float64Array> {
  new BigUint64Array(words.buffer, words.byteOffset, words.length / 2).sort();
  let positions = new Float64Array(64);
  for (let start = 0, end = 0; start < words.length; start = end) {
    const hash = words[start + 1]! >>> 8;
    end = start + 2;
    while (end < words.length && words[end + 1]! >>> 8 === hash) end += 2;
    const count = (end - start) / 2;
    if (count === 1) continue;
    if (count > positions.length) positions = new Float64Array(2 * count);
    for (let index = 0; index < count; index++) {
      const place = start + 2 * index;
      positions[index] = (words[place + 1]! & 0xff) * 2 ** 32 + words[place]!;
    }
    yield positions.subarray(0, count);
  }
}
