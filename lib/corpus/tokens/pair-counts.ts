/** Two neighbouring symbols and how often they come. */
interface CountedPair {
  readonly left: number;
  readonly right: number;
  readonly count: number;
}

interface PairPlaces {
  readonly left: number;
  readonly right: number;
  count: number;
  /** Words that hold the pair, or held it once. */
  readonly words: Set<number>;
}

/** Counts of neighbouring symbols in counted words, of which the most frequent pair can be joined. */
export class PairCounts {
  readonly #words: { symbols: number[]; readonly count: number }[];
  readonly #pairs = new Map<number, PairPlaces>();
  /** A binary heap; an entry whose count has changed since is put right when it comes up. */
  readonly #heap: CountedPair[] = [];

  /** @param words symbols, all below 2^26, with the number of times that the word comes */
  constructor(words: Iterable<readonly [symbols: number[], count: number]>) {
    this.#words = Array.from(words, ([symbols, count]) => ({ symbols, count }));
    const touched = new Set<PairPlaces>();
    for (const index of this.#words.keys()) this.#count(index, 1, touched);
    for (const pair of touched) this.#push({ ...pair });
  }

  /** The most frequent pair; of equally frequent ones the one whose symbols were made first. */
  mostFrequent(): CountedPair | undefined {
    for (let top = this.#heap[0]; top !== undefined; top = this.#heap[0]) {
      const { count } = this.#pairs.get(keyOf(top.left, top.right))!;
      if (count === top.count) return count > 0 ? top : undefined;
      this.#pop();
      if (count > 0) this.#push({ ...top, count });
    }
    return undefined;
  }

  /** Put one symbol in the place of a pair, from left to right in each word. */
  join({ left, right }: CountedPair, joined: number): void {
    const touched = new Set<PairPlaces>();
    const { words } = this.#pairs.get(keyOf(left, right))!;
    for (const index of words) {
      const word = this.#words[index]!;
      const symbols = replacePair(word.symbols, left, right, joined);
      if (symbols.length === word.symbols.length) continue;
      this.#count(index, -1, touched);
      word.symbols = symbols;
      this.#count(index, 1, touched);
    }
    words.clear();
    for (const pair of touched) if (pair.count > 0) this.#push({ ...pair });
  }

  #count(index: number, sign: 1 | -1, touched: Set<PairPlaces>): void {
    const { symbols, count } = this.#words[index]!;
    for (let place = 1; place < symbols.length; place++) {
      const [left, right] = [symbols[place - 1]!, symbols[place]!];
      const key = keyOf(left, right);
      let pair = this.#pairs.get(key);
      if (pair === undefined) {
        pair = { left, right, count: 0, words: new Set() };
        this.#pairs.set(key, pair);
      }
      pair.count += sign * count;
      if (sign > 0) {
        pair.words.add(index);
        touched.add(pair);
      }
    }
  }

  #push({ left, right, count }: CountedPair): void {
    const entry = { left, right, count };
    let place = this.#heap.push(entry) - 1;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (!comesBefore(entry, this.#heap[parent]!)) break;
      this.#heap[place] = this.#heap[parent]!;
      place = parent;
    }
    this.#heap[place] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const entry = heap.pop()!;
    if (heap.length === 0) return;
    let place = 0;
    for (let child = 1; child < heap.length; child = place * 2 + 1) {
      if (child + 1 < heap.length && comesBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!comesBefore(heap[child]!, entry)) break;
      heap[place] = heap[child]!;
      place = child;
    }
    heap[place] = entry;
  }
}

function keyOf(left: number, right: number): number {
  return left * 2 ** 26 + right;
}

function comesBefore(one: CountedPair, other: CountedPair): boolean {
  if (one.count !== other.count) return one.count > other.count;
  return keyOf(one.left, one.right) < keyOf(other.left, other.right);
}

function replacePair(symbols: readonly number[], left: number, right: number, joined: number): number[] {
  const replaced: number[] = [];
  for (let place = 0; place < symbols.length; place++) {
    const isPair = symbols[place] === left && symbols[place + 1] === right;
    replaced.push(isPair ? joined : symbols[place]!);
    if (isPair) place++;
  }
  return replaced;
}
