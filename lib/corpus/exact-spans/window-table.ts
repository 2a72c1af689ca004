const lowFactor = 0x2c1b3c6d;
const highFactor = 0x297a2d39;

/** A rolling hash of 64 bits over a window. */
export class WindowHash {
  low = 0;
  high = 0;
  readonly #length: number;
  readonly #lowLeaving: number;
  readonly #highLeaving: number;

  constructor(length: number) {
    this.#length = length;
    let [low, high] = [1, 1];
    for (let place = 0; place < length; place++) {
      low = Math.imul(low, lowFactor);
      high = Math.imul(high, highFactor);
    }
    this.#lowLeaving = low;
    this.#highLeaving = high;
  }

  start(bytes: Uint8Array, start: number): void {
    let [low, high] = [0, 0];
    for (let place = start; place < start + this.#length; place++) {
      low = (Math.imul(low, lowFactor) + bytes[place]!) | 0;
      high = (Math.imul(high, highFactor) + bytes[place]!) | 0;
    }
    this.low = low;
    this.high = high;
  }

  /** Go on from the window at `start` to the next. */
  next(bytes: Uint8Array, start: number): void {
    const leaving = bytes[start]!;
    const entering = bytes[start + this.#length]!;
    this.low = (Math.imul(this.low, lowFactor) - Math.imul(leaving, this.#lowLeaving) + entering) | 0;
    this.high = (Math.imul(this.high, highFactor) - Math.imul(leaving, this.#highLeaving) + entering) | 0;
  }
}

/** 12 bytes each. */
const largestSlots = 1 << 21;

/** A hash table from windows to numbers, by the windows' hashes; it may hold several with the same hash. */
export class WindowTable {
  #slots = new Int32Array(3 << 12);
  #mask = 0;
  #size = 0;
  /** Numbers are kept plus this; what is not above it was there before the table was cleared. */
  #floor = 0;
  #highest = 0;

  /** At most half of the slots are used. */
  get isFull(): boolean {
    return 2 * this.#size > this.#mask;
  }

  /** Forget all, and make room for so many windows as far as there may be. */
  clear(windows: number): void {
    const slots = Math.min(largestSlots, 1 << (33 - Math.clz32(windows)));
    this.#floor = this.#highest;
    if (3 * slots > this.#slots.length || this.#floor > 2 ** 30) {
      this.#slots = new Int32Array(Math.max(3 * slots, this.#slots.length));
      this.#floor = 0;
      this.#highest = 0;
    }
    this.#mask = slots - 1;
    this.#size = 0;
  }

  /** The first slot with a hash, or the empty one where it belongs. */
  find(low: number, high: number): number {
    const mixed = Math.imul(low ^ (high >>> 15), 0x7feb352d);
    return this.#search(mixed ^ (mixed >>> 15), low, high);
  }

  /** As {@link find}, after a slot whose window turned out to be another. */
  findNext(slot: number, low: number, high: number): number {
    return this.#search(slot / 3 + 1, low, high);
  }

  #search(from: number, low: number, high: number): number {
    const slots = this.#slots;
    const floor = this.#floor;
    for (let place = from & this.#mask; ; place = (place + 1) & this.#mask) {
      const slot = 3 * place;
      if (slots[slot + 2]! <= floor || (slots[slot] === low && slots[slot + 1] === high)) return slot;
    }
  }

  /** Below 0 of an empty slot. */
  number(slot: number): number {
    return this.#slots[slot + 2]! - this.#floor - 1;
  }

  /** Fill an empty slot; there must be room. */
  put(slot: number, low: number, high: number, number: number): void {
    const slots = this.#slots;
    const kept = this.#floor + number + 1;
    slots[slot] = low;
    slots[slot + 1] = high;
    slots[slot + 2] = kept;
    if (kept > this.#highest) this.#highest = kept;
    this.#size++;
  }
}
