import { UnionFind } from "../union-find.ts";

/** Two documents of a group, by their places in it, and their exact similarity; the left comes first in the input. */
export interface VerifiedPair {
  readonly left: number;
  readonly right: number;
  readonly jaccard: number;
}

export interface JoinOptions {
  /** Least Jaccard similarity of a pair, in (0, 1]. */
  readonly threshold: number;
  /** Report all pairs; without, only those that joined two clusters. */
  readonly allPairs: boolean;
  /** Room for sets of shingles; beyond it the group is joined block by block, with the same pairs. */
  readonly memoryBytes: number;
}

/**
 * Room for the sets of shingles of one group that a thread compares at a time.
 *
 * Fixed, since of a group with more the pairs come in another order, and with them the partners of a chain.
 */
export const joinBytes = 16e6;

/**
 * All pairs of a group of documents at or above a similarity, each computed exactly.
 *
 * Documents come by size. A document is compared with the smaller ones before it that share one of its rarest
 * shingles and are not too small: what this leaves out is provably below the threshold (the prefix filter), so a
 * group of many documents made from one template costs far less than all its pairs. Without `allPairs`, documents
 * that a chain of pairs has joined already are not compared.
 *
 * @param sizes number of shingles of each document of the group, at least 1
 * @param load the sorted shingles of the document at a place of the group
 * @returns every pair, or with `allPairs: false` a spanning tree of each cluster
 *
 * @see Chaudhuri, Ganti and Kaushik 2006, "A primitive operator for similarity joins in data cleaning"
 * @see Bayardo, Ma and Srikant 2007, "Scaling up all pairs similarity search"
 */
export function similarityJoin(
  sizes: ArrayLike<number>,
  load: (place: number) => Float64Array,
  options: JoinOptions,
): VerifiedPair[] {
  const order = Array.from({ length: sizes.length }, (_, place) => place);
  order.sort((one, other) => sizes[one]! - sizes[other]! || one - other);
  const join = new GroupJoin(sizes, load, order, options);
  return join.run();
}

/** Groups up to this size are compared pair by pair: cheaper than an index. */
const smallGroup = 24;

class GroupJoin {
  readonly #sizes: ArrayLike<number>;
  readonly #load: (place: number) => Float64Array;
  readonly #order: readonly number[];
  readonly #options: JoinOptions;
  readonly #pairs: VerifiedPair[] = [];
  readonly #clusters: UnionFind;

  constructor(
    sizes: ArrayLike<number>,
    load: (place: number) => Float64Array,
    order: readonly number[],
    options: JoinOptions,
  ) {
    this.#sizes = sizes;
    this.#load = load;
    this.#order = order;
    this.#options = options;
    this.#clusters = new UnionFind(sizes.length);
  }

  run(): VerifiedPair[] {
    const order = this.#order;
    const rarity = order.length > smallGroup ? this.#countShingles() : undefined;
    let start = 0;
    while (start < order.length) {
      const block = new Block(this.#options.threshold, rarity);
      let position = start;
      for (; position < order.length && block.bytes < this.#options.memoryBytes; position++) {
        const place = order[position]!;
        const set = this.#load(place);
        const copied = block.equalSet(set);
        if (copied !== undefined) this.#addPair(copied, place, 1);
        if (copied !== undefined && !this.#options.allPairs) continue;
        this.#compare(place, set, block, copied);
        block.add(place, set);
      }
      const next = position;
      for (; position < order.length && this.#reaches(order[position]!, block.largest); position++) {
        this.#compare(order[position]!, this.#load(order[position]!), block);
      }
      start = next;
    }
    return this.#pairs;
  }

  #reaches(place: number, smallerSize: number): boolean {
    return smallerSize >= this.#sizes[place]! * this.#options.threshold - roundingRoom;
  }

  #countShingles(): ShingleRarity {
    let total = 0;
    for (const place of this.#order) total += this.#sizes[place]!;
    const rarity = new ShingleRarity(total);
    for (const place of this.#order) rarity.count(this.#load(place));
    return rarity;
  }

  #compare(place: number, set: Float64Array, block: Block, copied?: number): void {
    const { threshold, allPairs } = this.#options;
    for (const entry of block.candidates(set)) {
      const other = block.places[entry]!;
      if (other === copied) continue;
      const isKnown = this.#clusters.find(other) === this.#clusters.find(place);
      if (isKnown && !allPairs) continue;
      const jaccard = similarityAtLeast(block.sets[entry]!, set, threshold);
      if (jaccard >= threshold) this.#addPair(other, place, jaccard);
    }
  }

  #addPair(one: number, other: number, jaccard: number): void {
    const isJoined = this.#clusters.join(one, other);
    if (!isJoined && !this.#options.allPairs) return;
    this.#pairs.push({ left: Math.min(one, other), right: Math.max(one, other), jaccard });
  }
}

/** Documents that later ones are compared with, and an index of their rarest shingles. */
class Block {
  readonly places: number[] = [];
  readonly sets: Float64Array[] = [];
  bytes = 0;
  largest = 0;
  readonly #threshold: number;
  readonly #rarity: ShingleRarity | undefined;
  readonly #index = new Map<number, number[]>();
  /** The last document for which an entry was a candidate, so that it is one once. */
  readonly #seen: number[] = [];
  #turn = 0;
  /** First places of the sets of the size that was added last, by a hash of the set. */
  readonly #ofThisSize = new Map<number, number[]>();

