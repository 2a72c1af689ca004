import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { sha256 } from "../../lib/core/hash.ts";
import { SeededRandom } from "../../lib/core/seeded-random.ts";
import { calibration } from "../../lib/evals/calibration.ts";
import { greatestIndex, type Normalisation } from "../../lib/evals/option-score.ts";
import type { Question } from "../../lib/evals/question.ts";
import { readResults, writeResults } from "../../lib/evals/results-file.ts";
import type { Scoring } from "../../lib/evals/question-result.ts";
import { scoreQuestions } from "../../lib/evals/score-questions.ts";
import { ensemble } from "../../lib/prompts/ensemble.ts";
import { fewShot } from "../../lib/prompts/few-shot.ts";
import { majorityVote } from "../../lib/prompts/majority-vote.ts";
import type { Strategy } from "../../lib/prompts/strategy.ts";
import { chainOfThought, noPrompt, zeroShot } from "../../lib/prompts/without-examples.ts";
import { writePrompt } from "../../lib/prompts/write-prompt.ts";
import { temporaryFolder } from "../corpus/near-duplicates/duplicate-cases.ts";
import { logProbability } from "../models/fake-endpoint.ts";
import { formulaModel } from "./formula-model.ts";

const strategy = zeroShot();
const cue = "The correct answer is:";

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
    const { results } = await scoreQuestions(formulaModel(), questions, { strategy });
    const text = writePrompt("zero-shot", questions[0]!);
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
      assertNear(logLikelihood.pmi!, sum - expectedSum(cue, ` ${answer}`));
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
    await scoreQuestions(model, repeated, { strategy });
    assert.deepEqual(
      model.asked.map(({ context, continuations }) => [
        /Which of .\?/u.exec(context)?.[0] ?? context,
        continuations,
      ]),
      [
        ["Which of a?", [" yes", " no"]],
        ["Which of b?", [" yes", " no"]],
        ["Which of c?", [" yes", " no"]],
        [cue, [" yes", " no"]],
      ],
    );
  });

  it("takes the lowest place of equal scores, the named normalisation for the choice", async () => {
    const same = [question("same", ["rest", "rest", "rest"], 2)];
    const { results } = await scoreQuestions(formulaModel(), same, { strategy });
    assert.deepEqual(results[0]!.choices, { sum: 0, token: 0, character: 0, byte: 0, pmi: 0 });
    const long = [question("long", ["a long answer of many words", "2"])];
    const choices = new Set<number | null>();
    for (const normalisation of ["sum", "token"] as const) {
      const scored = await scoreQuestions(formulaModel(), long, { strategy, normalisation });
      assert.equal(scored.results[0]!.normalisation, normalisation);
      choices.add(scored.results[0]!.choice);
    }
    assert.equal(choices.size, 2);
  });

  it("chooses the same answer in whatever order the options of a prompt without them stand", async () => {
    const texts = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,12}$/u), { minLength: 2, maxLength: 10 });
    await fc.assert(
      fc.asyncProperty(texts, async (options) => {
        const turned = options.toReversed();
        const scored = await scoreQuestions(
          formulaModel(),
          [question("order", options), { ...question("order", turned), dataset: "turned" }],
          { strategy: noPrompt() },
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
    const { summary } = await scoreQuestions(formulaModel(), many, { strategy });
    assert.equal(summary.chance, 0.25);
    for (const { interval } of [summary, ...Object.values(summary.byNormalisation!)])
      assert.ok(interval.low < 0.25 && interval.high > 0.25, JSON.stringify(interval));
  });

  it("refuses what would give another number", async () => {
    const refused = (asked: readonly Question[], options = {}) =>
      scoreQuestions(formulaModel(), asked, { strategy, ...options });
    await assert.rejects(refused([]), /"questions" must be at least one/u);
    await assert.rejects(refused([questions[0]!, questions[0]!]), /each there once/u);
    await assert.rejects(
      refused([question("none", ["a", "b"], 2)]),
      /"answerIndex" must be a place among the 2/u,
    );
    await assert.rejects(refused([question("blank", ["a", " "])]), /more than white space/u);
    const refusedStrategy = (chosen: Strategy, scoring: Scoring, message: RegExp) =>
      assert.rejects(refused(questions, { strategy: chosen, scoring }), { name: "ArgumentError", message });
    const example = { ...question("example", ["x", "y"]), dataset: "training" };
    await refusedStrategy(noPrompt(), "letter", /shows options/u);
    await refusedStrategy(fewShot([example]), "letter", /no examples/u);
    await refusedStrategy(chainOfThought(), "full-text", /no reasoning/u);
    await refusedStrategy(zeroShot(), "chain-then-full-text", /asks for reasoning/u);
    const plain = { strategy: noPrompt(), normalisation: "pmi" };
    await assert.rejects(refused(questions, plain), /another than pmi/u);
    await assert.rejects(refused(questions, { scoring: "letters" }), /one of "full-text", "letter"/u);
  });
});

