import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SeededRandom } from "../../lib/core/seeded-random.ts";
import { holm } from "../../lib/core/statistics/holm.ts";
import { compareSeeds } from "../../lib/evals/compare-seeds.ts";
import type { QuestionResult } from "../../lib/evals/question-result.ts";

/** A trained model that is right with a probability of its own. */
function trained(seed: number, accuracy: number, count = 300): QuestionResult[] {
  const random = new SeededRandom(`${seed} ${accuracy}`);
  return Array.from({ length: count }, (_, index) => {
    const correct = random.chance(accuracy);
    return {
      id: `q${index}`,
      dataset: "mine",
      model: "m",
      modelFingerprint: `${seed} ${accuracy}`,
      scoring: "full-text",
      strategy: "zero-shot",
      strategyFingerprint: "",
      format: "zero-shot",
      promptSha256: "",
      optionCount: 4,
      gold: 0,
      choice: correct ? 0 : 1,
      correct,
      tokens: 1,
    };
  });
}

describe("compareSeeds", () => {
  const base = { 1: trained(1, 0.5), 2: trained(2, 0.5), 3: trained(3, 0.5) };
  const tuned = { 1: trained(1, 0.7), 2: trained(2, 0.7).toReversed() };

  it("shows each recipe's spread, the difference of the means, and every pair's test", () => {
    const { first, second, difference, interval, pairs, notComparable } = compareSeeds(base, tuned, {
      seed: 1,
    });
    const accuracies = Object.values(base).map((held) => held.filter(({ correct }) => correct).length / 300);
    assert.deepEqual(Object.values(first.accuracies), accuracies);
    const mean = accuracies.reduce((sum, value) => sum + value, 0) / 3;
    assert.ok(Math.abs(first.mean - mean) < 1e-12);
    const variance = accuracies.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 2;
    assert.ok(Math.abs(first.standardDeviation! - Math.sqrt(variance)) < 1e-12);
    assert.deepEqual([first.lowest, first.highest], [Math.min(...accuracies), Math.max(...accuracies)]);
    // Independent models differ on about half of the questions.
    assert.ok(first.discordance! > 0.4 && first.discordance! < 0.6);
    assert.equal(difference, second.mean - first.mean);
    assert.ok(interval.low > 0.05 && interval.low < difference && difference < interval.high);
    assert.equal(pairs.length, 6);
    assert.deepEqual(pairs[1]!.names, ["first, seed 1", "second, seed 2"]);
    assert.deepEqual(
      pairs.map(({ correctedP }) => correctedP),
      holm(pairs.map(({ p }) => p)),
    );
    assert.deepEqual(notComparable, []);
  });

  it("of a recipe against itself shows no difference, with one seed no spread", () => {
    const same = compareSeeds(base, base);
    assert.equal(same.difference, 0);
    assert.ok(same.interval.low < 0 && same.interval.high > 0);
    const single = compareSeeds({ 1: base[1] }, { 1: base[1] });
    assert.equal(single.first.standardDeviation, undefined);
    assert.equal(single.first.discordance, undefined);
    assert.deepEqual(single.interval, { low: 0, high: 0 });
    assert.equal(single.pairs[0]!.p, 1);
  });

  it("refuses what cannot be paired", () => {
    assert.throws(() => compareSeeds({}, base), /"first" must be results of one seed or more/u);
    assert.throws(() => compareSeeds(base, { 1: trained(1, 0.5, 7) }), /same 300 questions/u);
  });
});
