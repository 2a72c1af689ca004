import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { markRestricted } from "../../lib/core/restricted.ts";
import type { Question } from "../../lib/evals/question.ts";
import { reasonedSamples } from "../../lib/lab/reasoned-samples.ts";
import type { LanguageModel } from "../../lib/models/language-model.ts";
import { meterModel } from "../../lib/lab/meter-model.ts";
import { replayModel } from "../../lib/models/replay.ts";
import { temporaryFolder } from "../corpus/near-duplicates/duplicate-cases.ts";

const questions = ["fever", "rash", "pain", "cough"].map((id): Question => ({
  id,
  dataset: "mine-train",
  question: `What helps against ${id}?`,
  options: ["aspirin", "heparin", "insulin"],
  answerIndex: 1,
  metadata: {},
}));

const says = (reasoning: string, answer: string): string =>
  `${reasoning} Therefore, the correct answer is: ${answer}`;
const written = {
  fever: [says("Sound thinking.", "heparin"), says("Poor thinking.", "heparin")],
  rash: [says("Poor thinking.", "heparin"), says("Sound thinking.", "aspirin")],
  pain: ["No idea.", says("Sound thinking.", "heparin")],
  cough: [says("Sound thinking.", "insulin"), "It may be."],
};
const writer = replayModel(
  "writer",
  Object.entries(written).map(([id, outputs]) => ({ id, outputs })),
);

/** Finds "Yes" likelier after sound thinking. */
const prompts: string[] = [];
const verifier: LanguageModel = {
  ...writer,
  logLikelihood: async (requests) =>
    requests.map(({ context, continuations }) => {
      prompts.push(context);
      assert.deepEqual(continuations, [" Yes", " No"]);
      const sums = context.includes("Sound thinking.") ? [-1, -2] : [-2, -1];
      return sums.map((sum) => ({
        contextTokens: 1,
        tokens: [1],
        logProbabilities: [sum],
        sum,
        isGreedy: false,
      }));
    }),
};

describe("reasonedSamples", () => {
  it("keeps chains that end at the answer and are verified; counts the others and keeps them aside", async (test) => {
    const aside = join(temporaryFolder(test), "discarded.jsonl");
    const { samples, chains, report } = await reasonedSamples(questions, writer, {
      verifier,
      runs: 2,
      licence: "MIT",
      aside,
    });
    assert.deepEqual(chains.report, {
      questions: 4,
      solved: 2,
      unsolved: 2,
      generated: 8,
      right: 2,
      discarded: { wrong: 2, "no-answer": 2, "cut-off": 0, refuted: 2 },
    });
    const kept = readFileSync(aside, "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    assert.deepEqual(kept, chains.discarded);
    assert.deepEqual(
      samples.map(({ id, assistant }) => [id, assistant]),
      [
        ["fever", "Let's think step-by-step. Sound thinking. Therefore, the correct answer is: heparin"],
        ["rash", "The correct answer is: heparin"],
        ["pain", "Let's think step-by-step. Sound thinking. Therefore, the correct answer is: heparin"],
        ["cough", "The correct answer is: heparin"],
      ],
    );
    assert.ok(samples.every(({ source }) => source === "mine-train"));
    const [generated, plain] = [null, "MIT"];
    assert.deepEqual(
      samples.map(({ licence }) => licence),
      [generated, plain, generated, plain],
      "what the writer's outputs are under was not said",
    );
    assert.deepEqual([report.rows, report.samples], [4, 4]);
    assert.equal(prompts.length, 4, "only those that end at the right option are judged");
    assert.match(
      prompts[0]!,
      /^<\|system\|>: .*\n<\|prompter\|>: What helps against fever\?\naspirin\nheparin\ninsulin\nReasoning: Sound thinking\.\nAnswer: heparin\n<\|assistant\|>: Sound:$/u,
    );
  });

  it("puts what a model wrote under the terms of its outputs too", async () => {
    const terms = "LicenseRef-no-competing-models";
    const { samples } = await reasonedSamples(
      questions,
      { ...writer, outputLicence: terms },
      { verifier, runs: 2, licence: "MIT" },
    );
    assert.deepEqual(
      samples.map(({ licence }) => licence),
      [`MIT AND ${terms}`, "MIT", `MIT AND ${terms}`, "MIT"],
    );
    const replayed = replayModel("hosted", [], { outputLicence: terms });
    assert.equal(meterModel(replayed).outputLicence, terms);
  });

  it("marks samples of restricted questions, and tells the models", async () => {
    const asked: unknown[] = [];
    const noting: LanguageModel = {
      ...verifier,
      generate: (requests, options) => {
        asked.push(options?.sensitivity);
        return writer.generate(requests, options);
      },
      logLikelihood: (requests, options) => {
        asked.push(options?.sensitivity);
        return verifier.logLikelihood(requests, options);
      },
    };
    const restricted = questions.map((question) => ({ ...question, sensitivity: "restricted" as const }));
    const { samples } = await reasonedSamples(restricted, noting);
    assert.deepEqual(asked, ["restricted", "restricted"]);
    assert.ok(samples.every(({ sensitivity }) => sensitivity === "restricted"));
  });

  it("tells the verifier that a restricted model wrote what it reads, and marks what was not used", async () => {
    const asked: unknown[] = [];
    const trained: LanguageModel = {
      ...writer,
      sensitivity: "restricted",
      generate: async (requests, options) => markRestricted(await writer.generate(requests, options)),
    };
    const noting: LanguageModel = {
      ...verifier,
      logLikelihood: (requests, options) => {
        asked.push(options?.sensitivity);
        return verifier.logLikelihood(requests, options);
      },
    };
    const { chains, samples } = await reasonedSamples(questions, trained, { verifier: noting, runs: 2 });
    assert.deepEqual(asked, ["restricted"]);
    assert.ok(chains.discarded.length > 0);
    for (const { sensitivity } of [...chains.chains, ...chains.discarded])
      assert.equal(sensitivity, "restricted");
    // A question without a chain is as it was.
    assert.ok(samples.some(({ sensitivity }) => sensitivity === "restricted"));
  });

  it("refuses questions that are asked in tests, and a verifier that has no likelihoods", async () => {
    const test = questions.map((question) => ({ ...question, split: "test" }));
    await assert.rejects(reasonedSamples(test, writer, { verifier }), /never come from a test split/u);
    await assert.rejects(reasonedSamples(questions, writer), /hold no likelihoods/u);
    await assert.rejects(reasonedSamples([], writer), /at least one/u);
  });
});
