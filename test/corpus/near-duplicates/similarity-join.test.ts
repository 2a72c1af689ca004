/** The join of a group against all its pairs, whatever room it has. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { jaccard } from "../../../lib/core/shingles.ts";
import { SeededRandom } from "../../../lib/core/seeded-random.ts";
import { clustersOf } from "../../../lib/corpus/near-duplicates/clusters.ts";
import { similarityAtLeast, similarityJoin } from "../../../lib/corpus/near-duplicates/similarity-join.ts";
import { plainClusters } from "./duplicate-cases.ts";

const thresholds = fc.constantFrom(0.1, 0.5, 2 / 3, 0.75, 0.8, 0.85, 0.9, 1);
const roomy = 1e9;

/** Sets that overlap in every degree, among them equal ones; sometimes more than are compared pair by pair. */
const groups = fc
  .record({
    seed: fc.integer(),
    count: fc.integer({ min: 2, max: 90 }),
    words: fc.integer({ min: 12, max: 60 }),
  })
  .map(({ seed, count, words }) => {
    const random = new SeededRandom(seed);
    const bases = Array.from({ length: 3 }, () =>
      Array.from({ length: words }, () => random.integer(0, 500) * 2 ** 32 + random.bits32()),
    );
    return Array.from({ length: count }, () => {
      const share = random.choice([0, 0, 0.05, 0.1, 0.3]);
      const set = new Set(random.choice(bases).filter(() => !random.chance(share / 2)));
      for (let extra = 0; extra < (share * words) / 2; extra++) set.add(random.bits32());
      set.add(1);
      return Float64Array.from(set).sort();
    });
  });

function expectedPairs(sets: readonly Float64Array[], threshold: number) {
  return sets.flatMap((left, one) =>
    sets.slice(one + 1).flatMap((right, offset) => {
      const similarity = jaccard(left, right);
      return similarity >= threshold ? [{ left: one, right: one + 1 + offset, jaccard: similarity }] : [];
    }),
  );
}

function joined(sets: readonly Float64Array[], threshold: number, allPairs: boolean, memoryBytes: number) {
  const load = (place: number) => sets[place]!;
  const sizes = sets.map((set) => set.length);
  return similarityJoin(sizes, load, { threshold, allPairs, memoryBytes });
}

describe("similarityJoin", () => {
  it("finds all pairs, in any room", () => {
    fc.assert(
      fc.property(groups, thresholds, fc.constantFrom(roomy, 10_000, 1), (sets, threshold, memoryBytes) => {
        const pairs = joined(sets, threshold, true, memoryBytes);
        pairs.sort((one, other) => one.left - other.left || one.right - other.right);
        assert.deepEqual(pairs, expectedPairs(sets, threshold));
      }),
    );
  });

  it("finds a spanning tree of the same clusters where not all pairs are asked for", () => {
    fc.assert(
      fc.property(groups, thresholds, fc.constantFrom(roomy, 10_000, 1), (sets, threshold, memoryBytes) => {
        const tree = joined(sets, threshold, false, memoryBytes);
        const clusters = plainClusters(sets.length, expectedPairs(sets, threshold));
        assert.deepEqual(plainClusters(sets.length, tree), clusters);
        assert.equal(tree.length, clusters.filter((earliest, place) => earliest !== place).length);
      }),
    );
  });

  it("leads to the same removals with all pairs and without", () => {
    fc.assert(
      fc.property(groups, thresholds, (sets, threshold) => {
        const load = (place: number) => sets[place]!;
        const [all, tree] = [true, false].map((allPairs) =>
          clustersOf(sets.length, joined(sets, threshold, allPairs, roomy), load, threshold),
        );
        assert.deepEqual(all, tree);
      }),
    );
  });
});

describe("clustersOf", () => {
  it("names for each removed document a partner of verified similarity, on the way to the kept one", () => {
    fc.assert(
      fc.property(groups, thresholds, (sets, threshold) => {
        const load = (place: number) => sets[place]!;
        for (const cluster of clustersOf(
          sets.length,
          joined(sets, threshold, false, roomy),
          load,
          threshold,
        )) {
          const partners = new Map(cluster.removals.map(({ removed, partner }) => [removed, partner]));
          for (const { removed, partner, jaccard: similarity } of cluster.removals) {
            assert.ok(removed > cluster.kept);
            assert.equal(similarity, jaccard(load(removed), load(partner)));
            assert.ok(similarity >= threshold);
            let place = removed;
            for (let step = 0; place !== cluster.kept && step < sets.length; step++)
              place = partners.get(place)!;
            assert.equal(place, cluster.kept);
          }
          const lowest = cluster.removals.map(({ removed }) => jaccard(load(removed), load(cluster.kept)));
          assert.equal(cluster.lowestJaccard, Math.min(...lowest));
        }
      }),
    );
  });

  it("shows a chain: the end is removed for its neighbour, and is less similar to the kept document", () => {
    const range = (start: number) => Float64Array.from({ length: 40 }, (_, place) => start + place);
    const sets = [range(0), range(2), range(4)];
    const pairs = joined(sets, 0.9, false, roomy);
    const [cluster] = clustersOf(3, pairs, (place) => sets[place]!, 0.9);
    assert.deepEqual(cluster, {
      kept: 0,
      removals: [
        { removed: 1, partner: 0, jaccard: 38 / 42 },
        { removed: 2, partner: 1, jaccard: 38 / 42 },
      ],
      lowestJaccard: 36 / 44,
    });
  });
});

describe("similarityAtLeast", () => {
  it("is the similarity, or less than nothing when it is below the threshold", () => {
    fc.assert(
      fc.property(groups, thresholds, ([left, right], threshold) => {
        const similarity = jaccard(left!, right!);
        const found = similarityAtLeast(left!, right!, threshold);
        if (similarity >= threshold) assert.equal(found, similarity);
        else assert.ok(found < threshold);
        assert.equal(similarityAtLeast(left!, right!, 0), similarity);
      }),
    );
  });
});
