import { hash } from "node:crypto";

/**
 * A map from texts to whole numbers below 2^32 that holds no text: 16 bytes a slot, at most two thirds full.
 *
 * A key is kept as 96 bits of its SHA-1, so two different keys meet with a probability of about n²/2^97: 1e-13 for a
 * hundred million. A `Set` of texts would hold the texts, and ends at 16.7 million.
 */
export class KeyTable {
  #mask = 1023;
  /** Three words of the hash and the value for each slot; the value 0 means empty, so values are kept plus one. */
  #slots = new Uint32Array(4 * 1024);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(key: string): number | undefined {
    const slot = this.#find(...keyWords(key));
    const kept = this.#slots[slot + 3]!;
    return kept === 0 ? undefined : kept - 1;
  }

  /** Keep a value unless the key has one; either way, the value that the key has then. */
  getOrSet(key: string, value: number): number {
    return this.getOrSetWords(...keyWords(key), value);
  }

  /** As {@link getOrSet}, of a key that is known by its {@link keyWords}. */
  getOrSetWords(first: number, second: number, third: number, value: number): number {
    const slot = this.#find(first, second, third);
    const kept = this.#slots[slot + 3]!;
    if (kept !== 0) return kept - 1;
    this.#slots[slot] = first;
    this.#slots[slot + 1] = second;
    this.#slots[slot + 2] = third;
    this.#slots[slot + 3] = value + 1;
    if (++this.#size * 3 > (this.#mask + 1) * 2) this.#grow();
    return value;
  }

  /** Keep a key; false when it was there before. */
  add(key: string): boolean {
    const before = this.#size;
    this.getOrSet(key, 0);
    return this.#size > before;
  }

  /** The slot of a hash, or the empty one where it belongs. */
  #find(first: number, second: number, third: number): number {
    const slots = this.#slots;
    for (let place = first & this.#mask; ; place = (place + 1) & this.#mask) {
      const slot = place * 4;
      if (slots[slot + 3] === 0) return slot;
      if (slots[slot] === first && slots[slot + 1] === second && slots[slot + 2] === third) return slot;
    }
  }

  #grow(): void {
    const old = this.#slots;
    this.#mask = this.#mask * 2 + 1;
    this.#slots = new Uint32Array(4 * (this.#mask + 1));
    for (let slot = 0; slot < old.length; slot += 4) {
      if (old[slot + 3] === 0) continue;
      this.#slots.set(old.subarray(slot, slot + 4), this.#find(old[slot]!, old[slot + 1]!, old[slot + 2]!));
    }
  }
}

/** What a table keeps of a key: 96 bits of its SHA-1. */
export function keyWords(key: string): [number, number, number] {
  const digest = hash("sha1", key, "buffer");
  return [digest.readUInt32LE(0), digest.readUInt32LE(4), digest.readUInt32LE(8)];
}
