import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { exactInterval } from "../../lib/core/statistics/exact-interval.ts";
import { holm } from "../../lib/core/statistics/holm.ts";
import { intervalOfMean } from "../../lib/core/statistics/interval-of-mean.ts";
import { cohenKappa, fleissKappa } from "../../lib/core/statistics/kappa.ts";
import { mcnemarInterval } from "../../lib/core/statistics/mcnemar-interval.ts";
import { mcnemar } from "../../lib/core/statistics/mcnemar.ts";
import { normalProbability, normalQuantile } from "../../lib/core/statistics/normal-distribution.ts";
import { pairedBootstrap } from "../../lib/core/statistics/paired-bootstrap.ts";
import { pairedTTest } from "../../lib/core/statistics/paired-t-test.ts";
import { smallestDifference } from "../../lib/core/statistics/smallest-difference.ts";
import { studentQuantile } from "../../lib/core/statistics/student-t.ts";
import { twoProportions } from "../../lib/core/statistics/two-proportions.ts";
import { wilsonInterval } from "../../lib/core/statistics/wilson-interval.ts";

/** Made by statistics_reference.py with SciPy, statsmodels and scikit-learn. */
const reference = JSON.parse(
  readFileSync(new URL("../golden/statistics/reference.json", import.meta.url), "utf8"),
) as Record<
  | "normalProbability"
  | "normalQuantile"
  | "wilson"
  | "mcnemar"
  | "twoProportions"
  | "studentQuantile"
  | "shareInterval",
  number[][]
> & {
  pairedT: [values: number[], p: number, low: number, high: number][];
  holm: [number[], number[]][];
  kappa: { raters: string[]; cohen: [number, number, number]; fleiss: number }[];
};

function assertNear(actual: number, expected: number, what: string): void {
  const error = Math.abs(actual - expected) / Math.max(Math.abs(expected), 1e-300);
  assert.ok(actual === expected || error < 1e-9, `${what}: ${actual}, expected ${expected}`);
}

