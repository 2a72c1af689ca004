import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { sha256 } from "../../lib/core/hash.ts";
import { SeededRandom } from "../../lib/core/seeded-random.ts";
import { calibration } from "../../lib/evals/calibration.ts";
import { greatestIndex, type Normalisation } from "../../lib/evals/option-score.ts";
import type { QuestionPrompt } from "../../lib/evals/question-prompt.ts";
import type { Question } from "../../lib/evals/question.ts";
import { readResults, writeResults } from "../../lib/evals/results-file.ts";
import { scoreQuestions } from "../../lib/evals/score-questions.ts";
import { temporaryFolder } from "../corpus/near-duplicates/duplicate-cases.ts";
import { logProbability } from "../models/fake-endpoint.ts";
import { formulaModel } from "./formula-model.ts";

const prompt: QuestionPrompt = {
  name: "listed",
  write: ({ question: asked, options }) => `${asked}\n${options.join("\n")}\nThe answer is:`,
  unconditional: "The answer is:",
};

function question(id: string, options: readonly string[], answerIndex = 0, subject?: string): Question {
  const held = subject === undefined ? {} : { subject };
  return { id, dataset: "mine", question: `Which of ${id}?`, options, answerIndex, metadata: {}, ...held };
}

/** The formula's sum over the characters of a text that follows another. */
function expectedSum(before: string, text: string): number {
  const tokens = Array.from(before.at(-1)! + text, (character) => character.codePointAt(0)!);
  return tokens.slice(1).reduce((sum, token, index) => sum + logProbability(tokens[index]!, token), 0);
}

function assertNear(actual: number, expected: number): void {
  assert.ok(Math.abs(actual - expected) < 1e-9, `${actual}, expected ${expected}`);
}

describe("scoreQuestions by full text", () => {
  const questions = [
    question("fever", ["aspirin", "né à 37 °C 🙂", " rest "]),
    question("rash", ["yes", "no"], 1),
  ];

  it("gives every normalisation of each option, and the choice by each", async () => {
    const { results } = await scoreQuestions(formulaModel(), questions, { prompt });
    const text = "Which of fever?\naspirin\nné à 37 °C 🙂\n rest \nThe answer is:";
    assert.equal(results[0]!.promptSha256, sha256(text));
    const answers = ["aspirin", "né à 37 °C 🙂", "rest"];
    for (const [index, answer] of answers.entries()) {
      const { logLikelihood, tokens, answer: scored } = results[0]!.options![index]!;
      const sum = expectedSum(text, ` ${answer}`);
      assert.equal(scored, answer);
      assert.equal(tokens, [...answer].length + 1);
      assertNear(logLikelihood.sum, sum);
      assertNear(logLikelihood.token, sum / tokens);
      assertNear(logLikelihood.character, sum / [...answer].length);
      assertNear(logLikelihood.byte, sum / new TextEncoder().encode(answer).length);
      assertNear(logLikelihood.pmi!, sum - expectedSum(prompt.unconditional!, ` ${answer}`));
    }
    for (const { options, choices, gold, choice, correct } of results) {
      for (const [name, chosen] of Object.entries(choices!)) {
        const scores = options!.map(({ logLikelihood }) => logLikelihood[name as Normalisation]!);
        assert.equal(scores[chosen], Math.max(...scores));
      }
      assert.equal(choice, choices!.sum);
      assert.equal(correct, choice === gold);
    }
  });

  it("asks for all options of a question at once, and for each distinct answer alone once", async () => {
    const model = formulaModel();
    const repeated = ["a", "b", "c"].map((id) => question(id, ["yes", "no"]));
    await scoreQuestions(model, repeated, { prompt });
    assert.deepEqual(
      model.asked.map(({ context, continuations }) => [context.split("\n")[0], continuations]),
      [
        ["Which of a?", [" yes", " no"]],
        ["Which of b?", [" yes", " no"]],
        ["Which of c?", [" yes", " no"]],
        ["The answer is:", [" yes", " no"]],
      ],
    );
  });

  it("takes the lowest place of equal scores, the named normalisation for the choice", async () => {
    const same = [question("same", ["rest", "rest", "rest"], 2)];
    const { results } = await scoreQuestions(formulaModel(), same, { prompt });
    assert.deepEqual(results[0]!.choices, { sum: 0, token: 0, character: 0, byte: 0, pmi: 0 });
    const long = [question("long", ["a long answer of many words", "2"])];
    const choices = new Set<number | null>();
    for (const normalisation of ["sum", "token"] as const) {
      const scored = await scoreQuestions(formulaModel(), long, { prompt, normalisation });
      assert.equal(scored.results[0]!.normalisation, normalisation);
      choices.add(scored.results[0]!.choice);
    }
    assert.equal(choices.size, 2);
  });

  it("chooses the same answer in whatever order the options of a prompt without them stand", async () => {
    const bare: QuestionPrompt = { name: "bare", write: ({ question: asked }) => asked };
    const texts = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,12}$/u), { minLength: 2, maxLength: 10 });
    await fc.assert(
      fc.asyncProperty(texts, async (options) => {
        const turned = options.toReversed();
        const scored = await scoreQuestions(
          formulaModel(),
          [question("order", options), { ...question("order", turned), dataset: "turned" }],
          { prompt: bare },
        );
        const [first, second] = scored.results;
        const sums = first!.options!.map(({ logLikelihood }) => logLikelihood.sum);
        fc.pre(new Set(sums).size === sums.length);
        assert.equal(options[first!.choice!], turned[second!.choice!]);
        assert.equal(first!.choices!.pmi, undefined);
      }),
      { numRuns: 40 },
    );
  });

  it("gets chance when the right answers are drawn", async () => {
    const random = new SeededRandom(3);
    const many = Array.from({ length: 1000 }, (_, index) => {
      const options = Array.from(
        { length: 4 },
        (__, place) => `${index} of ${random.integer(0, 1e6)} ${place}`,
      );
      return question(`q${index}`, options, random.integer(0, 4));
    });
    const { summary } = await scoreQuestions(formulaModel(), many, { prompt });
    assert.equal(summary.chance, 0.25);
    for (const { interval } of [summary, ...Object.values(summary.byNormalisation!)])
      assert.ok(interval.low < 0.25 && interval.high > 0.25, JSON.stringify(interval));
  });

  it("refuses what would give another number", async () => {
    const refused = (asked: readonly Question[], options = {}) =>
      scoreQuestions(formulaModel(), asked, { prompt, ...options });
    await assert.rejects(refused([]), /"questions" must be at least one/u);
    await assert.rejects(refused([questions[0]!, questions[0]!]), /each there once/u);
    await assert.rejects(
      refused([question("none", ["a", "b"], 2)]),
      /"answerIndex" must be a place among the 2/u,
    );
    await assert.rejects(refused([question("blank", ["a", " "])]), /more than white space/u);
    const bare = { name: "bare", write: () => "Say:" };
    await assert.rejects(refused(questions, { prompt: bare, scoring: "letter" }), /shows the options/u);
    await assert.rejects(refused(questions, { prompt: bare, normalisation: "pmi" }), /another than pmi/u);
    await assert.rejects(refused(questions, { scoring: "letters" }), /one of "full-text", "letter"/u);
  });
});

