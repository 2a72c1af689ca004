import { ArgumentError } from "../core/errors.ts";
import { floatsPerBlock, instantiateDotProducts, type DotProductKernel } from "./dot-products.ts";

/** A row of the index, and how near it is. */
export interface Neighbour {
  /** 0-based row. */
  readonly index: number;
  /** Cosine of the angle to the query, in [-1, 1]. */
  readonly similarity: number;
}

const floatBytes = Float32Array.BYTES_PER_ELEMENT;
const greatestBytes = 2 ** 32;
/** Lengths of vectors whose products neither overflow nor vanish among 32-bit floats. */
const [leastLength, greatestLength] = [1e-12, 1e12];

/**
 * Exact nearest neighbours by cosine similarity, in memory: every row is compared with every query.
 *
 * The order is that of the similarities in 64-bit arithmetic; of equal ones the earlier row comes first. A pass in
 * 32-bit SIMD finds every row that may be among the nearest, and these alone are computed again.
 *
 * @example
 * new VectorIndex(new Float32Array([5, 0, 0, 1]), 2).nearest(new Float32Array([0, 2]), 1)
 * //=> [{ index: 1, similarity: 1 }]
 */
export class VectorIndex {
  /** Rows. */
  readonly size: number;
  readonly dimensions: number;
  readonly #blocks: number;
  readonly #kernel: DotProductKernel;
  readonly #rows: Float32Array;
  readonly #query: Float32Array;
  readonly #products: Float32Array;
  readonly #lengths: Float64Array;

  /**
   * @param vectors one row after the other; they are copied
   * @param dimensions numbers in a row
   * @throws {ArgumentError} a number that is not finite, a row without a direction, more than 4 GiB
   */
  constructor(vectors: Float32Array, dimensions: number) {
    if (!Number.isSafeInteger(dimensions) || dimensions < 1)
      throw new ArgumentError("dimensions", "a whole number >= 1", dimensions);
    if (vectors.length % dimensions !== 0)
      throw new ArgumentError("vectors", `whole rows of ${dimensions} numbers`, vectors.length);
    this.dimensions = dimensions;
    this.size = vectors.length / dimensions;
    this.#blocks = Math.ceil(dimensions / floatsPerBlock);
    const rowFloats = this.#blocks * floatsPerBlock;
    const bytes = (this.size * (rowFloats + 1) + rowFloats) * floatBytes;
    if (bytes > greatestBytes)
      throw new ArgumentError("vectors", "at most 4 GiB with their padding", `${this.size} rows`);
    this.#kernel = instantiateDotProducts(bytes);
    const { buffer } = this.#kernel.memory;
    this.#rows = new Float32Array(buffer, 0, this.size * rowFloats);
    this.#query = new Float32Array(buffer, this.#rows.byteLength, rowFloats);
    this.#products = new Float32Array(buffer, this.#query.byteOffset + this.#query.byteLength, this.size);
    this.#lengths = new Float64Array(this.size);
    for (let row = 0; row < this.size; row++) {
      const vector = vectors.subarray(row * dimensions, (row + 1) * dimensions);
      this.#lengths[row] = lengthOf(vector, `vectors[${row}]`);
      this.#rows.set(vector, row * rowFloats);
    }
  }

  /** An index of vectors as `embed` gives them; all have the first one's dimensions. */
  static of(vectors: readonly Float32Array[]): VectorIndex {
    const dimensions = vectors[0]?.length ?? 1;
    const matrix = new Float32Array(vectors.length * dimensions);
    for (const [row, vector] of vectors.entries()) {
      if (vector.length !== dimensions)
        throw new ArgumentError(`vectors[${row}]`, `${dimensions} numbers, as the first`, vector.length);
      matrix.set(vector, row * dimensions);
    }
    return new VectorIndex(matrix, dimensions);
  }

  /**
   * The rows most similar to a query, the nearest first.
   *
   * @param count fewer are given where the index has fewer rows
   */
  nearest(query: Float32Array, count: number): Neighbour[] {
    if (query.length !== this.dimensions)
      throw new ArgumentError("query", `${this.dimensions} numbers, as the rows`, query.length);
    if (!Number.isSafeInteger(count) || count < 1)
      throw new ArgumentError("count", "a whole number >= 1", count);
    if (this.size === 0) return [];
    const queryLength = lengthOf(query, "query");
    for (const [place, value] of query.entries()) this.#query[place] = value / queryLength;
    this.#kernel.dotProducts(0, this.#query.byteOffset, this.#products.byteOffset, this.size, this.#blocks);
    return this.#mayBeNearest(Math.min(count, this.size))
      .map((index) => ({ index, similarity: this.#similarity(index, query) / queryLength }))
      .sort((left, right) => right.similarity - left.similarity || left.index - right.index)
      .slice(0, count);
  }

  /** Every row that rounding does not keep from being among the nearest, in order of rows. */
  #mayBeNearest(count: number): number[] {
    const products = this.#products;
    const lengths = this.#lengths;
    // What rounding to 32 bits can move a similarity by: a unit in the last place for each sum and product on its way.
    const error = (this.dimensions + 4) * 2 ** -24;
    const best = new LeastOfGreatest(count);
    let threshold = -Infinity;
    let candidates: number[] = [];
    for (let row = 0; row < this.size; row++) {
      const similarity = products[row]! / lengths[row]!;
      if (similarity < threshold) continue;
      candidates.push(row);
      best.add(similarity);
      threshold = best.least - 2 * error;
      if (candidates.length > 4 * count + 1024)
        candidates = candidates.filter((each) => products[each]! / lengths[each]! >= threshold);
    }
    return candidates.filter((row) => products[row]! / lengths[row]! >= threshold);
  }

  #similarity(row: number, query: Float32Array): number {
    const start = row * this.#blocks * floatsPerBlock;
    let sum = 0;
    for (const [place, value] of query.entries()) sum += this.#rows[start + place]! * value;
    return sum / this.#lengths[row]!;
  }
}

/** The least of the so many greatest numbers seen, as a binary heap with the least on top. */
class LeastOfGreatest {
  readonly #heap: number[] = [];
  readonly #count: number;

  constructor(count: number) {
    this.#count = count;
  }

  /** -Infinity until there are enough. */
  get least(): number {
    return this.#heap.length < this.#count ? -Infinity : this.#heap[0]!;
  }

  add(value: number): void {
    const heap = this.#heap;
    if (heap.length < this.#count) {
      heap.push(value);
      for (let place = heap.length - 1; place > 0;) {
        const parent = (place - 1) >> 1;
        if (heap[parent]! <= heap[place]!) return;
        [heap[parent], heap[place]] = [heap[place]!, heap[parent]!];
        place = parent;
      }
    } else if (value > heap[0]!) {
      heap[0] = value;
      for (let place = 0; ;) {
        const left = 2 * place + 1;
        const child = left + 1 < heap.length && heap[left + 1]! < heap[left]! ? left + 1 : left;
        if (child >= heap.length || heap[child]! >= heap[place]!) return;
        [heap[child], heap[place]] = [heap[place]!, heap[child]!];
        place = child;
      }
    }
  }
}

function lengthOf(vector: Float32Array, name: string): number {
  let squares = 0;
  for (const value of vector) squares += value * value;
  const length = Math.sqrt(squares);
  if (!(length >= leastLength && length <= greatestLength)) {
    const expected = `finite numbers of a length from ${leastLength} to ${greatestLength}`;
    throw new ArgumentError(name, expected, `a length of ${length}`);
  }
  return length;
}
