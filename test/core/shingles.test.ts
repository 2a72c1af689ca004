import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { gunzipSync } from "node:zlib";

import * as fc from "fast-check";

import { jaccard, sharedCount, wordShingles } from "../../lib/core/shingles.ts";
import { mirrorFolder, noMirror } from "../data/mirror-folder.ts";

/** The definition, word for word: the 5-grams as texts. */
function plainShingles(text: string): string[] {
  const words = (text.match(/[\p{L}\p{N}]+/gu) ?? []).map((word) => word.toLowerCase());
  if (words.length === 0) return [];
  if (words.length < 5) return [words.join(" ")];
  return [...new Set(words.slice(4).map((_, index) => words.slice(index, index + 5).join(" ")))];
}

function plainJaccard(left: string[], right: string[]): number {
  const shared = left.filter((shingle) => right.includes(shingle)).length;
  return shared === 0 ? 0 : shared / (left.length + right.length - shared);
}

/** The two ways must name the same sets: equal shingles one hash, unequal ones two, across all texts. */
function assertSameSets(texts: readonly string[]): void {
  const hashOf = new Map<string, number>();
  for (const text of texts) {
    const plain = plainShingles(text);
    const hashes = wordShingles(text);
    assert.equal(hashes.length, plain.length, JSON.stringify(text.slice(0, 200)));
    for (const [index, shingle] of plain.entries()) {
      const known = hashOf.get(shingle);
      if (known !== undefined) assert.equal(hashes[index], known, shingle);
      hashOf.set(shingle, hashes[index]!);
    }
  }
  assert.equal(new Set(hashOf.values()).size, hashOf.size);
}

/** Few words, so that shingles repeat, with all that makes words hard. */
const hardText = fc
  .array(
    fc.constantFrom(
      ..."a A b ß ẞ É é é İ ı ΑΣ ΑΣΑ Σ ΣΑ'Σ ς ǅ ﬁ ٣ ² Ⅷ 𝐀 𐐀 𐐨 𠮷 \ud835 \udc00 日本 . - _ ' \u00ad \u200d \ud83d\ude00".split(
        " ",
      ),
    ),
    { maxLength: 40 },
  )
  .chain((words) => fc.constantFrom(" ", "", ", ").map((separator) => words.join(separator)));

describe("wordShingles", () => {
  it("is the set that the definition says, for any text", () => {
    fc.assert(fc.property(fc.array(hardText, { minLength: 1, maxLength: 5 }), assertSameSets));
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "binary", maxLength: 60 }), { maxLength: 5 }), assertSameSets),
    );
  });

  it("is the set that the definition says, for every character", () => {
    for (let plane = 0; plane < 0x110000; plane += 0x400) {
      const characters = Array.from({ length: 0x400 }, (_, offset) => String.fromCodePoint(plane + offset));
      const text = characters.map((character) => `x${character}Y`).join(" ");
      assert.equal(wordShingles(text).length, plainShingles(text).length, plane.toString(16));
    }
  });

  it("is one shingle for one to four words, and none without words", () => {
    assert.equal(wordShingles("").length, 0);
    assert.equal(wordShingles(" – … ").length, 0);
    assert.deepEqual(wordShingles("Two words."), wordShingles("two WORDS"));
    assert.equal(wordShingles("a b c d").length, 1);
    assert.equal(wordShingles("a b c d e").length, 1);
    assert.equal(wordShingles("a b c d e f").length, 2);
    assert.equal(jaccard(wordShingles("a b c d"), wordShingles("a b c d e")), 0);
  });

  it("counts repeated shingles once, in texts of any length", () => {
    assert.equal(wordShingles("tick ".repeat(10_000)).length, 1);
    assert.equal(wordShingles(Array.from({ length: 10_004 }, (_, index) => index).join(" ")).length, 10_000);
  });

  it("gives these hashes for good", () => {
    assert.deepEqual([...wordShingles("One two three four five six.")], [948254910064616, 3140813463937471]);
    assert.ok([...wordShingles("a b c d e f g")].every((hash) => Number.isSafeInteger(hash) && hash >= 0));
  });

  it("is the set that the definition says, for real articles", { skip: noMirror }, () => {
    const file = gunzipSync(
      readFileSync(join(mirrorFolder, "text", "openstax_general_ccby.jsonl.gz")),
    ).toString();
    const lines = file.split("\n", 60);
    assertSameSets(lines.map((line) => (JSON.parse(line) as { text: string }).text));
  });
});

describe("jaccard", () => {
  it("equals the definition", () => {
    const words = fc.array(fc.constantFrom("a", "b"), { maxLength: 30 }).map((list) => list.join(" "));
    fc.assert(
      fc.property(words, words, (left, right) => {
        const expected = plainJaccard(plainShingles(left), plainShingles(right));
        assert.equal(jaccard(wordShingles(left), wordShingles(right)), expected);
      }),
    );
  });

  it("is 1 for equal sets, 0 beside an empty one", () => {
    const set = wordShingles("one two three four five six");
    assert.equal(jaccard(set, set), 1);
    assert.equal(jaccard(set, new Float64Array()), 0);
    assert.equal(jaccard(new Float64Array(), new Float64Array()), 0);
    assert.equal(sharedCount(set, wordShingles("zero one two three four five")), 1);
  });

  it("agrees with the similarity stated for real revisions", { skip: noMirror }, () => {
    const file = gunzipSync(readFileSync(join(mirrorFolder, "neardup", "openstax_revision_pairs.jsonl.gz")));
    const pairs = file.toString().trim().split("\n");
    assert.equal(pairs.length, 257);
    for (const line of pairs) {
      const pair = JSON.parse(line) as { old: string; new: string; jaccard_word5: number };
      const similarity = jaccard(wordShingles(pair.old), wordShingles(pair.new));
      // The stated one counts the underscore to a word's characters, which moves it by less than 0.001.
      assert.ok(Math.abs(similarity - pair.jaccard_word5) < 0.001, `${similarity} ${pair.jaccard_word5}`);
    }
  });
});