describe("scoreQuestions by letter and by output", () => {
  const questions = [question("one", ["rest", "aspirin"], 1), question("two", ["rest", "ice", "heat"], 2)];

  it("shows the options with letters and scores the letters", async () => {
    const model = formulaModel();
    const { results } = await scoreQuestions(model, questions, { strategy, scoring: "letter" });
    assert.match(
      model.asked[0]!.context,
      /: Which of one\?\nA\. rest\nB\. aspirin\n.*The correct answer is:$/u,
    );
    assert.deepEqual(model.asked[1]!.continuations, [" A", " B", " C"]);
    const sums = ["A", "B"].map((letter) => expectedSum(":", ` ${letter}`));
    assert.equal(results[0]!.choice, greatestIndex(sums));
  });

  it("reads what the model writes, and counts what names no option as wrong", async () => {
    const outputs = (text: string): string =>
      text.includes("Which of one?") ? " The answer is **B**." : " It depends.";
    const asked = [...questions, { ...questions[0]!, id: "three", question: "Which of one? Again?" }];
    const { results, summary } = await scoreQuestions(formulaModel(outputs), asked, {
      strategy,
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
    assert.deepEqual(results[1]!.outputs, [" It depends."]);
    assert.deepEqual(summary.unparsed, { count: 1, share: 1 / 3, ids: ["two"] });
    assert.equal(summary.correct, 2);
    assert.equal(summary.calibration, undefined);
    assert.equal(summary.byNormalisation, undefined);
  });
});

describe("scoreQuestions after reasoning", () => {
  const questions = [question("one", ["rest", "aspirin", "ice"], 1), question("two", ["no", "yes", "maybe"])];
  const chain = (text: string): string => ` Because ${text.length}, perhaps.`;
  const scoring = "chain-then-full-text";

  it("scores the answers after the chain and the cue of Figure 5", async () => {
    const model = formulaModel(chain);
    const { results } = await scoreQuestions(model, questions, { strategy: chainOfThought(), scoring });
    const text = writePrompt("chain-of-thought", questions[0]!);
    const context = `${text}${chain(text)} Therefore, the correct answer is:`;
    assert.equal(model.asked[0]!.context, context);
    assert.equal(results[0]!.promptSha256, sha256(text));
    assert.deepEqual(results[0]!.outputs, [chain(text)]);
    const { logLikelihood } = results[0]!.options![1]!;
    assertNear(logLikelihood.sum, expectedSum(context, " aspirin"));
    assertNear(logLikelihood.pmi!, 0);
    assert.equal(results[0]!.combination, undefined);
  });

  it("joins an ensemble by vote or by mean likelihood, on the options and not their places", async () => {
    const joined = ensemble(chainOfThought(), { runs: 5, seed: 4 });
    for (const combination of ["vote", "mean-likelihood"] as const) {
      // The end of a chain decides what is likely after it, differently from run to run.
      const model = formulaModel(chain);
      const { results } = await scoreQuestions(model, questions, { strategy: joined, scoring, combination });
      const prompts = await joined.prompts(questions);
      for (const [place, { choices, options, outputs, combination: named }] of results.entries()) {
        assert.equal(named, combination);
        assert.equal(outputs!.length, 5);
        const sums = prompts[place]!.map(({ text, permutation }, run) => {
          const context = `${text}${chain(text)} Therefore, the correct answer is:`;
          assert.equal(model.asked[place * 5 + run]!.context, context);
          assert.equal(permutation.length, 3);
          return questions[place]!.options.map((option) => expectedSum(context, ` ${option}`));
        });
        const means = [0, 1, 2].map((option) => sums.reduce((sum, run) => sum + run[option]!, 0) / 5);
        for (const [option, mean] of means.entries()) assertNear(options![option]!.logLikelihood.sum, mean);
        const votes = sums.map((run) => greatestIndex(run));
        const expected = combination === "vote" ? majorityVote(votes, 3).choice : greatestIndex(means);
        assert.equal(choices!.sum, expected);
      }
    }
  });
});

describe("the summary", () => {
  it("counts by subject and adds up", async () => {
    const asked = Array.from({ length: 30 }, (_, index) =>
      question(`q${index}`, ["rest", "ice", `${index}`], index % 3, index % 2 === 0 ? "surgery" : "anatomy"),
    );
    const { results, summary } = await scoreQuestions(formulaModel(), asked, { strategy });
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
    const { results } = await scoreQuestions(formulaModel(), [question("a", ["x", "y"])], { strategy });
    await writeResults(path, results);
    assert.deepEqual(await readResults(path), results);
    await writeFile(path, `${JSON.stringify(results[0])}\n{"id":"b"}\n`);
    await assert.rejects(readResults(path), { name: "DataError", row: 2 });
  });
});
