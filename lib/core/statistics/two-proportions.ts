import { checkRecord } from "../arguments.ts";
import { wilsonInterval } from "./wilson-interval.ts";
import { normalProbability } from "./normal-distribution.ts";

/** Right answers among questions. */
export interface Proportion {
  readonly correct: number;
  readonly count: number;
}

/**
 * Two-sided p value that two shares of different questions are equal: the pooled z test.
 *
 * For answers to the same questions use `mcnemar`, which finds smaller differences. Both all right or both all wrong
 * give 1.
 *
 * @throws {ArgumentError} counts that are no whole numbers with 0 <= correct <= count, count >= 1
 *
 * @example
 * twoProportions({ correct: 743, count: 1273 }, { correct: 773, count: 1273 }).toFixed(2) //=> "0.23"
 */
export function twoProportions(first: Proportion, second: Proportion): number {
  checkRecord("first", "a proportion", first);
  checkRecord("second", "a proportion", second);
  for (const { correct, count } of [first, second]) wilsonInterval(correct, count);
  const pooled = (first.correct + second.correct) / (first.count + second.count);
  const error = Math.sqrt(pooled * (1 - pooled) * (1 / first.count + 1 / second.count));
  if (error === 0) return 1;
  const z = Math.abs(first.correct / first.count - second.correct / second.count) / error;
  return Math.min(1, 2 * normalProbability(-z));
}
