import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { SeededRandom } from "../../lib/core/seeded-random.ts";
import { VectorIndex } from "../../lib/prompts/vector-index.ts";

/** Cosines one by one in 64-bit arithmetic, then a whole sort. */
function plainNearest(rows: readonly Float32Array[], query: Float32Array, count: number): number[] {
  const length = (vector: Float32Array): number => Math.sqrt(vector.reduce((sum, x) => sum + x * x, 0));
  const cosine = (row: Float32Array): number =>
    row.reduce((sum, x, place) => sum + x * query[place]!, 0) / length(row) / length(query);
  return rows
    .map((row, index) => ({ index, cosine: cosine(row) }))
    .sort((left, right) => right.cosine - left.cosine || left.index - right.index)
    .slice(0, count)
    .map(({ index }) => index);
}

function randomVectors(count: number, dimensions: number, seed: number): Float32Array[] {
  const random = new SeededRandom(seed);
  return Array.from({ length: count }, () =>
    Float32Array.from({ length: dimensions }, () => random.uniform() - 0.5),
  );
}

describe("VectorIndex", () => {
  it("gives what comparing with every row gives, whatever the dimensions", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 1, max: 70 }),
        fc.integer({ min: 1, max: 70 }),
        fc.nat(),
        (size, dimensions, count, seed) => {
          const rows = randomVectors(size, dimensions, seed);
          const [query] = randomVectors(1, dimensions, seed + 1);
          const found = VectorIndex.of(rows).nearest(query!, count);
          assert.deepEqual(
            found.map(({ index }) => index),
            plainNearest(rows, query!, count),
          );
        },
      ),
      { numRuns: 200 },
    );
  });

  it("tells rows apart that 32-bit arithmetic does not", () => {
    const dimensions = 384;
    const [base] = randomVectors(1, dimensions, 5);
    const random = new SeededRandom(6);
    // A last bit here and there: cosines differ by far less than a 32-bit sum's rounding.
    const rows = Array.from({ length: 3000 }, () =>
      base!.map((value) => (random.chance(0.1) ? value * (1 + 2 ** -22) : value)),
    );
    const found = VectorIndex.of(rows).nearest(base!, 10);
    assert.deepEqual(
      found.map(({ index }) => index),
      plainNearest(rows, base!, 10),
    );
  });

  it("takes the earlier of equal rows first, whatever their lengths", () => {
    const index = VectorIndex.of([
      new Float32Array([0, 1]),
      new Float32Array([4, 0]),
      new Float32Array([1, 0]),
      new Float32Array([2, 0]),
    ]);
    assert.deepEqual(index.nearest(new Float32Array([3, 0]), 9), [
      { index: 1, similarity: 1 },
      { index: 2, similarity: 1 },
      { index: 3, similarity: 1 },
      { index: 0, similarity: 0 },
    ]);
  });

  it("is not changed by a later change of the vectors", () => {
    const vectors = new Float32Array([1, 0, 0, 1]);
    const index = new VectorIndex(vectors, 2);
    vectors.fill(7);
    assert.deepEqual(index.nearest(new Float32Array([0, 1]), 1), [{ index: 1, similarity: 1 }]);
  });

  it("refuses what has no direction, and queries of other dimensions", () => {
    const place = (parameter: string) => ({ name: "ArgumentError", parameter });
    assert.throws(() => new VectorIndex(new Float32Array([1, 0, 0, 0]), 2), place("vectors[1]"));
    assert.throws(() => new VectorIndex(new Float32Array([1, NaN]), 2), place("vectors[0]"));
    assert.throws(() => new VectorIndex(new Float32Array(3), 2), place("vectors"));
    assert.throws(
      () => VectorIndex.of([new Float32Array(2).fill(1), new Float32Array(3)]),
      place("vectors[1]"),
    );
    const index = new VectorIndex(new Float32Array([1, 0]), 2);
    assert.throws(() => index.nearest(new Float32Array([1]), 1), place("query"));
    assert.throws(() => index.nearest(new Float32Array([0, 0]), 1), place("query"));
    assert.deepEqual(new VectorIndex(new Float32Array(0), 2).nearest(new Float32Array([1, 0]), 1), []);
  });
});
