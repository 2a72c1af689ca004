import type { Likelihood } from "../models/language-model.ts";

/**
 * What the log-likelihood of an answer is divided by, or compared with, so that long answers are not worse for being
 * long: nothing, its tokens, its Unicode characters, its bytes in UTF-8, or (`pmi`) its log-likelihood without the
 * question. The paper does not say which it used.
 */
export const normalisations = ["sum", "token", "character", "byte", "pmi"] as const;

/** What an option's log-likelihood is divided by, or compared with, before options are compared. */
export type Normalisation = (typeof normalisations)[number];

/** One option's score by every normalisation; natural logarithms. `pmi` is absent where nothing is known without the question. */
export type OptionScores = Readonly<Record<Exclude<Normalisation, "pmi">, number>> & {
  readonly pmi?: number;
};

/** An option as it was scored. */
export interface OptionScore {
  /** What followed the prompt and one space. */
  readonly answer: string;
  readonly tokens: number;
  /** Whether the model would have written it by itself. */
  readonly isGreedy: boolean;
  readonly logLikelihood: OptionScores;
}

/**
 * Scores of one answer. Characters and bytes are the answer's own, without the space before it.
 *
 * @param unconditional its likelihood without the question
 *
 * @example
 * scoreOption("né", { tokens: [7, 8], logProbabilities: [-1, -3], sum: -4, isGreedy: false }).logLikelihood
 * //=> { sum: -4, token: -2, character: -2, byte: -4 / 3 }
 */
export function scoreOption(answer: string, likelihood: Likelihood, unconditional?: Likelihood): OptionScore {
  const { sum, tokens, isGreedy } = likelihood;
  return {
    answer,
    tokens: tokens.length,
    isGreedy,
    logLikelihood: {
      sum,
      token: sum / tokens.length,
      character: sum / [...answer].length,
      byte: sum / Buffer.byteLength(answer),
      ...(unconditional !== undefined && { pmi: sum - unconditional.sum }),
    },
  };
}

/**
 * The place of the greatest score; of several the lowest.
 *
 * @example
 * greatestIndex([-3, -1, -1]) //=> 1
 */
export function greatestIndex(scores: readonly number[]): number {
  return scores.reduce((best, score, index) => (score > scores[best]! ? index : best), 0);
}

/**
 * The chosen option by each normalisation that every option has.
 *
 * @example
 * chooseOptions([
 *   { logLikelihood: { sum: -4, token: -4, character: -2, byte: -2 } },
 *   { logLikelihood: { sum: -6, token: -3, character: -1, byte: -1 } },
 * ]) //=> { sum: 0, token: 1, character: 1, byte: 1 }
 */
export function chooseOptions(
  options: readonly Pick<OptionScore, "logLikelihood">[],
): Partial<Record<Normalisation, number>> {
  const known = normalisations.filter((name) => options.every((option) => name in option.logLikelihood));
  return Object.fromEntries(
    known.map((name) => [name, greatestIndex(options.map((option) => option.logLikelihood[name]!))]),
  );
}
