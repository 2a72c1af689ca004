/** Signatures against their definition, and against the theory of their error. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { SeededRandom } from "../../../lib/core/seeded-random.ts";
import { jaccard, wordShingles } from "../../../lib/core/shingles.ts";
import { MinHash } from "../../../lib/corpus/minhash/minhash.ts";
import { TextShingles } from "../../../lib/corpus/minhash/text-shingles.ts";

const hash = fc.integer({ min: 0, max: 2 ** 53 - 1 });
const sets = fc.uniqueArray(hash, { minLength: 1, maxLength: 40 }).map((list) => Float64Array.from(list));

/** Many of few words, with all that makes words hard. */
const texts = fc.oneof(
  fc
    .array(fc.constantFrom(..."a A b É é 日本 ß ² ٣ . - ' ΑΣ İ 𐐀 \ud800 ǅ".split(" ")), { maxLength: 60 })
    .chain((words) => fc.constantFrom(" ", "", ", ").map((separator) => words.join(separator))),
  fc.string({ unit: "binary", maxLength: 100 }),
);

function randomSet(random: SeededRandom, size: number): Float64Array {
  return Float64Array.from({ length: size }, () => random.bits32() * 2 ** 21 + random.integer(0, 2 ** 21));
}

describe("TextShingles", () => {
  it("are the word shingles, in their order", () => {
    const shingles = new TextShingles();
    fc.assert(fc.property(texts, (text) => assert.deepEqual(shingles.of(text), wordShingles(text))));
  });

  it("are the word shingles of long texts too, and nothing of one text stays for the next", () => {
    const shingles = new TextShingles();
    const long = Array.from({ length: 60_000 }, (_, place) => place).join(" ");
    for (const text of [long, long.slice(0, 1 << 18), "short one", "tick ".repeat(20_000), "", "a b c d e"]) {
      assert.deepEqual(shingles.of(text), wordShingles(text));
    }
  });
});

describe("MinHash", () => {
  it("takes the least products in the first half of a signature and the greatest in the second", () => {
    const minHash = new MinHash({ bands: 8, rows: 8 });
    // The product with 1 is the factor itself.
    const factors = minHash.signature(Float64Array.of(1)).slice(0, 32);
    fc.assert(
      fc.property(sets, (set) => {
        const products = Array.from(factors, (factor) =>
          Array.from(set, (value) => Number(BigInt.asUintN(32, BigInt(value) * BigInt(factor)))),
        );
        const least = products.map((list) => Math.min(...list));
        const greatest = products.map((list) => Math.max(...list));
        assert.deepEqual([...minHash.signature(set)], [...least, ...greatest]);
      }),
    );
  });

  it("does not depend on the order of the shingles, nor on how many come at once", () => {
    const minHash = new MinHash({ bands: 32, rows: 8 });
    const large = randomSet(new SeededRandom(3), 20_000);
    const signature = minHash.signature(large).slice();
    assert.deepEqual(minHash.signature(large.toReversed()), signature);
    const halves = [large.subarray(0, 9999), large.subarray(9999)].map((half) =>
      minHash.signature(half).slice(),
    );
    const joined = signature.map((_, place) => {
      const both = halves.map((half) => half[place]!);
      return place < 128 ? Math.min(...both) : Math.max(...both);
    });
    assert.deepEqual(signature, joined);
  });

  it("estimates the similarity with the error that theory gives, and without bias", () => {
    const random = new SeededRandom(1);
    const minHash = new MinHash({ bands: 64, rows: 8 });
    let [squares, expected, bias] = [0, 0, 0];
    const trials = 1500;
    for (let trial = 0; trial < trials; trial++) {
      const shared = randomSet(random, random.integer(150, 440));
      const [left, right] = [0, 1].map(() =>
        Float64Array.of(...shared, ...randomSet(random, 447 - shared.length)),
      );
      const similarity = jaccard(left!, right!);
      const one = minHash.signature(left!).slice();
      const agreeing = minHash.signature(right!).filter((value, place) => value === one[place]).length;
      const error = agreeing / one.length - similarity;
      squares += error ** 2;
      bias += error / trials;
      expected += (similarity * (1 - similarity)) / one.length;
    }
    const [error, theory] = [Math.sqrt(squares / trials), Math.sqrt(expected / trials)];
    assert.ok(error < 1.08 * theory, `${error} against ${theory}`);
    assert.ok(Math.abs(bias) < (4 * theory) / Math.sqrt(trials), `bias ${bias}`);
  });

  it("gives equal keys to bands that agree in all rows, and to no others", () => {
    const [bands, rows] = [16, 2];
    const minHash = new MinHash({ bands, rows });
    fc.assert(
      fc.property(sets, sets, (left, right) => {
        const one = { signature: minHash.signature(left).slice(), keys: minHash.bandKeys(left).slice() };
        const signature = minHash.signature(right).slice();
        const keys = minHash.bandKeys(right);
        for (let band = 0; band < bands; band++) {
          const agrees = [0, 1].every(
            (row) => signature[band * rows + row] === one.signature[band * rows + row],
          );
          const hasSameKey =
            keys[2 * band] === one.keys[2 * band] && keys[2 * band + 1] === one.keys[2 * band + 1];
          assert.equal(hasSameKey, agrees);
        }
      }),
    );
  });

  it("finds a pair with the probability of the S-curve", () => {
    const random = new SeededRandom(2);
    const trials = 1500;
    let found = 0;
    const minHash = new MinHash({ bands: 16, rows: 8 });
    for (let trial = 0; trial < trials; trial++) {
      const shared = randomSet(random, 80);
      const [left, right] = [0, 1].map(() => Float64Array.of(...shared, ...randomSet(random, 10)));
      const keys = minHash.bandKeys(left!).slice();
      const others = minHash.bandKeys(right!);
      for (let band = 0; band < 16; band++) {
        if (keys[2 * band] !== others[2 * band] || keys[2 * band + 1] !== others[2 * band + 1]) continue;
        found++;
        break;
      }
    }
    const expected = 1 - (1 - 0.8 ** 8) ** 16;
    const deviation = Math.sqrt((expected * (1 - expected)) / trials);
    assert.ok(Math.abs(found / trials - expected) < 4 * deviation, `${found / trials} against ${expected}`);
  });

  it("gives these signatures for good", () => {
    const minHash = new MinHash({ bands: 2, rows: 2 });
    const shingles = wordShingles("One two three four five six.");
    assert.deepEqual([...minHash.signature(shingles)], [1243045480, 606579960, 866302504, 2707774872]);
    assert.deepEqual([...minHash.bandKeys(shingles)], [567303943, 2875690035, 1335279046, 297290490]);
  });
});
