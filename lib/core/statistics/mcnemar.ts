import { ArgumentError } from "../errors.ts";

/**
 * Exact McNemar test: the two-sided p value of two models' answers to the same questions.
 *
 * Only questions that one of them alone answers right say anything. Under no difference each is a fair coin; p is the
 * probability of a split at least as uneven. Without such questions p is 1.
 *
 * @param onlyFirst questions that the first alone answers right
 * @param onlySecond those that the second alone answers right
 *
 * @example
 * mcnemar(10, 2).toFixed(4) //=> "0.0386"
 */
export function mcnemar(onlyFirst: number, onlySecond: number): number {
  for (const [name, value] of Object.entries({ onlyFirst, onlySecond })) {
    if (!Number.isSafeInteger(value) || value < 0)
      throw new ArgumentError(name, "a whole number >= 0", value);
  }
  const count = onlyFirst + onlySecond;
  const fewer = Math.min(onlyFirst, onlySecond);
  // Terms of the binomial distribution from the largest of the tail down, in logarithms: 2^-count is tiny.
  let logTerm = -count * Math.LN2;
  for (let index = 1; index <= fewer; index++) logTerm += Math.log((count - index + 1) / index);
  let term = 1;
  let tail = 1;
  for (let index = fewer; index >= 1; index--) {
    term *= index / (count - index + 1);
    tail += term;
  }
  return Math.min(1, 2 * tail * Math.exp(logTerm));
}
