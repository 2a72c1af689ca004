import { spreadOf, studentQuantile } from "./student-t.ts";
import type { Interval } from "./wilson-interval.ts";

/**
 * The 95 % interval of a mean of few values that are taken for normal, by Student's t.
 *
 * One value says nothing of its spread: its interval is infinite.
 *
 * @param step of counted values, 1 / questions of accuracies: the least spread is that within a step
 *
 * @example
 * intervalOfMean([1, 2, 3]).high.toFixed(2) //=> "4.48"
 */
export function intervalOfMean(values: readonly number[], step = 0): Interval {
  if (values.length < 2) return { low: -Infinity, high: Infinity };
  const { mean, standardError } = spreadOf(values, step);
  const half = studentQuantile(values.length - 1) * standardError;
  return { low: mean - half, high: mean + half };
}
