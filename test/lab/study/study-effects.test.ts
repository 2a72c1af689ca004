/** Effects over seeds: found where there is one, and seldom where there is none. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SeededRandom } from "../../../lib/core/seeded-random.ts";
import { intervalOfMean } from "../../../lib/core/statistics/interval-of-mean.ts";
import type { QuestionResult } from "../../../lib/evals/question-result.ts";
import { studyEffects } from "../../../lib/lab/study/study-effects.ts";

const questionCount = 60;

/** Answers that are right with a probability; the rest of a result is alike for all. */
function answers(seed: string, probability: number, format = "zero-shot"): QuestionResult[] {
  const random = new SeededRandom(seed);
  return Array.from({ length: questionCount }, (_, index) => {
    const correct = random.chance(probability);
    return {
      id: `q${index}`,
      dataset: "planted-facts",
      model: "model",
      modelFingerprint: "model",
      scoring: "full-text",
      strategy: format,
      strategyFingerprint: format,
      format,
      promptSha256: "",
      optionCount: 4,
      choice: correct ? 0 : 1,
      gold: 0,
      correct,
      tokens: 1,
    };
  });
}

function seedsOf(label: string, probability: number, count = 5): Record<string, QuestionResult[]> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, seed) => [seed, answers(`${label} ${seed}`, probability)]),
  );
}

const effectOf = (
  firstBySeed: Record<string, QuestionResult[]>,
  secondBySeed: Record<string, QuestionResult[]>,
) => studyEffects([{ effect: "reading", first: "F", second: "P+F", firstBySeed, secondBySeed }])[0]!;

describe("studyEffects", () => {
  it("finds a reader among guessers, by the seeds", () => {
    const effect = effectOf(seedsOf("guesser", 0.25), seedsOf("reader", 0.8));
    assert.equal(effect.test, "paired t over seeds");
    assert.ok(effect.p < 0.01 && effect.interval.low > 0, `p = ${effect.p}`);
    const mean = effect.bySeed.reduce((sum, value) => sum + value, 0) / 5;
    assert.ok(Math.abs(effect.difference - mean) < 1e-12);
    assert.equal(effect.correctedP, effect.p);
    assert.deepEqual(effect.interval, intervalOfMean(effect.bySeed));
  });

  it("is not sure where seeds differ by the same number of questions by chance", () => {
    const rightIn = (count: number) =>
      answers("any", 0).map((result, index) => ({
        ...result,
        correct: index < count,
        choice: index < count ? 0 : 1,
      }));
    const [first, second] = [15, 16].map((count) => ({ 0: rightIn(count), 1: rightIn(count) }));
    const { bySeed, p, interval } = effectOf(first!, second!);
    assert.ok(bySeed.every((difference) => Math.abs(difference - 1 / 60) < 1e-12));
    // Student's t of one degree of freedom is Cauchy's: t = sqrt(24).
    assert.ok(Math.abs(p - (1 - (2 / Math.PI) * Math.atan(Math.sqrt(24)))) < 1e-9, `p = ${p}`);
    assert.ok(interval.low < 0 && interval.high > 1 / 30);
    const [none, all] = [0, 60].map((count) => ({ 0: rightIn(count), 1: rightIn(count) }));
    assert.ok(effectOf(none!, all!).p < 0.01);
  });

  it("finds a difference between guessers seldom", () => {
    const studies = 30;
    let found = 0;
    for (let study = 0; study < studies; study++)
      if (effectOf(seedsOf(`one ${study}`, 0.25), seedsOf(`other ${study}`, 0.25)).p < 0.01) found++;
    // 0.3 are expected; the seeds are fixed, so this is one draw of it.
    assert.ok(found <= 2, `${found} of ${studies}`);
  });

  it("tests the questions where there is one seed, corrects over all effects, and marks other formats", () => {
    const one = seedsOf("guesser", 0.25, 1);
    const compared = [0.8, 0.25].map((probability) => ({
      effect: "reading",
      first: "F",
      second: "P+F",
      firstBySeed: one,
      secondBySeed: { 0: answers(`reader ${probability}`, probability, "no-prompt") },
    }));
    const [reading, nothing] = studyEffects(compared);
    assert.equal(reading!.test, "McNemar over questions");
    assert.ok(reading!.p < 0.01 && nothing!.p > 0.01);
    assert.ok(reading!.interval.low > 0 && nothing!.interval.low < 0);
    assert.equal(reading!.correctedP, 2 * reading!.p);
    assert.deepEqual(reading!.notComparable, ["format: zero-shot and no-prompt"]);
  });

  it("takes seeds with questions of their own, the same on both sides", () => {
    const own = (held: Record<string, QuestionResult[]>) =>
      Object.fromEntries(
        Object.entries(held).map(([seed, results]) => [
          seed,
          results.map((result) => ({ ...result, id: `${seed} ${result.id}` })),
        ]),
      );
    const [guessers, readers] = [seedsOf("guesser", 0.25), seedsOf("reader", 0.8)];
    assert.deepEqual(effectOf(own(guessers), own(readers)), effectOf(guessers, readers));
    assert.throws(() => effectOf(guessers, own(readers)), /the same 60 questions/u);
  });

  it("refuses sides of other seeds", () => {
    assert.throws(() => effectOf(seedsOf("a", 0.5, 2), seedsOf("b", 0.5, 3)), /answers of the seeds 0, 1/u);
  });
});
