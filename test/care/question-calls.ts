/** Calls of questions, samples, prompts and models with restricted data, as a notebook makes them. */
import { join } from "node:path";

import * as rounds from "../../lib/index.ts";
import type { Calls } from "./planted-world.ts";

const restricted = { sensitivity: "restricted" } as const;
const schema = {
  id: "id",
  question: "question",
  options: "options",
  answer: "answerIndex",
  answerIs: "index from 0",
} as const;

export const questionCalls: Calls = {
  encodeSamples: ({ samples, tokenizer }) => [
    () => Array.fromAsync(rounds.encodeSamples(samples, { tokenizer })),
    () => Array.fromAsync(rounds.encodeSamples([{ ...samples[0]!, assistant: "" }], { tokenizer })),
  ],
  writeInstructShards: ({ samples, exported, tokenizer }) => [
    () => rounds.writeInstructShards(join(exported, "instruct"), samples, { tokenizer }),
  ],
  mixSamples: ({ samples }) => [
    () => rounds.mixSamples({ notes: samples } as never, { weights: { notes: 1 } }),
  ],
  sampleText: ({ samples }) => [() => rounds.sampleText({ ...samples[0]!, assistant: undefined } as never)],
  questionSamples: ({ questions }) => [
    () => Array.fromAsync(rounds.questionSamples(questions, { source: "q" } as never)),
  ],
  readInstructSamples: ({ planted }) => [
    () =>
      Array.fromAsync(
        rounds.readInstructSamples(join(planted, "samples.jsonl"), {
          format: "question-answer",
          ...restricted,
        }),
      ),
    () =>
      Array.fromAsync(
        rounds.readInstructSamples(join(planted, "broken.jsonl"), {
          format: "question-answer",
          ...restricted,
        }),
      ),
  ],
  loadQuestions: ({ planted }) => [
    () => rounds.loadQuestions(join(planted, "questions.jsonl"), { schema, ...restricted }),
    () => rounds.loadQuestions(join(planted, "broken.jsonl"), { schema, ...restricted }),
    () => rounds.loadQuestions(join(planted, "samples.jsonl"), { schema, ...restricted }),
    () =>
      rounds.loadQuestions(join(planted, "questions.jsonl"), {
        schema: { ...schema, answer: "context" },
        ...restricted,
      }),
    () =>
      rounds.loadQuestions(join(planted, "questions.jsonl"), {
        schema: { ...schema, split: "context" },
        split: "x",
        ...restricted,
      }),
    () =>
      rounds.loadQuestions(join(planted, "questions.jsonl"), {
        schema: { ...schema, answerText: "context" },
        ...restricted,
      }),
  ],
  questionOverlap: ({ questions }) => [
    () => rounds.questionOverlap(questions, questions, { threshold: 0.3 }),
  ],
  answerBalance: ({ questions }) => [() => rounds.answerBalance(questions)],
  scoreQuestions: ({ model, questions }) =>
    (["full-text", "generate", "chain-then-full-text"] as const).map(
      (scoring) => () =>
        rounds.scoreQuestions(model, questions, {
          strategy: scoring === "full-text" ? rounds.zeroShot() : rounds.chainOfThought(),
          scoring,
        }),
    ),
  summarizeResults: ({ results }) => [() => rounds.summarizeResults(results[0]!), () => results],
  compareResults: ({ results }) => [() => rounds.compareResults(results[0]!, results[1]!, { samples: 100 })],
  flippedQuestions: ({ results, questions }) => [
    () =>
      rounds.flippedQuestions(questions, rounds.compareResults(results[0]!, results[1]!, { samples: 100 })),
  ],
  writeResults: ({ results, exported, planted }) => [
    () => rounds.writeResults(join(exported, "results.jsonl"), results[0]!),
    () => rounds.readResults(join(exported, "results.jsonl")),
    () => rounds.readResults(join(exported, "documents.jsonl")),
    () => rounds.readResults(join(planted, "broken.jsonl")),
  ],
  reviewSheet: ({ results, questions, exported }) => [
    () => rounds.reviewSheet(questions, results[0]!, results[1]!),
    () => rounds.reviewSheet(questions, results[0]!, results[1]!).items,
    () => rounds.reviewSheet(questions.slice(0, 1), results[0]!, results[1]!),
    () =>
      rounds.writeReviewSheet(
        join(exported, "review"),
        rounds.reviewSheet(questions, results[0]!, results[1]!),
      ),
    () => rounds.summarizeReview(join(exported, "review"), join(exported, "review", "review.csv") as never),
  ],
  tryPrompt: ({ questions, model }) => [
    () => rounds.tryPrompt(rounds.chainOfThought(), questions[0]!, model),
    async () => [await rounds.tryPrompt(rounds.zeroShot(), questions[0]!, model)],
    async () => (await rounds.tryPrompt(rounds.zeroShot(), questions[0]!, model)).runs,
    async () => (await rounds.tryPrompt(rounds.zeroShot(), questions[0]!, model)).vote,
  ],
  compareStrategies: ({ questions, model }) => [
    () => rounds.compareStrategies([rounds.zeroShot(), rounds.chainOfThought()], questions, model),
    async () =>
      (await rounds.compareStrategies([rounds.zeroShot(), rounds.noPrompt()], questions, model)).rows,
  ],
  fewShot: ({ questions }) => {
    const strategy = () => rounds.fewShot(questions.slice(0, 3));
    const write = () => strategy().prompts!([questions[5]!] as never, {} as never);
    return [
      strategy,
      write,
      () => rounds.fewShot([...questions, { ...questions[0]!, split: "test" }]),
      () => rounds.diffStrategies(strategy(), rounds.zeroShot()),
    ];
  },
  nearestExamples: ({ questions, model }) => [
    () => rounds.nearestExamples(questions),
    () => rounds.scoreQuestions(model, questions, { strategy: rounds.nearestExamples(questions) }),
  ],
  generateChains: ({ questions, model }) => [
    () =>
      rounds.generateChains(questions, (asked, options) => model.generate(asked, options), {
        parse: rounds.parseAnswer,
      }),
  ],
  reasonedSamples: ({ questions, model, exported }) => [
    () => rounds.reasonedSamples(questions, model, { aside: join(exported, "aside.jsonl") }),
  ],
  replayModel: ({ questions, results }) => {
    const recorded = results[0]!.map(({ id, dataset, outputs = [] }) => ({
      id,
      dataset,
      outputs,
      ...restricted,
    }));
    const model = rounds.replayModel("recorded", recorded);
    return [
      () => model,
      () =>
        rounds.scoreQuestions(model, questions, { strategy: rounds.chainOfThought(), scoring: "generate" }),
      () => rounds.replayModel("recorded", [...recorded, ...recorded]),
    ];
  },
};
