import type { Normalisation, OptionScore } from "./option-score.ts";

/**
 * How an answer is got from a model: `full-text` by the likelihood of each answer's whole text (the paper, section 5),
 * `letter` by that of each answer's letter, `generate` by what the model writes.
 */
export const scorings = ["full-text", "letter", "generate"] as const;

export type Scoring = (typeof scorings)[number];

/** What a model made of one question; a line of a results file. */
export interface QuestionResult {
  readonly id: string;
  readonly dataset: string;
  readonly subject?: string;
  readonly model: string;
  readonly scoring: Scoring;
  /** Name of the prompt's form. */
  readonly prompt: string;
  /** SHA-256 of the prompt's text, without the answer. */
  readonly promptSha256: string;
  /** How many options there were. */
  readonly optionCount: number;
  /** 0-based place of the chosen option; null where an output names none. Of equal scores the lowest. */
  readonly choice: number | null;
  readonly gold: number;
  readonly correct: boolean;
  /** By which `choice` was made; absent of a generated answer. */
  readonly normalisation?: Normalisation;
  /** The choice by each normalisation. */
  readonly choices?: Readonly<Partial<Record<Normalisation, number>>>;
  /** In the order of the question's options. */
  readonly options?: readonly OptionScore[];
  /** What the model wrote. */
  readonly output?: string;
  /** Of all answers that were scored, or of the output; without the prompt. */
  readonly tokens: number;
}

/** What tells questions apart: ids are unique within a data set alone. */
export function questionKey({ dataset, id }: { readonly dataset: string; readonly id: string }): string {
  return JSON.stringify([dataset, id]);
}
