/** Many short texts by their number, in one buffer: their UTF-8 bytes and 8 more for each. */
export class TextArena {
  #bytes = Buffer.alloc(1 << 16);
  #ends = new Float64Array(1024);
  #count = 0;

  get length(): number {
    return this.#count;
  }

  push(text: string): void {
    const start = this.#count === 0 ? 0 : this.#ends[this.#count - 1]!;
    const end = start + Buffer.byteLength(text);
    if (end > this.#bytes.length) {
      const larger = Buffer.alloc(Math.max(end, this.#bytes.length * 2));
      this.#bytes.copy(larger, 0, 0, start);
      this.#bytes = larger;
    }
    if (this.#count === this.#ends.length) {
      const larger = new Float64Array(this.#ends.length * 2);
      larger.set(this.#ends);
      this.#ends = larger;
    }
    this.#bytes.write(text, start);
    this.#ends[this.#count++] = end;
  }

  at(index: number): string {
    const start = index === 0 ? 0 : this.#ends[index - 1]!;
    return this.#bytes.toString("utf8", start, this.#ends[index]);
  }
}
