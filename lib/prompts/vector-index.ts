import { ArgumentError } from "../core/errors.ts";
import { instantiateDotProducts, numbersPerBlock, type DotProductKernel } from "./dot-products.ts";

/** A row of the index, and how near it is. */
export interface Neighbour {
  /** 0-based row. */
  readonly index: number;
  /** Cosine of the angle to the query, in [-1, 1]. */
  readonly similarity: number;
}

const greatestBytes = 2 ** 32;
const greatestCode = 127;
/** Of squares in 64 bits, so that none overflows or vanishes. */
const [leastLength, greatestLength] = [1e-30, 1e30];
/** More than 64-bit arithmetic can be off by, of similarities. */
const rounding = 1e-9;

/**
 * Exact nearest neighbours by cosine similarity, in memory: every row is compared with every query.
 *
 * The order is that of the similarities in 64-bit arithmetic; of equal ones the earlier row comes first. A first pass
 * compares rows rounded to 8 bits. How far each row was moved by that is known, so the pass leaves out only rows that
 * cannot be among the nearest, and the others are compared as they are.
 *
 * @example
 * new VectorIndex(new Float32Array([5, 0, 0, 1]), 2).nearest(new Float32Array([0, 2]), 1)
 * //=> [{ index: 1, similarity: 1 }]
 */
export class VectorIndex {
  /** Rows. */
  readonly size: number;
  readonly dimensions: number;
  readonly #vectors: Float32Array;
  readonly #lengths: Float64Array;
  /** What a row's rounded numbers are multiplied by to give the row at length 1. */
  readonly #scales: Float64Array;
  /** How far a row at length 1 is from what its rounded numbers stand for. */
  readonly #errors: Float64Array;
  readonly #blocks: number;
  readonly #kernel: DotProductKernel;
  readonly #codes: Int8Array;
  readonly #query: Int16Array;
  readonly #products: Int32Array;

  /**
   * @param vectors one row after the other; they are copied
   * @param dimensions numbers in a row
   * @throws {ArgumentError} a number that is not finite, a row without a direction, more than 4 GiB of rounded rows
   */
  constructor(vectors: Float32Array, dimensions: number) {
    if (!Number.isSafeInteger(dimensions) || dimensions < 1 || dimensions > 65_536)
      throw new ArgumentError("dimensions", "a whole number from 1 to 65536", dimensions);
    if (vectors.length % dimensions !== 0)
      throw new ArgumentError("vectors", `whole rows of ${dimensions} numbers`, vectors.length);
    this.dimensions = dimensions;
    this.size = vectors.length / dimensions;
    this.#vectors = vectors.slice();
    this.#blocks = Math.ceil(dimensions / numbersPerBlock);
    const padded = this.#blocks * numbersPerBlock;
    const bytes = this.size * (padded + 4) + 2 * padded;
    if (bytes > greatestBytes)
      throw new ArgumentError("vectors", "at most 4 GiB at 8 bits a number", `${this.size} rows`);
    this.#kernel = instantiateDotProducts(bytes);
    const { buffer } = this.#kernel.memory;
    this.#codes = new Int8Array(buffer, 0, this.size * padded);
    this.#query = new Int16Array(buffer, this.#codes.byteLength, padded);
    this.#products = new Int32Array(buffer, this.#codes.byteLength + this.#query.byteLength, this.size);
    this.#lengths = new Float64Array(this.size);
    this.#scales = new Float64Array(this.size);
    this.#errors = new Float64Array(this.size);
    for (let row = 0; row < this.size; row++) {
      const vector = this.#vectors.subarray(row * dimensions, (row + 1) * dimensions);
      const length = lengthOf(vector, `vectors[${row}]`);
      const codes = this.#codes.subarray(row * padded, (row + 1) * padded);
      const { scale, error } = roundInto(codes, vector, length, greatestCode);
      this.#lengths[row] = length;
      this.#scales[row] = scale;
      this.#errors[row] = error;
    }
  }

  /** An index of vectors as `embed` gives them; all have the first one's dimensions. */
  static of(vectors: readonly Float32Array[]): VectorIndex {
    if (!Array.isArray(vectors)) throw new ArgumentError("vectors", "a list of vectors", vectors);
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
    return this.#mayBeNearest(query, queryLength, Math.min(count, this.size))
      .map((index) => {
        // Of parallel vectors the last bit may lie outside.
        const cosine = this.#similarity(index, query) / queryLength;
        return { index, similarity: Math.max(-1, Math.min(1, cosine)) };
      })
      .sort((left, right) => right.similarity - left.similarity || left.index - right.index)
      .slice(0, count);
  }

  /** Rows in order, every one of the nearest among them. */
  #mayBeNearest(query: Float32Array, queryLength: number, count: number): number[] {
    const padded = this.#blocks * numbersPerBlock;
    // No sum of products passes 32 bits.
    const greatest = Math.min(32_767, Math.floor((2 ** 31 - 1) / (greatestCode * padded)));
    const rounded = roundInto(this.#query, query, queryLength, greatest);
    const { byteOffset } = this.#products;
    this.#kernel.dotProducts(0, this.#query.byteOffset, byteOffset, this.size, this.#blocks);
    const [products, scales, errors] = [this.#products, this.#scales, this.#errors];
    const similarity = (row: number): number => products[row]! * scales[row]! * rounded.scale;
    // Of both vectors' distances to what they were rounded to, by the Cauchy-Schwarz inequality.
    const error = (row: number): number => errors[row]! + rounded.error * (1 + errors[row]!) + rounding;
    const best = new LeastOfGreatest(count);
    const candidates: number[] = [];
    for (let row = 0; row < this.size; row++) {
      const [middle, reach] = [similarity(row), error(row)];
      if (middle + reach < best.least) continue;
      candidates.push(row);
      best.add(middle - reach);
    }
    return candidates.filter((row) => similarity(row) + error(row) >= best.least);
  }

  #similarity(row: number, query: Float32Array): number {
    const start = row * this.dimensions;
    let sum = 0;
    for (let place = 0; place < this.dimensions; place++)
      sum += this.#vectors[start + place]! * query[place]!;
    return sum / this.#lengths[row]!;
  }
}

/** Write a vector at length 1 as whole numbers from -greatest to greatest, which times the scale stand for it. */
function roundInto(
  codes: Int8Array | Int16Array,
  vector: Float32Array,
  length: number,
  greatest: number,
): { readonly scale: number; readonly error: number } {
  let largest = 0;
  for (let place = 0; place < vector.length; place++) largest = Math.max(largest, Math.abs(vector[place]!));
  const scale = largest / length / greatest;
  let squares = 0;
  for (let place = 0; place < vector.length; place++) {
    const value = vector[place]! / length;
    const rounded = Math.round(value / scale);
    codes[place] = rounded;
    squares += (value - rounded * scale) ** 2;
  }
  return { scale, error: Math.sqrt(squares) };
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
  for (let place = 0; place < vector.length; place++) squares += vector[place]! ** 2;
  const length = Math.sqrt(squares);
  if (!(length >= leastLength && length <= greatestLength)) {
    const expected = `finite numbers of a length from ${leastLength} to ${greatestLength}`;
    throw new ArgumentError(name, expected, `a length of ${length}`);
  }
  return length;
}
