import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { gunzipSync } from "node:zlib";

import { jaccard, wordShingles } from "../../../lib/core/shingles.ts";
import { nearDuplicatesAtAGlance } from "../../../lib/corpus/near-duplicates/at-a-glance.ts";
import { dataFolder } from "../../../lib/data/catalogue.ts";
import { mirrorFolder, noMirror } from "../../data/mirror-folder.ts";

function rowsOf<Row>(text: string): Row[] {
  return text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Row);
}

function sample<Row>(name: string): Row[] {
  return rowsOf(readFileSync(join(dataFolder, "sample", name), "utf8"));
}

interface Article {
  readonly id: string;
  readonly text: string;
}

/** Every pair at or above the threshold, by comparing all with all. */
function allPairs(documents: readonly Article[], threshold: number): string[] {
  const shingles = documents.map(({ text }) => wordShingles(text));
  return documents.flatMap(({ id }, one) =>
    documents
      .slice(one + 1)
      .map((other, offset) => ({
        other: other.id,
        similarity: jaccard(shingles[one]!, shingles[one + 1 + offset]!),
      }))
      .filter(({ similarity }) => similarity >= threshold)
      .map(({ other, similarity }) => `${id} ${other} ${similarity}`),
  );
}

function described({ pairs }: ReturnType<typeof nearDuplicatesAtAGlance>): string[] {
  return pairs.map((pair) => `${pair.left} ${pair.right} ${pair.jaccard}`);
}

describe("nearDuplicatesAtAGlance", () => {
  const articles = sample<Article>("synthetic-articles.jsonl");

  it("finds what comparing all with all finds, with the same similarities", () => {
    const glance = nearDuplicatesAtAGlance(articles);
    assert.deepEqual(described(glance).sort(), allPairs(articles, 0.85).sort());
    assert.deepEqual([glance.documents, glance.examined], [articles.length, articles.length]);
    const planted = sample<{ original: string; copy: string; jaccard: number }>(
      "synthetic-near-duplicates.jsonl",
    );
    const near = planted.filter((pair) => pair.jaccard >= 0.85);
    assert.equal(near.length, 6);
    for (const { original, copy } of near) {
      assert.ok(
        glance.pairs.some(({ left, right }) => [left, right].sort().join() === [original, copy].join()),
      );
    }
  });

  it("gives the same for the same seed, and a part of a large collection", () => {
    const options = { maximumDocuments: 20, seed: "part" };
    const glance = nearDuplicatesAtAGlance(articles, options);
    assert.equal(glance.examined, 20);
    assert.deepEqual(nearDuplicatesAtAGlance(articles, options), glance);
  });

  it("never matches documents without words", () => {
    const empty = [
      { id: "a", text: "" },
      { id: "b", text: " … " },
      { id: "c", text: "" },
    ];
    assert.deepEqual(nearDuplicatesAtAGlance(empty).pairs, []);
    assert.deepEqual(nearDuplicatesAtAGlance([]), { pairs: [], documents: 0, examined: 0 });
  });

  it("says which document has no text", () => {
    const documents = [{ id: "a", text: null as unknown as string }];
    assert.throws(() => nearDuplicatesAtAGlance(documents), {
      message: '"documents[0].text" must be a text, got null',
    });
  });

  it("finds what comparing all with all finds in a real book", { skip: noMirror }, () => {
    const file = readFileSync(join(mirrorFolder, "neardup", "openstax_revision_pairs.jsonl.gz"));
    const modules = rowsOf<{ old: string; new: string }>(gunzipSync(file).toString()).slice(0, 60);
    const documents = modules.flatMap((module, index) => [
      { id: `old ${index}`, text: module.old },
      { id: `new ${index}`, text: module.new },
    ]);
    const expected = allPairs(documents, 0.85);
    assert.ok(expected.length > 10);
    assert.deepEqual(described(nearDuplicatesAtAGlance(documents)).sort(), expected.sort());
  });
});
