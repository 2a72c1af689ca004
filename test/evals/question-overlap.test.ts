import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { answerBalance } from "../../lib/evals/answer-balance.ts";
import { loadQuestions } from "../../lib/evals/load-questions.ts";
import type { Question } from "../../lib/evals/question.ts";
import { questionOverlap } from "../../lib/evals/question-overlap.ts";
import { withEnvironment } from "../data/with-environment.ts";

function asked(
  id: string,
  question: string,
  options = ["rest", "salt"],
  answerIndex = 0,
  dataset = `set of ${id}`,
): Question {
  return { id, dataset, question, options, answerIndex, metadata: {} };
}

describe("questionOverlap", () => {
  const left = [
    asked("a", "Which organ is the first to swell in lantern palsy?"),
    asked("b", "What helps?"),
    asked("c", "Which protein rises when a rower with copper-braid fever drinks tea at night?"),
  ];

  it("finds the same words under other case and punctuation, options in any order", () => {
    const right = [asked("x", "WHICH ORGAN IS THE FIRST TO SWELL IN LANTERN-PALSY :", ["Salt.", "Rest."])];
    assert.deepEqual(questionOverlap(left, right), [
      { left: "a", right: "x", jaccard: 1, sameWords: true, sameOptions: true },
    ]);
  });

  it("finds a question with words added, down to the threshold", () => {
    const longer =
      "Which protein rises when a rower with copper-braid fever drinks tea at night? Choose one.";
    // 14 words have 10 shingles, two more words two more.
    const expected = { left: "c", right: "x", jaccard: 10 / 12, sameWords: false, sameOptions: false };
    const right = [asked("x", longer, ["rest", "tea"])];
    assert.deepEqual(questionOverlap(left, right), [expected]);
    assert.deepEqual(questionOverlap(left, right, { threshold: 0.84 }), []);
  });

  it("compares questions of one to four words as wholes", () => {
    const pairs = questionOverlap(left, [asked("x", "what helps"), asked("y", "What helps most?")]);
    assert.deepEqual(
      pairs.map((pair) => [pair.left, pair.right]),
      [["b", "x"]],
    );
  });

  it("finds what the sample shares on purpose", async (context) => {
    withEnvironment(context, { ROUNDS_DATA: "sample" });
    const medmcqa = await loadQuestions("medmcqa-dev");
    const mmlu = await loadQuestions("mmlu-medical");
    const medqa = await loadQuestions("medqa-test");
    const inCapitals = questionOverlap(mmlu.questions, medmcqa.questions);
    assert.equal(new Set(inCapitals.map((pair) => pair.right)).size, 4);
    assert.ok(inCapitals.every((pair) => pair.sameWords));
    const twoMoreWords = questionOverlap(medqa.questions, medmcqa.questions);
    assert.equal(twoMoreWords.length, 2);
    assert.ok(twoMoreWords.every((pair) => !pair.sameWords && pair.sameOptions));
  });

  it("finds what one set repeats, each pair once and no question with itself", () => {
    const repeated = ["first", "second", "third"].map((id) =>
      asked(id, "Which organ swells first in lantern palsy?", undefined, 0, "one set"),
    );
    const other = asked("other", "What helps most of all?", undefined, 0, "one set");
    const pairs = questionOverlap([...repeated, other], [...repeated, other]);
    assert.deepEqual(
      pairs.map((pair) => [pair.left, pair.right]),
      [
        ["first", "second"],
        ["first", "third"],
        ["second", "third"],
      ],
    );
  });

  it("refuses a threshold outside (0, 1]", () => {
    assert.throws(() => questionOverlap(left, left, { threshold: 85 }), {
      name: "ArgumentError",
      message: '"threshold" must be in (0, 1], got 85 (number)',
    });
  });
});

describe("answerBalance", () => {
  it("counts places, and expects by each question's number of options", () => {
    const three = ["a", "b", "c", "d"];
    const questions = [
      asked("1", "?", undefined, 1),
      asked("2", "?", undefined, 1),
      asked("3", "?", three, 2),
    ];
    assert.deepEqual(answerBalance(questions), [
      { letter: "A", count: 0, share: 0, expectedShare: 1.25 / 3 },
      { letter: "B", count: 2, share: 2 / 3, expectedShare: 1.25 / 3 },
      { letter: "C", count: 1, share: 1 / 3, expectedShare: 0.25 / 3 },
      { letter: "D", count: 0, share: 0, expectedShare: 0.25 / 3 },
    ]);
    assert.deepEqual(answerBalance([]), []);
  });
});
