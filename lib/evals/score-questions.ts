import { ArgumentError } from "../core/errors.ts";
import { sha256 } from "../core/hash.ts";
import {
  callbackOption,
  checkOptions,
  choiceOption,
  integerOption,
  objectOption,
  type OptionRule,
} from "../core/options.ts";
import { isRestricted } from "../core/restricted.ts";
import type { CallOptions, CallProgress, LanguageModel } from "../models/language-model.ts";
import { Strategy, type Embedder } from "../prompts/strategy.ts";
import { askQuestions, unconditionalContext, type AskedRun } from "./ask-questions.ts";
import { combinations, combineRuns, type Combination } from "./combine-runs.ts";
import { normalisations, type Normalisation } from "./option-score.ts";
import { questionKey, scorings, type QuestionResult, type Scoring } from "./question-result.ts";
import type { Question } from "./question.ts";
import { readOutputs, scoreAnswers, writeOutputs, type RunScore } from "./score-runs.ts";
import { summarizeResults, type ResultsSummary } from "./summarize-results.ts";
import { trainedOnWarnings } from "./trained-on.ts";

export interface ScoreQuestionsOptions {
  /** How the questions are put. */
  readonly strategy: Strategy;
  /** @default "full-text" */
  readonly scoring?: Scoring;
  /** The one that makes the choice; every other is in the result too. @default "sum" */
  readonly normalisation?: Normalisation;
  /** Of a strategy with several runs. @default "vote" */
  readonly combination?: Combination;
  /** Of an output, or of a chain. @default 256 */
  readonly maximumTokens?: number;
  /** For strategies that look for the nearest examples. @default the model */
  readonly embedder?: Embedder;
  /** Names of data sets that the model is known to have been trained on: their questions and examples are warned of. */
  readonly trainedOn?: readonly string[];
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: CallProgress) => void;
}

/** What a model made of each question, and of all together. */
export interface ScoredQuestions {
  /** In the order of the questions. */
  readonly results: readonly QuestionResult[];
  readonly summary: ResultsSummary;
  /** Questions or examples that the model may have been trained on, in words; see `trainedOnWarnings`. */
  readonly warnings: readonly string[];
}

const rules = {
  strategy: objectOption<Strategy>("a strategy, such as zeroShot()", (value) => value instanceof Strategy),
  scoring: choiceOption("full-text", scorings),
  normalisation: choiceOption("sum", normalisations),
  combination: choiceOption("vote", combinations),
  maximumTokens: integerOption(256, { minimum: 1 }),
  embedder: objectOption<Embedder>(
    "what has embed",
    (value) => typeof (value as Embedder)?.embed === "function",
  ),
  trainedOn: {
    expected: "a list of names of data sets",
    default: [],
    accepts: (value) => Array.isArray(value) && value.every((name) => typeof name === "string"),
  } satisfies OptionRule<string[]> as OptionRule<readonly string[]>,
  signal: objectOption<AbortSignal>("an AbortSignal", (value) => value instanceof AbortSignal),
  onProgress: callbackOption<(progress: CallProgress) => void>(),
};

/**
 * Ask a model multiple-choice questions and say how often it is right.
 *
 * `full-text` and `letter` compare log-likelihoods of what may follow the prompt and one space: each option's text
 * without white space around it, or its letter. `chain-then-full-text` has the model write its reasoning first and
 * compares the texts after it. `generate` reads the model's output with `parseAnswer`; an output that names no option
 * is wrong, and counted. Where letters are answered the prompt is given the options as `A. Aspirin`. Of equal scores
 * the lowest place wins. An ensemble's runs are joined as `combination` says; outputs always by vote.
 *
 * @throws {ArgumentError} no questions, one twice, a gold answer that is no option, a strategy that does not fit the
 *   scoring, `pmi` where nothing stands before the answer whatever is asked
 * @throws {ModelError} of the endpoint; finished answers are in the model's cache, if it has one
 *
 * @example
 * const { questions } = await loadQuestions("medqa-test");
 * const { summary } = await scoreQuestions(model, questions, { strategy: zeroShot(), normalisation: "byte" });
 * summary.accuracy; // with summary.interval
 */
