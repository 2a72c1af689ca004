import { ArgumentError } from "../core/errors.ts";

/** A number of right answers that prints as a percentage of two decimals. */
export interface PossibleCount {
  readonly correct: number;
  /** Rounded where both ways print the same. */
  readonly printed: "rounded" | "truncated";
}

/**
 * The number of right answers among `count` questions that a percentage of two decimals can stand for, or undefined.
 *
 * An accuracy is a fraction `k / count`, so few percentages are possible (the GRIM check); one that is not possible
 * was not measured on `count` questions. Up to 5,000 questions at most one number rounds to a percentage; a number
 * that rounds to it goes before one that must be truncated.
 *
 * @throws {ArgumentError} a percentage outside of [0, 100], or no whole count >= 1
 * @see Brown and Heathers 2017, "The GRIM test"
 *
 * @example
 * possibleCount(58.36, 1273) //=> { correct: 743, printed: "truncated" }
 * possibleCount(62.63, 325) //=> undefined
 */
export function possibleCount(percent: number, count: number): PossibleCount | undefined {
  if (!(percent >= 0 && percent <= 100)) throw new ArgumentError("percent", "in [0, 100]", percent);
  if (!Number.isSafeInteger(count) || count < 1)
    throw new ArgumentError("count", "a whole number >= 1", count);
  // In hundredths of a percent, a whole number: 58.36 has no exact binary form.
  const hundredths = Math.round(100 * percent);
  const near = Math.floor((hundredths * count) / 10_000);
  const candidates = [near, near + 1].filter((correct) => correct <= count);
  for (const [printed, print] of [
    ["rounded", Math.round],
    ["truncated", Math.floor],
  ] as const) {
    const correct = candidates.find((each) => print((10_000 * each) / count) === hundredths);
    if (correct !== undefined) return { correct, printed };
  }
  return undefined;
}
