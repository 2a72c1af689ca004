/** Joins neighbouring symbols, the pair of lowest rank first, of equal ranks the leftmost, until none can be joined. */
export class BytePairMerges {
  readonly #symbols: number;
  readonly #places = new Map<number, number>();
  readonly #ranks: number[] = [];
  readonly #joined: number[] = [];
  // Scratch space, by position of a symbol: its neighbours and the rank of its pair with the next, -1 for none.
  #next = new Int32Array(64);
  #previous = new Int32Array(64);
  #pairs = new Int32Array(64);
  /** A binary heap of `rank * 2^32 + position`. */
  #heap = new Float64Array(128);
  #heapSize = 0;

  /** @param symbols more than the highest symbol of a pair; a symbol from there on is never joined */
  constructor(symbols: number) {
    this.#symbols = symbols;
  }

  /** @param rank below 2^20; a pair's first rank stays */
  add(left: number, right: number, rank: number, joined: number): void {
    const key = left * this.#symbols + right;
    if (this.#places.has(key)) return;
    this.#places.set(key, this.#ranks.length);
    this.#ranks.push(rank);
    this.#joined.push(joined);
  }

  /**
   * Join the first `count` symbols in place.
   *
   * @returns how many are left
   */
  join(symbols: Int32Array, count: number): number {
    if (count < 2) return count;
    this.#begin(symbols, count);
    const [next, previous, pairs] = [this.#next, this.#previous, this.#pairs];
    let left = count;
    while (this.#heapSize > 0) {
      const entry = this.#pop();
      const rank = Math.floor(entry / 0x100000000);
      const position = entry - rank * 0x100000000;
      // The symbol is gone, or has another neighbour by now.
      const pair = pairs[position]!;
      if (pair < 0 || this.#ranks[pair] !== rank) continue;
      const follower = next[position]!;
      symbols[position] = this.#joined[pair]!;
      pairs[follower] = -1;
      left--;
      const after = next[follower]!;
      next[position] = after;
      if (after < count) previous[after] = position;
      this.#look(symbols, position, after, count);
      const before = previous[position]!;
      if (before >= 0) this.#look(symbols, before, position, count);
    }
    for (let from = 0, to = 0; from < count; from = next[from]!) symbols[to++] = symbols[from]!;
    return left;
  }

  #begin(symbols: Int32Array, count: number): void {
    if (this.#next.length < count) {
      // Some room to spare, but not for the one text without a space that fills the memory.
      const capacity = Math.min(count * 2, count + 0x100000);
      this.#next = new Int32Array(capacity);
      this.#previous = new Int32Array(capacity);
      this.#pairs = new Int32Array(capacity);
    }
    this.#heapSize = 0;
    for (let position = 0; position < count; position++) {
      this.#next[position] = position + 1;
      this.#previous[position] = position - 1;
      this.#look(symbols, position, position + 1, count);
    }
  }

  #look(symbols: Int32Array, position: number, follower: number, count: number): void {
    const [left, right] = [symbols[position]!, follower < count ? symbols[follower]! : this.#symbols];
    const isKnown = left < this.#symbols && right < this.#symbols;
    const pair = isKnown ? this.#places.get(left * this.#symbols + right) : undefined;
    this.#pairs[position] = pair ?? -1;
    if (pair !== undefined) this.#push(this.#ranks[pair]! * 0x100000000 + position);
  }

  #push(entry: number): void {
    if (this.#heapSize === this.#heap.length) {
      const larger = new Float64Array(this.#heap.length * 2);
      larger.set(this.#heap);
      this.#heap = larger;
    }
    const heap = this.#heap;
    let place = this.#heapSize++;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (heap[parent]! <= entry) break;
      heap[place] = heap[parent]!;
      place = parent;
    }
    heap[place] = entry;
  }

  #pop(): number {
    const heap = this.#heap;
    const smallest = heap[0]!;
    const entry = heap[--this.#heapSize]!;
    const size = this.#heapSize;
    let place = 0;
    for (let child = 1; child < size; child = place * 2 + 1) {
      if (child + 1 < size && heap[child + 1]! < heap[child]!) child++;
      if (heap[child]! >= entry) break;
      heap[place] = heap[child]!;
      place = child;
    }
    heap[place] = entry;
    return smallest;
  }
}
