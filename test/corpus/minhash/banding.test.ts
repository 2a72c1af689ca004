import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import {
  bandingPresets,
  bandingWarning,
  candidateCurve,
  candidateProbability,
  checkBanding,
} from "../../../lib/corpus/minhash/banding.ts";
import { BandingLinks } from "../../../lib/corpus/near-duplicates/threads/banding-links.ts";

describe("candidateProbability", () => {
  it("is 1 - (1 - s^r)^b, also where that is tiny", () => {
    assert.equal(candidateProbability(0, bandingPresets.lee), 0);
    assert.equal(candidateProbability(1, bandingPresets.lee), 1);
    const near = (value: number, expected: number) =>
      assert.ok(Math.abs(value / expected - 1) < 0.01, `${value}`);
    near(candidateProbability(0.85, { bands: 15, rows: 400 }), 15 * 0.85 ** 400);
    near(candidateProbability(0.85, { bands: 15, rows: 400 }), 8.8e-28);
    near(candidateProbability(0.75, bandingPresets.lee), 0.7605);
    near(1 - candidateProbability(0.85, bandingPresets.fast), 3.8e-5);
    near(candidateProbability(0.8, { bands: 14, rows: 8 }), 0.924);
  });

  it("rises with the similarity", () => {
    const curve = candidateCurve(bandingPresets.lee, 50);
    assert.equal(curve.length, 51);
    for (let step = 1; step < curve.length; step++) {
      assert.ok(curve[step]!.probability >= curve[step - 1]!.probability);
    }
  });

  it("refuses what is no similarity and no banding", () => {
    assert.throws(() => candidateProbability(1.5, bandingPresets.lee), {
      message: '"similarity" must be in [0, 1], got 1.5 (number)',
    });
    assert.throws(() => checkBanding({ bands: 0, rows: 8 }), { name: "ArgumentError" });
    assert.throws(() => checkBanding({ bands: 1000, rows: 400 }), { name: "ArgumentError" });
  });
});

describe("bandingWarning", () => {
  it("names the probability of a setting that cannot find pairs, and is silent about the presets", () => {
    assert.match(bandingWarning({ bands: 15, rows: 400 }, 0.85)!, /15 bands of 400 rows .* 8\.8e-28/u);
    assert.equal(bandingWarning(bandingPresets.lee, 0.85), undefined);
    assert.equal(bandingWarning(bandingPresets.fast, 0.85), undefined);
    assert.ok(bandingWarning(bandingPresets.lee, 0.7));
  });
});

describe("BandingLinks", () => {
  it("names the first document of each key", () => {
    const half = fc.constantFrom(0, 1, 2, 0xffffffff);
    fc.assert(
      fc.property(fc.array(fc.tuple(half, half), { maxLength: 100 }), (keys) => {
        const links = new BandingLinks(keys.length);
        for (const round of [0, 1]) {
          if (round === 1) links.clear();
          for (const [document, [low, high]] of keys.entries()) {
            const first = keys.findIndex((key) => key[0] === low && key[1] === high);
            assert.equal(links.add(low, high, document), first === document ? undefined : first);
          }
        }
      }),
    );
  });
});
