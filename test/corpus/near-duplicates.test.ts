/** Near-duplicate removal against the definition, computed pair by pair from the words themselves. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import {
  corpus,
  deduplicate,
  linesOf,
  plainClusters,
  plainJaccard,
  plainPairs,
  temporaryFolder,
} from "./duplicate-cases.ts";

const threshold = 0.85;

describe("removeNearDuplicates", () => {
  it("finds the pairs and clusters of the definition", { timeout: 120_000 }, async (test) => {
    const folder = temporaryFolder(test);
    await fc.assert(
      fc.asyncProperty(corpus, async (texts) => {
        const expected = plainPairs(texts, threshold);
        const clusters = plainClusters(texts.length, expected);
        const { pairs, removed, output, report } = await deduplicate(folder, [linesOf(texts)], {
          preset: "lee",
        });
        const inOrder = pairs.toSorted((one, other) => one.left - other.left || one.right - other.right);
        assert.deepEqual(inOrder, expected);
        const expectedRemoved = clusters.flatMap((earliest, id) => (earliest === id ? [] : [id]));
        assert.deepEqual(
          removed.map(({ id }) => id).toSorted((one, other) => one - other),
          expectedRemoved,
        );
        for (const line of removed) {
          assert.equal(line.cluster, clusters[line.id]);
          assert.equal(line.jaccard, plainJaccard(texts[line.id]!, texts[line.kept]!));
          assert.ok(line.jaccard >= threshold);
        }
        const keptLines = linesOf(texts)
          .split(/(?<=\n)/u)
          .filter((_, id) => clusters[id] === id);
        assert.equal(output, texts.length === 0 ? "" : keptLines.join(""));
        assert.equal(report.documents, report.kept + report.removed);
        assert.equal(report.pairs, expected.length);
      }),
      { numRuns: 12 },
    );
  });
});
