import { majorityVote } from "../prompts/majority-vote.ts";
import { chooseOptions, normalisations, type Normalisation, type OptionScore } from "./option-score.ts";
import type { RunScore } from "./score-runs.ts";

/**
 * How the runs of an ensemble become one answer: the option that most runs choose, as `majorityVote` counts, or the one
 * of the greatest mean log-likelihood. The paper does not say which it used.
 */
export const combinations = ["vote", "mean-likelihood"] as const;

/** How the runs of an ensemble become one answer. */
export type Combination = (typeof combinations)[number];

/** One run's score as it is; several joined. */
export function combineRuns(
  runs: readonly RunScore[],
  combination: Combination,
  optionCount: number,
): RunScore {
  if (runs.length === 1) return runs[0]!;
  const tokens = runs.reduce((sum, run) => sum + run.tokens, 0);
  const scored = runs.flatMap(({ options }) => (options === undefined ? [] : [options]));
  const options = scored.length === runs.length ? meanScores(scored) : undefined;
  const choices =
    combination === "mean-likelihood" && options !== undefined
      ? chooseOptions(options)
      : voted(runs, optionCount);
  return { choices, ...(options !== undefined && { options }), tokens };
}

function voted(runs: readonly RunScore[], optionCount: number): RunScore["choices"] {
  const kinds = Object.keys(runs[0]!.choices) as (Normalisation | "output")[];
  return Object.fromEntries(
    kinds.map((kind) => {
      const votes = runs.map(({ choices }) => choices[kind] ?? null);
      return [kind, majorityVote(votes, optionCount).choice];
    }),
  );
}

/** Of each option, over the runs. */
function meanScores(runs: readonly (readonly OptionScore[])[]): OptionScore[] {
  return runs[0]!.map((option, place) => {
    const scores = runs.map((options) => options[place]!);
    const known = normalisations.filter((name) => name in option.logLikelihood);
    const mean = (name: Normalisation): number =>
      scores.reduce((sum, { logLikelihood }) => sum + logLikelihood[name]!, 0) / runs.length;
    return {
      ...option,
      isGreedy: scores.every(({ isGreedy }) => isGreedy),
      tokens: scores.reduce((sum, { tokens }) => sum + tokens, 0),
      logLikelihood: Object.fromEntries(
        known.map((name) => [name, mean(name)]),
      ) as unknown as OptionScore["logLikelihood"],
    };
  });
}
