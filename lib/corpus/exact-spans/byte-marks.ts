/** One bit for each of a row of bytes. */
export class ByteMarks {
  readonly #words: Int32Array;

  constructor(length: number) {
    this.#words = new Int32Array(Math.ceil(length / 32));
  }

  mark(start: number, end: number): void {
    if (start >= end) return;
    const [first, last] = [Math.floor(start / 32), Math.floor((end - 1) / 32)];
    const head = -1 << (start % 32);
    const tail = -1 >>> (31 - ((end - 1) % 32));
    if (first === last) {
      this.#words[first]! |= head & tail;
      return;
    }
    this.#words[first]! |= head;
    this.#words.fill(-1, first + 1, last);
    this.#words[last]! |= tail;
  }

  /** The first place from `start` on, before `end`, whose bit is `isMarked`; `end` if there is none. */
  next(isMarked: boolean, start: number, end: number): number {
    const words = this.#words;
    const flip = isMarked ? 0 : -1;
    for (let place = start; place < end;) {
      const rest = (words[Math.floor(place / 32)]! ^ flip) >>> (place % 32);
      if (rest !== 0) return Math.min(end, place + 31 - Math.clz32(rest & -rest));
      place += 32 - (place % 32);
    }
    return end;
  }
}