describe("scoreQuestions by letter and by output", () => {
  const questions = [question("one", ["rest", "aspirin"], 1), question("two", ["rest", "ice", "heat"], 2)];

  it("shows the options with letters and scores the letters", async () => {
    const model = formulaModel();
    const { results } = await scoreQuestions(model, questions, { prompt, scoring: "letter" });
    assert.equal(model.asked[0]!.context, "Which of one?\nA. rest\nB. aspirin\nThe answer is:");
    assert.deepEqual(model.asked[1]!.continuations, [" A", " B", " C"]);
    const sums = ["A", "B"].map((letter) => expectedSum(":", ` ${letter}`));
    assert.equal(results[0]!.choice, greatestIndex(sums));
  });

  it("reads what the model writes, and counts what names no option as wrong", async () => {
    const outputs = (text: string): string =>
      text.includes("Which of one?") ? " The answer is **B**." : " It depends.";
    const asked = [...questions, { ...questions[0]!, id: "three", question: "Which of one? Again?" }];
    const { results, summary } = await scoreQuestions(formulaModel(outputs), asked, {
      prompt,
      scoring: "generate",
    });
    assert.deepEqual(
      results.map(({ choice, correct }) => [choice, correct]),
      [
        [1, true],
        [null, false],
        [1, true],
      ],
    );
    assert.equal(results[1]!.output, " It depends.");
    assert.deepEqual(summary.unparsed, { count: 1, share: 1 / 3, ids: ["two"] });
    assert.equal(summary.correct, 2);
    assert.equal(summary.calibration, undefined);
    assert.equal(summary.byNormalisation, undefined);
  });
});

describe("the summary", () => {
  it("counts by subject and adds up", async () => {
    const asked = Array.from({ length: 30 }, (_, index) =>
      question(`q${index}`, ["rest", "ice", `${index}`], index % 3, index % 2 === 0 ? "surgery" : "anatomy"),
    );
    const { results, summary } = await scoreQuestions(formulaModel(), asked, { prompt });
    assert.deepEqual(
      summary.bySubject.map(({ subject, n }) => [subject, n]),
      [
        ["anatomy", 15],
        ["surgery", 15],
      ],
    );
    assert.equal(
      summary.bySubject.reduce((sum, { correct }) => sum + correct, 0),
      summary.correct,
    );
    assert.equal(summary.byNormalisation!.sum!.correct, results.filter(({ correct }) => correct).length);
    assert.equal(
      summary.calibration!.bins.reduce((sum, { count }) => sum + count, 0),
      30,
    );
  });

  it("has Guo et al.'s calibration error", () => {
    const answers = [
      ...Array.from({ length: 4 }, (_, index) => ({ confidence: 0.25, correct: index === 0 })),
      ...Array.from({ length: 6 }, (_, index) => ({ confidence: 0.95, correct: index < 3 })),
    ];
    const { expectedError, bins } = calibration(answers);
    assertNear(expectedError, 0.6 * 0.45);
    assert.deepEqual(
      bins.map(({ low, high, count, accuracy }) => [low, high, count, accuracy]),
      [
        [0.2, 0.3, 4, 0.25],
        [0.9, 1, 6, 0.5],
      ],
    );
    assert.equal(calibration([{ confidence: 1, correct: true }]).expectedError, 0);
  });
});

describe("a results file", () => {
  it("is read as it was written; a line that is no result is named", async (test) => {
    const path = join(temporaryFolder(test), "results.jsonl");
    const { results } = await scoreQuestions(formulaModel(), [question("a", ["x", "y"])], { prompt });
    await writeResults(path, results);
    assert.deepEqual(await readResults(path), results);
    await writeFile(path, `${JSON.stringify(results[0])}\n{"id":"b"}\n`);
    await assert.rejects(readResults(path), { name: "DataError", row: 2 });
  });
});