export async function scoreQuestions(
  model: LanguageModel,
  questions: readonly Question[],
  options: ScoreQuestionsOptions,
): Promise<ScoredQuestions> {
  const checked = checkOptions(options, rules);
  const { strategy, scoring, normalisation, combination, embedder = model, signal, onProgress } = checked;
  if (strategy === undefined) throw new ArgumentError("strategy", rules.strategy.expected, strategy);
  checkQuestions(questions);
  const runs = await askQuestions(questions, strategy, scoring, { embedder, ...(signal && { signal }) });
  const compares = scoring !== "generate";
  if (compares && normalisation === "pmi" && unconditionalContext(runs[0]!.prompt) === undefined) {
    const expected = `another than pmi: ${strategy.name} has nothing before the answer but the question`;
    throw new ArgumentError("normalisation", expected, normalisation);
  }
  const calls = { ...(signal && { signal }), ...(onProgress && { onProgress }) };
  const scores = await scoreRuns(model, questions, runs, scoring, checked.maximumTokens, calls);
  const strategyFingerprint = strategy.fingerprint;
  const byQuestion = Map.groupBy(runs.keys(), (run) => runs[run]!.place);
  const results = questions.map((question, place): QuestionResult => {
    const held = byQuestion.get(place)!;
    const own = held.map((run) => scores[run]!);
    const outputs = own.flatMap(({ output }) => (output === undefined ? [] : [output]));
    const { id, dataset, subject, options: given, answerIndex: gold } = question;
    const { choices, options: optionScores, tokens } = combineRuns(own, combination, given.length);
    const choice = (compares ? choices[normalisation] : choices.output) ?? null;
    return {
      id,
      dataset,
      ...(subject !== undefined && { subject }),
      model: model.name,
      modelFingerprint: model.fingerprint,
      scoring,
      strategy: strategy.name,
      strategyFingerprint,
      format: strategy.format,
      promptSha256: sha256(held.map((run) => runs[run]!.prompt.text).join("\0")),
      optionCount: given.length,
      choice,
      gold,
      correct: choice === gold,
      ...(compares && { normalisation, choices: choices as Partial<Record<Normalisation, number>> }),
      ...(own.length > 1 && { combination: compares ? combination : "vote" }),
      ...(optionScores !== undefined && { options: optionScores }),
      ...(outputs.length > 0 && { outputs }),
      tokens,
      ...([model, ...held.map((run) => runs[run]!.prompt)].some(isRestricted) && {
        sensitivity: "restricted" as const,
      }),
    };
  });
  const examples = runs.flatMap(({ prompt }) => prompt.exampleSets);
  const warnings = trainedOnWarnings({ questions, examples, trainedOn: checked.trainedOn });
  return { results, summary: summarizeResults(results), warnings };
}

export function checkQuestions(questions: readonly Question[]): void {
  if (questions.length === 0) throw new ArgumentError("questions", "at least one", questions);
  const seen = new Set<string>();
  for (const question of questions) {
    const key = questionKey(question);
    if (seen.has(key)) throw new ArgumentError("questions", "each there once", key);
    seen.add(key);
    if (question.options[question.answerIndex] === undefined) {
      const place = `a place among the ${question.options.length} options of ${key}`;
      throw new ArgumentError("answerIndex", place, question.answerIndex);
    }
  }
}

async function scoreRuns(
  model: LanguageModel,
  questions: readonly Question[],
  runs: readonly AskedRun[],
  scoring: Scoring,
  maximumTokens: number,
  calls: CallOptions,
): Promise<RunScore[]> {
  if (scoring === "generate") return readOutputs(model, questions, runs, maximumTokens, calls);
  if (scoring !== "chain-then-full-text")
    return scoreAnswers(model, questions, runs, { letters: scoring === "letter" }, calls);
  const chains = await writeOutputs(model, runs, { maximumTokens, chains: true }, calls);
  const texts = chains.map(({ text }) => text);
  const scores = await scoreAnswers(model, questions, runs, { letters: false, chains: texts }, calls);
  return scores.map((score, run) => ({
    ...score,
    output: texts[run]!,
    tokens: score.tokens + chains[run]!.tokens,
  }));
}