  constructor(threshold: number, rarity: ShingleRarity | undefined) {
    this.#threshold = threshold;
    this.#rarity = rarity;
  }

  /** The first document here with the very same set, given that sets come by size. */
  equalSet(set: Float64Array): number | undefined {
    const entry = this.#ofThisSize.get(hashOfSet(set))?.find((each) => isEqual(this.sets[each]!, set));
    return entry === undefined ? undefined : this.places[entry];
  }

  add(place: number, set: Float64Array): void {
    const entry = this.places.push(place) - 1;
    this.sets.push(set);
    if (set.length !== this.largest) this.#ofThisSize.clear();
    const hash = hashOfSet(set);
    this.#ofThisSize.set(hash, [...(this.#ofThisSize.get(hash) ?? []), entry]);
    this.#seen.push(0);
    this.largest = set.length;
    this.bytes += 8 * set.length + 200;
    if (this.#rarity === undefined) return;
    // A later document is no smaller, so it shares at least 2t / (1 + t) of this one's shingles.
    const required = leastWhole(((2 * this.#threshold) / (1 + this.#threshold)) * set.length);
    for (const key of this.#rarity.rarest(set, set.length - required + 1)) {
      const entries = this.#index.get(key);
      if (entries === undefined) this.#index.set(key, [entry]);
      else if (entries.at(-1) !== entry) entries.push(entry);
      this.bytes += entries === undefined ? 100 : 8;
    }
  }

  /** Entries that may be similar enough, in order. */
  candidates(set: Float64Array): number[] {
    const least = leastWhole(this.#threshold * set.length);
    const found: number[] = [];
    if (this.#rarity === undefined) {
      for (const [entry, other] of this.sets.entries()) if (other.length >= least) found.push(entry);
      return found;
    }
    this.#turn++;
    for (const key of this.#rarity.rarest(set, set.length - least + 1)) {
      for (const entry of this.#index.get(key) ?? []) {
        if (this.#seen[entry] === this.#turn || this.sets[entry]!.length < least) continue;
        this.#seen[entry] = this.#turn;
        found.push(entry);
      }
    }
    return found.sort((one, other) => one - other);
  }
}

/**
 * Orders shingles from the rarest of the group to the most common.
 *
 * Counts lie in a table of bounded size that several shingles may share: any fixed order keeps the prefix filter
 * exact, a better one makes it sharper.
 */
class ShingleRarity {
  readonly #counts: Uint32Array;

  constructor(shingles: number) {
    const bits = Math.min(22, Math.max(10, Math.ceil(Math.log2(shingles + 1))));
    this.#counts = new Uint32Array(2 ** bits);
  }

  count(set: Float64Array): void {
    const mask = this.#counts.length - 1;
    for (const shingle of set) this.#counts[shingle & mask]!++;
  }

  /** Keys of a set's rarest shingles: the count above, 32 bits of the shingle below. */
  rarest(set: Float64Array, length: number): Float64Array {
    const mask = this.#counts.length - 1;
    const keys = new Float64Array(set.length);
    for (let index = 0; index < set.length; index++) {
      const shingle = set[index]!;
      const count = Math.min(this.#counts[shingle & mask]!, 0xfffff);
      keys[index] = count * 0x100000000 + (shingle % 0x100000000);
    }
    return keys.sort().subarray(0, length);
  }
}

/** Room for the rounding of bounds: wide enough never to leave out a pair that lies on the threshold. */
const roundingRoom = 1e-6;

function leastWhole(bound: number): number {
  return Math.max(1, Math.ceil(bound - roundingRoom));
}

/** Jaccard similarity of two sorted sets, or -1 as soon as it is known to be below a threshold. */
export function similarityAtLeast(left: Float64Array, right: Float64Array, threshold: number): number {
  const total = left.length + right.length;
  const required = threshold > 0 ? leastWhole((threshold / (1 + threshold)) * total) : 0;
  const lastLeft = left.length - required;
  const lastRight = right.length - required;
  let shared = 0;
  let leftPlace = 0;
  let rightPlace = 0;
  while (leftPlace < left.length && rightPlace < right.length) {
    const leftShingle = left[leftPlace]!;
    const rightShingle = right[rightPlace]!;
    if (leftShingle === rightShingle) {
      shared++;
      leftPlace++;
      rightPlace++;
    } else if (leftShingle < rightShingle) {
      if (leftPlace++ - shared >= lastLeft) return -1;
    } else if (rightPlace++ - shared >= lastRight) return -1;
  }
  return shared / (total - shared);
}

function hashOfSet(set: Float64Array): number {
  let hash = 0;
  for (const shingle of set) hash = Math.imul(hash ^ shingle, 0x01000193) ^ (hash >>> 15);
  return hash;
}

function isEqual(left: Float64Array, right: Float64Array): boolean {
  return left.length === right.length && left.every((shingle, index) => shingle === right[index]);
}