describe("statistics", () => {
  it("of the normal distribution equal SciPy's, far out too", () => {
    for (const [z, expected] of reference.normalProbability)
      assertNear(normalProbability(z!), expected!, `at ${z}`);
    for (const [probability, expected] of reference.normalQuantile) {
      assert.ok(Math.abs(normalQuantile(probability!) - expected!) < 1e-9, `quantile ${probability}`);
    }
  });

  it("of one accuracy equal statsmodels' Wilson interval", () => {
    for (const [correct, count, low, high] of reference.wilson) {
      const interval = wilsonInterval(correct!, count!);
      assert.ok(Math.abs(interval.low - low!) < 1e-12 && Math.abs(interval.high - high!) < 1e-12);
    }
    assert.throws(() => wilsonInterval(3, 2), /"correct" must be a whole number from 0 to 2/u);
  });

  it("of two models on the same questions equal statsmodels' exact McNemar test", () => {
    for (const [onlyFirst, onlySecond, expected] of reference.mcnemar) {
      assertNear(mcnemar(onlyFirst!, onlySecond!), expected!, `${onlyFirst} against ${onlySecond}`);
    }
    assert.equal(mcnemar(0, 0), 1);
  });

  it("of paired differences equal SciPy's paired t test and its interval", () => {
    for (const [values, p, low, high] of reference.pairedT) {
      assertNear(pairedTTest(values), p, `p of ${values.length}`);
      const interval = intervalOfMean(values);
      assertNear(interval.low, low, "low");
      assertNear(interval.high, high, "high");
    }
    for (const [freedom, expected] of reference.studentQuantile)
      assertNear(studentQuantile(freedom!), expected!, `quantile of ${freedom}`);
    assert.deepEqual(intervalOfMean([3]), { low: -Infinity, high: Infinity });
  });

  it("of paired differences have an interval that leaves out 0 exactly where p is below 0.05", () => {
    const differences = fc.array(fc.integer({ min: -20, max: 40 }), { minLength: 2, maxLength: 6 });
    fc.assert(
      fc.property(differences, (values) => {
        const { low, high } = intervalOfMean(values);
        assert.equal(pairedTTest(values) < 0.05, low > 0 || high < 0);
      }),
      { numRuns: 500 },
    );
    for (let first = 0; first <= 20; first++) {
      for (let second = 0; second <= 20; second++) {
        const { low, high } = mcnemarInterval(first, second, 60);
        assert.equal(mcnemar(first, second) < 0.05, low > 0 || high < 0, `${first}, ${second}`);
        assert.ok(low <= (second - first) / 60 && (second - first) / 60 <= high);
      }
    }
  });

  it("of one share equal SciPy's exact interval", () => {
    for (const [correct, count, low, high] of reference.shareInterval) {
      const interval = exactInterval(correct!, count!);
      assertNear(interval.low, low!, `low of ${correct} of ${count}`);
      assertNear(interval.high, high!, `high of ${correct} of ${count}`);
    }
  });

  it("of two models on the same questions have an interval that holds the difference 95 times of 100", () => {
    const count = 20;
    const binomial = (size: number, share: number): number[] => {
      let chances = [1];
      for (let trial = 0; trial < size; trial++)
        chances = Array.from(
          { length: trial + 2 },
          (_, held) => (chances[held] ?? 0) * (1 - share) + (chances[held - 1] ?? 0) * share,
        );
      return chances;
    };
    for (const discordance of [0.01, 0.1, 0.3, 0.6, 1]) {
      for (const toSecond of [0.5, 0.6, 0.8, 1]) {
        const difference = discordance * (2 * toSecond - 1);
        let covered = 0;
        for (const [discordant, chance] of binomial(count, discordance).entries()) {
          for (const [second, share] of binomial(discordant, toSecond).entries()) {
            const { low, high } = mcnemarInterval(discordant - second, second, count);
            if (low - 1e-12 <= difference && difference <= high + 1e-12) covered += chance * share;
          }
        }
        assert.ok(covered > 0.95, `${covered} at ${discordance}, ${toSecond}`);
      }
    }
    assert.throws(() => mcnemarInterval(2, 3, 4), /"count" must be a whole number >= 5/u);
  });

  it("of two models on different questions equal the pooled z test, and the paper's p values", () => {
    for (const [correct, count, otherCorrect, otherCount, expected] of reference.twoProportions) {
      const first = { correct: correct!, count: count! };
      assertNear(twoProportions(first, { correct: otherCorrect!, count: otherCount! }), expected!, "p");
    }
    assert.equal(twoProportions({ correct: 7, count: 7 }, { correct: 3, count: 3 }), 1);
    // Mistral on MedQA, fine-tuned against pretrained and fine-tuned: errata.md.
    assert.equal(
      twoProportions({ correct: 691, count: 1273 }, { correct: 743, count: 1273 }).toFixed(3),
      "0.038",
    );
  });

  it("of several tests equal statsmodels' Holm correction", () => {
    for (const [values, expected] of reference.holm) {
      for (const [index, corrected] of holm(values).entries()) assertNear(corrected, expected[index]!, "p");
    }
  });

  it("of raters equal scikit-learn's and statsmodels' kappas, Cohen's and Fleiss'", () => {
    for (const { raters, cohen, fleiss } of reference.kappa) {
      const labels = raters.map((rater) => [...rater]);
      const { kappa, interval } = cohenKappa(labels[0]!, labels[1]!);
      assert.ok(Math.abs(kappa! - cohen[0]) < 1e-12, raters.join(" "));
      assert.ok(Math.abs(interval!.low - Math.max(-1, cohen[1])) < 1e-9, raters.join(" "));
      assert.ok(Math.abs(interval!.high - Math.min(1, cohen[2])) < 1e-9, raters.join(" "));
      assert.ok(Math.abs(fleissKappa(labels).kappa! - fleiss) < 1e-12, raters.join(" "));
    }
    const same = ["a", "a"];
    assert.equal(cohenKappa(same, same).kappa, undefined);
    assert.equal(fleissKappa([same, same]).kappa, undefined);
    assert.throws(() => cohenKappa(same, ["a"]), /"second" must be 2 labels/u);
    assert.throws(() => fleissKappa([same]), /two raters or more/u);
    assert.throws(() => fleissKappa([same, ["a"]]), /"ratings\[1\]" must be 2 labels/u);
  });

  it("of one model against itself show nothing", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(0, 1), { minLength: 1, maxLength: 50 }), (scores) => {
        assert.deepEqual(pairedBootstrap(scores, scores, { samples: 100 }), { low: 0, high: 0 });
      }),
      { numRuns: 20 },
    );
  });

  it("by bootstrap cover the true difference as often as they say", () => {
    let covered = 0;
    const runs = 200;
    for (let run = 0; run < runs; run++) {
      let state = run + 1;
      const next = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
      for (let skip = 0; skip < 10; skip++) next();
      const first = Array.from({ length: 100 }, () => (next() < 0.5 ? 1 : 0));
      const second = Array.from({ length: 100 }, () => (next() < 0.6 ? 1 : 0));
      const { low, high } = pairedBootstrap(first, second, { samples: 400, seed: run });
      if (low <= 0.1 && 0.1 <= high) covered++;
    }
    assert.ok(covered >= 0.9 * runs && covered <= 0.99 * runs, `${covered} of ${runs}`);
  });

  it("of what a set can show equal the measured facts for MedQA's 1,273 questions", () => {
    const points = [0.1, 0.2, 0.3].map((discordance) => 100 * smallestDifference(1273, { discordance }));
    assert.deepEqual(
      points.map((point) => point.toFixed(1)),
      ["2.5", "3.5", "4.3"],
    );
  });
});
