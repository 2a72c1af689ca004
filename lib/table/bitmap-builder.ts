/** A growing row of bits, the lowest first, as both DuckDB and Arrow hold them. */
export class BitmapBuilder {
  #bytes = new Uint8Array(256);
  #length = 0;
  #setCount = 0;

  get length(): number {
    return this.#length;
  }

  /** Bits that are 0. */
  get nullCount(): number {
    return this.#length - this.#setCount;
  }

  push(isSet: boolean): void {
    this.#reserve(1);
    if (isSet) {
      this.#bytes[this.#length >> 3]! |= 1 << (this.#length & 7);
      this.#setCount++;
    }
    this.#length++;
  }

  /** Append `count` bits of a bitmap from bit `start`; without a bitmap all are 1. */
  append(bitmap: Uint8Array | null, start: number, count: number): void {
    if (((this.#length | start) & 7) !== 0) {
      for (let bit = start; bit < start + count; bit++) {
        this.push(bitmap === null || (bitmap[bit >> 3]! & (1 << (bit & 7))) !== 0);
      }
      return;
    }
    this.#reserve(count);
    const first = this.#length >> 3;
    const byteCount = Math.ceil(count / 8);
    if (bitmap === null) this.#bytes.fill(255, first, first + byteCount);
    else this.#bytes.set(bitmap.subarray(start >> 3, (start >> 3) + byteCount), first);
    // What lies past the end must be 0 for the bits that follow.
    if ((count & 7) !== 0) this.#bytes[first + byteCount - 1]! &= (1 << (count & 7)) - 1;
    for (let index = first; index < first + byteCount; index++)
      this.#setCount += bitCounts[this.#bytes[index]!]!;
    this.#length += count;
  }

  finish(): Uint8Array {
    return this.#bytes.slice(0, Math.ceil(this.#length / 8));
  }

  #reserve(count: number): void {
    const needed = Math.ceil((this.#length + count) / 8);
    if (needed <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
}

const bitCounts = Uint8Array.from({ length: 256 }, (_, byte) => byte.toString(2).replaceAll("0", "").length);
