import { ArgumentError } from "../core/errors.ts";

/** How an ensemble decided. */
export interface VoteResult {
  /** 0-based place of the chosen option in the question; null where every run abstained. */
  readonly choice: number | null;
  /** Votes for each option, in the question's order. */
  readonly counts: readonly number[];
  /** Runs that named no option. */
  readonly abstentions: number;
  /** Options that share the most votes, when there are several, in the order in which they were first voted for. */
  readonly tied: readonly number[];
}

/**
 * The option with the most votes; of several with as many, the one voted for first.
 *
 * @param votes of each run, in the order of runs: the option's place in the question, whatever place it was shown at, or
 *   null for a run that named none, which counts for no option
 * @param optionCount 2 to 10
 *
 * @see promptbase, `analyze.py`: the same rule. Its `eval.py` gives the last distinct answer instead, B of A, A, B.
 *
 * @example
 * majorityVote([1, 0, null, 0, 1], 4)
 * //=> { choice: 1, counts: [2, 2, 0, 0], abstentions: 1, tied: [1, 0] }
 */
export function majorityVote(votes: readonly (number | null)[], optionCount: number): VoteResult {
  if (!Number.isSafeInteger(optionCount) || optionCount < 2 || optionCount > 10)
    throw new ArgumentError("optionCount", "a whole number from 2 to 10", optionCount);
  if (!Array.isArray(votes)) throw new ArgumentError("votes", "a list of places and nulls", votes);
  const counts = Array<number>(optionCount).fill(0);
  const inOrder = new Set<number>();
  for (const [run, vote] of votes.entries()) {
    if (vote === null) continue;
    if (!Number.isSafeInteger(vote) || vote < 0 || vote >= optionCount)
      throw new ArgumentError(`votes[${run}]`, `null or a place among ${optionCount} options`, vote);
    counts[vote]!++;
    inOrder.add(vote);
  }
  const most = Math.max(...counts);
  const leaders = [...inOrder].filter((option) => counts[option] === most);
  return {
    choice: leaders[0] ?? null,
    counts,
    abstentions: votes.filter((vote) => vote === null).length,
    tied: leaders.length > 1 ? leaders : [],
  };
}
