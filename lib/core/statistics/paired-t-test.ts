import { checkList } from "../arguments.ts";
import { ArgumentError } from "../errors.ts";
import { spreadOf, studentTail } from "./student-t.ts";

/**
 * Two-sided p value of paired differences whose mean is 0 under no effect, by Student's t: with few seeds the test of
 * two recipes, a difference a seed. It is below 0.05 where {@link intervalOfMean} of the differences leaves out 0.
 *
 * Differences that are all equal have no spread: p is 0, or 1 where they are 0. Of accuracies, which have steps, say
 * how large one is.
 *
 * @param step of counted values, 1 / questions: the least spread is that within a step
 * @throws {ArgumentError} fewer than two differences, or one that is no finite number
 *
 * @example
 * pairedTTest([0.3, 0.4, 0.35, 0.5, 0.45]).toFixed(5) //=> "0.00035"
 */
export function pairedTTest(differences: readonly number[], step = 0): number {
  checkList("differences", "a list of numbers", differences);
  if (differences.length < 2 || !differences.every(Number.isFinite))
    throw new ArgumentError("differences", "two finite numbers or more", differences);
  const { mean, standardError } = spreadOf(differences, step);
  if (mean === 0) return 1;
  return standardError === 0 ? 0 : studentTail(mean / standardError, differences.length - 1);
}
