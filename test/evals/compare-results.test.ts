import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { compareAllResults, compareResults } from "../../lib/evals/compare-results.ts";
import { flippedQuestions } from "../../lib/evals/flipped-questions.ts";
import type { Question } from "../../lib/evals/question.ts";
import type { QuestionResult } from "../../lib/evals/question-result.ts";
import { mcnemar } from "../../lib/core/statistics/mcnemar.ts";
import { pairedBootstrap } from "../../lib/core/statistics/paired-bootstrap.ts";
import { smallestDifference } from "../../lib/core/statistics/smallest-difference.ts";

/** Results with the right answer at 0, one a mark. */
function results(marks: readonly boolean[], changes: Partial<QuestionResult> = {}): QuestionResult[] {
  return marks.map((correct, index) => ({
    id: `q${index}`,
    dataset: "mine",
    model: "m",
    modelFingerprint: "m",
    scoring: "full-text",
    strategy: "zero-shot",
    strategyFingerprint: "zero-shot",
    format: "zero-shot",
    promptSha256: "",
    optionCount: 4,
    gold: 0,
    choice: correct ? 0 : 2,
    correct,
    normalisation: "sum",
    tokens: 1,
    ...changes,
  }));
}

const marks = fc.array(fc.tuple(fc.boolean(), fc.boolean()), { minLength: 1, maxLength: 60 });

describe("compareResults", () => {
  it("finds nothing between a model and itself", () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 1, maxLength: 50 }), (correct) => {
        const same = compareResults(results(correct), results(correct), { samples: 100 });
        assert.deepEqual(same.flips, []);
        assert.equal(same.p, 1);
        assert.equal(same.difference, 0);
        assert.deepEqual(same.interval, { low: 0, high: 0 });
        assert.equal(same.smallestDifference, undefined);
        assert.deepEqual(same.notComparable, []);
      }),
      { numRuns: 30 },
    );
  });

  it("agrees with the tests of its counts, whatever the order of the second", () => {
    fc.assert(
      fc.property(marks, (pairs) => {
        const [first, second] = [pairs.map(([one]) => one), pairs.map(([, other]) => other)];
        const compared = compareResults(results(first), results(second).toReversed(), {
          samples: 200,
          seed: 5,
        });
        const lost = pairs.filter(([one, other]) => one && !other).length;
        const gained = pairs.filter(([one, other]) => !one && other).length;
        assert.equal(compared.p, mcnemar(lost, gained));
        assert.equal(compared.flips.filter(({ now }) => now === "right").length, gained);
        assert.equal(compared.flips.length, gained + lost);
        assert.ok(Math.abs(compared.difference - (compared.accuracies[1] - compared.accuracies[0])) < 1e-12);
        const scores = [first.map(Number), second.map(Number)] as const;
        assert.deepEqual(compared.interval, pairedBootstrap(...scores, { samples: 200, seed: 5 }));
        if (lost + gained > 0)
          assert.equal(
            compared.smallestDifference,
            smallestDifference(pairs.length, { discordance: (lost + gained) / pairs.length }),
          );
      }),
      { numRuns: 50 },
    );
  });

  it("shows what was chosen where they differ", () => {
    const { flips } = compareResults(results([true, false, true]), results([true, true, false]));
    assert.deepEqual(flips, [
      { id: "q1", dataset: "mine", gold: 0, first: 2, second: 0, now: "right" },
      { id: "q2", dataset: "mine", gold: 0, first: 0, second: 2, now: "wrong" },
    ]);
  });

  it("gives them side by side as a table, restricted where a question is", async () => {
    const compared = compareResults(results([true, false, true]), results([true, true, false]));
    const questions = [0, 1, 2].map((index): Question => ({
      id: `q${index}`,
      dataset: "mine",
      question: `Which of ${index}?`,
      options: ["rest", "ice", "heat", "salt"],
      answerIndex: 0,
      metadata: {},
    }));
    const table = flippedQuestions(questions, compared);
    assert.equal(table.sensitivity, "public");
    const row = { id: "q1", now: "right", question: "Which of 1?", right: "A. rest" };
    assert.deepEqual((await table.rows())[0], { ...row, first: "C. heat", second: "A. rest" });
    const hidden = questions.with(2, { ...questions[2]!, sensitivity: "restricted" });
    assert.equal(flippedQuestions(hidden, compared).sensitivity, "restricted");
    assert.throws(() => flippedQuestions(questions.slice(0, 1), compared), /"questions" must be to hold/u);
    assert.throws(() => flippedQuestions(questions, { flips: [] }), /has a flipped question/u);
  });

  it("marks what differs besides the model", () => {
    const other = results([true], { format: "no-prompt", normalisation: "byte", model: "other" });
    assert.deepEqual(compareResults(results([true]), other).notComparable, [
      "format: zero-shot and no-prompt",
      "normalisation: sum and byte",
    ]);
    const strategies = (changes: Partial<QuestionResult>) =>
      compareResults(results([true]), results([true], { strategyFingerprint: "x", ...changes }))
        .notComparable;
    assert.deepEqual(strategies({}), [], "of one model strategies are compared");
    const tuned = { model: "tuned", modelFingerprint: "tuned" };
    assert.deepEqual(strategies(tuned), ["strategy: zero-shot with other settings or examples"]);
    assert.deepEqual(strategies({ ...tuned, strategy: "few-shot" }), ["strategy: zero-shot and few-shot"]);
  });

  it("refuses results of other questions", () => {
    const two = results([true, false]);
    const refuses = (second: QuestionResult[], message: RegExp) =>
      assert.throws(() => compareResults(two, second), { name: "ArgumentError", message });
    refuses(two.slice(1), /same 2 questions as the first; \["mine","q0"\] is not among them/u);
    refuses(results([true, true, true]), /same 2 questions/u);
    refuses(results([true, true], { dataset: "other" }), /same 2 questions/u);
    refuses(results([true, true], { gold: 1 }), /right answer 0 of 4 at \["mine","q0"\]/u);
    assert.throws(() => compareResults([], []), /at least one question/u);
    assert.throws(() => compareResults([two[0]!, two[0]!], two), /each question there once/u);
  });
});

describe("compareAllResults", () => {
  it("corrects the p values over all pairs", () => {
    const wrong = Array.from({ length: 20 }, () => false);
    const some = wrong.map((_, index) => index < 7);
    const right = wrong.map(() => true);
    const all = compareAllResults({ base: results(wrong), tuned: results(some), best: results(right) });
    assert.deepEqual(
      all.map(({ names }) => names.join(" ")),
      ["base tuned", "base best", "tuned best"],
    );
    const [low, most, middle] = all.map(({ p }) => p) as [number, number, number];
    assert.deepEqual([low, most, middle], [mcnemar(0, 7), mcnemar(0, 20), mcnemar(0, 13)]);
    assert.deepEqual(
      all.map(({ correctedP }) => correctedP),
      [low, 3 * most, 2 * middle],
    );
    assert.throws(() => compareAllResults({ base: results([true]) }), /two or more/u);
  });
});
