import type { Combination } from "./combine-runs.ts";
import type { Normalisation, OptionScore } from "./option-score.ts";

/**
 * How an answer is got from a model: `full-text` by the likelihood of each answer's whole text (the paper, section 5),
 * `letter` by that of each answer's letter, `chain-then-full-text` by that of each answer's whole text after reasoning
 * that the model writes (the paper's evaluation of MedPrompt), `generate` by what the model writes.
 */
export const scorings = ["full-text", "letter", "chain-then-full-text", "generate"] as const;

/** What decides which option a model has chosen; docs/evaluate.md compares them. */
export type Scoring = (typeof scorings)[number];

/** What a model made of one question; a line of a results file. */
export interface QuestionResult {
  readonly id: string;
  readonly dataset: string;
  readonly subject?: string;
  readonly model: string;
  /** Fixes the model's outputs, see `LanguageModel`. */
  readonly modelFingerprint: string;
  readonly scoring: Scoring;
  readonly strategy: string;
  /** Equal for strategies that give equal prompts. */
  readonly strategyFingerprint: string;
  /** What the prompt looks like: accuracies under different formats are not comparable. */
  readonly format: string;
  /** SHA-256 of the prompt's text, without chain and answer; of several runs' texts with a zero byte between. */
  readonly promptSha256: string;
  /** How many options there were. */
  readonly optionCount: number;
  /** 0-based place of the chosen option; null where outputs name none. Of equal scores the lowest. */
  readonly choice: number | null;
  readonly gold: number;
  readonly correct: boolean;
  /** By which `choice` was made; absent of a generated answer. */
  readonly normalisation?: Normalisation;
  /** The choice by each normalisation. */
  readonly choices?: Readonly<Partial<Record<Normalisation, number>>>;
  /** How several runs were joined; absent of one. */
  readonly combination?: Combination;
  /** In the order of the question's options; of several runs the mean log-likelihoods and the sum of the tokens. */
  readonly options?: readonly OptionScore[];
  /** What the model wrote in each run. */
  readonly outputs?: readonly string[];
  /** Of all answers that were scored and of all outputs; without the prompts. */
  readonly tokens: number;
  /** Of the question, its prompt or the model; absent where all of them are public. */
  readonly sensitivity?: "restricted";
}

/** What tells questions apart: ids are unique within a data set alone. */
export function questionKey({ dataset, id }: { readonly dataset: string; readonly id: string }): string {
  return JSON.stringify([dataset, id]);
}
