/** One bit for each of a row of bytes; threads that share it mark at the same time. */
export class ByteMarks {
  readonly #words: Int32Array;

  constructor(buffer: ArrayBufferLike, byteOffset: number, byteLength: number) {
    this.#words = new Int32Array(buffer, byteOffset, byteLength / 4);
  }

  mark(start: number, end: number): void {
    if (start >= end) return;
    const [first, last] = [Math.floor(start / 32), Math.floor((end - 1) / 32)];
    const head = -1 << (start % 32);
    const tail = -1 >>> (31 - ((end - 1) % 32));
    if (first === last) {
      this.#add(first, head & tail);
      return;
    }
    this.#add(first, head);
    // Ones over whatever another thread writes: no order between them changes the result.
    for (let word = first + 1; word < last; word++) this.#words[word] = -1;
    this.#add(last, tail);
  }

  #add(word: number, bits: number): void {
    // Copies of copies are marked often: reading is cheaper than an atomic write.
    if ((this.#words[word]! & bits) !== bits) Atomics.or(this.#words, word, bits);
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
