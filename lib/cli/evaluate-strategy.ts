import { existsSync } from "node:fs";
import { unknownName } from "../core/nearest-name.ts";
import { loadCatalogue } from "../data/catalogue.ts";
import { loadQuestions, type QuestionSet } from "../evals/load-questions.ts";
import type { QuestionSchema } from "../evals/question-schema.ts";
import { ensemble, medprompt } from "../prompts/ensemble.ts";
import { fewShot } from "../prompts/few-shot.ts";
import { nearestExamples } from "../prompts/nearest-examples.ts";
import type { PromptExample } from "../prompts/prompt-question.ts";
import type { Strategy } from "../prompts/strategy.ts";
import { chainOfThought, noPrompt, zeroShot } from "../prompts/without-examples.ts";
import type { Sensitivity } from "../table/sensitivity.ts";
import { DataError } from "../core/errors.ts";
import { pathOf, UsageError } from "./command.ts";

/** What a command line says of a strategy. */
export interface StrategyWords {
  readonly name: string;
  readonly examples: readonly PromptExample[] | undefined;
  /** Examples before each question. */
  readonly count: number;
  readonly runs: number;
  /** @default the strategy's own */
  readonly temperature: number | undefined;
  readonly seed: number;
}

const withoutExamples: Readonly<Record<string, (words: StrategyWords) => Strategy>> = {
  "zero-shot": zeroShot,
  "no-prompt": noPrompt,
  "chain-of-thought": chainOfThought,
  "chain-of-thought-ensemble": (words) => ensemble(chainOfThought(), ensembleOptions(words)),
};

const withExamples: Readonly<
  Record<string, (examples: readonly PromptExample[], words: StrategyWords) => Strategy>
> = {
  "few-shot": (examples, { count }) => {
    if (examples.length < count)
      throw new UsageError(`--examples holds ${examples.length}, --shots asks for ${count}`);
    return fewShot(examples.slice(0, count));
  },
  "nearest-examples": (examples, { count }) => nearestExamples(examples, { count }),
  "nearest-examples-ensemble": (examples, words) =>
    ensemble(nearestExamples(examples, { count: words.count }), ensembleOptions(words)),
  medprompt: (examples, words) => medprompt(examples, { count: words.count, ...ensembleOptions(words) }),
};

/** Those that `--strategy` takes. */
export const strategyNames = [...Object.keys(withoutExamples), ...Object.keys(withExamples)] as const;

/** Those of them that look for the nearest examples, and so embed questions. */
export function embeds(name: string): boolean {
  return name.startsWith("nearest-examples") || name === "medprompt";
}

function ensembleOptions({ runs, seed, temperature }: StrategyWords) {
  return { runs, seed, ...(temperature !== undefined && { temperature }) };
}

/** @throws {UsageError} no such strategy, examples where none are shown, none where some are needed */
export function namedStrategy(words: StrategyWords): Strategy {
  const { name, examples } = words;
  const plain = withoutExamples[name];
  if (plain !== undefined) {
    if (examples !== undefined)
      throw new UsageError(`--strategy ${name} shows no examples; leave --examples out`);
    return plain(words);
  }
  const shows = withExamples[name];
  if (shows === undefined) throw new UsageError(unknownName("--strategy", name, strategyNames).message);
  if (examples === undefined) throw new UsageError(`--strategy ${name} needs --examples FILE.jsonl`);
  return shows(examples, words);
}

/** Lines {id, question, options, answer}, and subject, context, split and reasoning where there are. */
const fileSchema: QuestionSchema = {
  id: "id",
  question: "question",
  options: "options",
  answer: "answer",
  answerIs: "index from 0",
  context: "context",
  subject: "subject",
  split: "split",
  metadata: ["reasoning"],
};

/** A set of the catalogue by its name, else a file. */
export function questionsOf(
  folder: string,
  asked: string,
  {
    split,
    sensitivity,
  }: { readonly split?: string | undefined; readonly sensitivity: Sensitivity | undefined },
): Promise<QuestionSet> {
  const sets = loadCatalogue().entries.filter(({ questionFormat }) => questionFormat !== undefined);
  const isNamed = sets.some(({ name }) => name === asked);
  if (!isNamed && /^[\w-]+$/u.test(asked) && !existsSync(pathOf(folder, asked)!)) {
    const known = sets.map(({ name }) => name);
    throw new UsageError(`${unknownName("--questions", asked, known).message}, and there is no such file`);
  }
  const options = { ...(sensitivity && { sensitivity }), ...(split !== undefined && { split }) };
  return isNamed
    ? loadQuestions(asked, options)
    : loadQuestions(pathOf(folder, asked)!, { schema: fileSchema, ...options });
}

/**
 * Examples to be shown with their answers.
 *
 * @throws {DataError} a row that is none: leaving it out would change the prompts
 */
export async function examplesOf(
  folder: string,
  asked: string,
  options: { readonly split?: string | undefined; readonly sensitivity: Sensitivity | undefined },
): Promise<PromptExample[]> {
  const { questions, rejected } = await questionsOf(folder, asked, options);
  const [wrong] = rejected;
  if (wrong !== undefined)
    throw new DataError(`${asked}: example ${wrong.id}: ${wrong.reason}`, { path: asked });
  return questions.map(({ metadata, ...question }) => {
    const { reasoning } = metadata;
    return typeof reasoning === "string" && reasoning.trim() !== "" ? { ...question, reasoning } : question;
  });
}
