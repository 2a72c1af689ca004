import { ArgumentError } from "../core/errors.ts";
import { checkOptions, choiceOption, integerOption, objectOption } from "../core/options.ts";
import { DISPLAY_SYMBOL, type Displayable } from "../display/bundle.ts";
import { normalisations, type Normalisation, type OptionScore } from "../evals/option-score.ts";
import { scoreAnswers, writeOutputs } from "../evals/score-runs.ts";
import type { LanguageModel } from "../models/language-model.ts";
import { majorityVote, type VoteResult } from "../prompts/majority-vote.ts";
import { checkQuestionList, type PromptQuestion } from "../prompts/prompt-question.ts";
import { strictest } from "../table/sensitivity.ts";
import { checkStrategy, type Embedder, type RunPrompt, type Strategy } from "../prompts/strategy.ts";
import { cellSignal } from "./cell-signal.ts";
import { meterModel, type Usage } from "./meter-model.ts";
import { trialBundle } from "./prompt-view.ts";

export interface TryPromptOptions {
  /** By which each run chooses. @default "sum" */
  readonly normalisation?: Exclude<Normalisation, "pmi">;
  /** Of what the model writes. @default 256 */
  readonly maximumTokens?: number;
  /** For strategies that look for the nearest examples. @default the model */
  readonly embedder?: Embedder;
  readonly signal?: AbortSignal;
}

/** A question to try; its answer need not be known. */
export interface TriedQuestion extends PromptQuestion {
  readonly answerIndex?: number;
}

/** What a model made of one prompt. */
export interface TriedRun {
  readonly prompt: RunPrompt;
  readonly promptTokens: number;
  /** The reasoning, or what follows "The correct answer is:". */
  readonly output: string;
  readonly outputTokens: number;
  /** Log-likelihoods of each option's text, in the question's order; after the reasoning where there is some. */
  readonly options: readonly OptionScore[];
  /** Place in the question of the likeliest option. */
  readonly choice: number;
}

/** One question under one strategy, run by run; a notebook shows prompts, outputs and options. */
export interface PromptTrial extends Displayable {
  readonly strategy: Strategy;
  readonly model: string;
  readonly question: TriedQuestion;
  readonly normalisation: Normalisation;
  readonly runs: readonly TriedRun[];
  readonly vote: VoteResult;
  /** Of the outputs and of scoring every option. */
  readonly usage: Usage;
}

const choosable = normalisations.filter((name) => name !== "pmi");
const rules = {
  normalisation: choiceOption("sum", choosable),
  maximumTokens: integerOption(256, { minimum: 1 }),
  embedder: objectOption<Embedder>(
    "what has embed",
    (value) => typeof (value as Embedder)?.embed === "function",
  ),
  signal: objectOption<AbortSignal>("an AbortSignal", (value) => value instanceof AbortSignal),
};

/**
 * Put one question to a model: the exact prompt of each run, what the model writes, how likely each option is.
 *
 * Interrupting the cell ends it. With a model that has a cache, changing the strategy asks only for the prompts that
 * changed.
 *
 * @throws {ArgumentError} a question without 2 to 10 options, or one that the strategy finds no examples for
 * @throws {ModelError} of the endpoint
 *
 * @example
 * await tryPrompt(chainOfThought(), questions[0], model)
 */
export async function tryPrompt(
  strategy: Strategy,
  question: TriedQuestion,
  model: LanguageModel,
  options: TryPromptOptions = {},
): Promise<PromptTrial> {
  const { normalisation, maximumTokens, embedder = model, signal } = checkOptions(options, rules);
  checkStrategy(strategy, "strategy");
  const metered = meterModel(model);
  checkQuestionList([question], "question");
  const { answerIndex } = question;
  if (answerIndex !== undefined && question.options[answerIndex] === undefined)
    throw new ArgumentError("answerIndex", `a place among ${question.options.length} options`, answerIndex);
  const calls = { signal: cellSignal(signal) };
  const [prompts] = await strategy.prompts([question], { embedder, ...calls });
  const asked = prompts!.map((prompt) => ({ place: 0, prompt }));
  const { reasons } = strategy;
  const outputs = await writeOutputs(metered, asked, { maximumTokens, chains: reasons }, calls);
  const chains = outputs.map(({ text }) => text);
  const scores = await scoreAnswers(
    metered,
    [question],
    asked,
    { letters: false, ...(reasons && { chains }) },
    calls,
  );
  const runs = prompts!.map((prompt, run): TriedRun => {
    const { text: output, tokens: outputTokens, promptTokens } = outputs[run]!;
    const { options: scored, choices } = scores[run]!;
    const sensitivity = strictest([prompt.sensitivity, model.sensitivity ?? "public"]);
    return {
      prompt: { ...prompt, sensitivity },
      promptTokens,
      output,
      outputTokens,
      options: scored!,
      choice: choices[normalisation]!,
    };
  });
  const vote = majorityVote(
    runs.map(({ choice }) => choice),
    question.options.length,
  );
  const { usage } = metered;
  const trial = { strategy, model: model.name, question, normalisation, runs, vote, usage };
  return { ...trial, [DISPLAY_SYMBOL]: () => trialBundle(trial) };
}
