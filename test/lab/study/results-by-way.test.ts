/** Accuracies over seeds: how sure they are. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { intervalOfMean } from "../../../lib/core/statistics/interval-of-mean.ts";
import { wilsonInterval } from "../../../lib/core/statistics/wilson-interval.ts";
import type { QuestionResult } from "../../../lib/evals/question-result.ts";
import { accuracyOf } from "../../../lib/lab/study/results-by-way.ts";

/** Answers to so many questions of a set, the first ones right. */
function answers(set: string, right: number, count: number): QuestionResult[] {
  return Array.from({ length: count }, (_, index) => ({
    id: `${set} ${index}`,
    dataset: "questions",
    model: "model",
    modelFingerprint: "model",
    scoring: "full-text",
    strategy: "zero-shot",
    strategyFingerprint: "zero-shot",
    format: "zero-shot",
    promptSha256: "",
    optionCount: 4,
    choice: index < right ? 0 : 1,
    gold: 0,
    correct: index < right,
    tokens: 1,
  }));
}

const bounds = ({ lowPercent, highPercent }: ReturnType<typeof accuracyOf>): number[] => [
  lowPercent,
  highPercent,
];

describe("accuracyOf", () => {
  it("of one seed has Wilson's interval, whatever the counts", () => {
    for (let count = 1; count <= 60; count++) {
      for (let right = 0; right <= count; right++) {
        const { low, high } = wilsonInterval(right, count);
        const own = accuracyOf({ 1: answers("a", right, count) });
        const value = (100 * right) / count;
        assert.deepEqual(bounds(own), [Math.min(100 * low, value), Math.max(100 * high, value)]);
      }
    }
  });

  it("of seeds that answer the same questions alike is as unsure as one of them", () => {
    const one = accuracyOf({ 1: answers("real", 20, 48) });
    const seeds = Object.fromEntries([1, 2, 3, 4, 5].map((seed) => [seed, answers("real", 20, 48)]));
    assert.deepEqual(bounds(accuracyOf(seeds)), bounds(one));
  });

  it("of seeds with questions of their own has the interval by the seeds where they differ", () => {
    const right = [40, 10, 30, 50, 20];
    const held = Object.fromEntries(right.map((own, seed) => [seed, answers(`seed ${seed}`, own, 60)]));
    const { low, high } = intervalOfMean(right.map((own) => (100 * own) / 60));
    assert.deepEqual(bounds(accuracyOf(held)), [low, high]);
    const alike = right.map((_, seed) => [seed, answers(`seed ${seed}`, 15, 60)]);
    const pooled = wilsonInterval(75, 300);
    assert.deepEqual(bounds(accuracyOf(Object.fromEntries(alike))), [100 * pooled.low, 100 * pooled.high]);
  });
});
