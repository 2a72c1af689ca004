import { ArgumentError } from "../errors.ts";
import { checkOptions, shareOption } from "../options.ts";
import { normalQuantile } from "./normal-distribution.ts";

export interface SmallestDifferenceOptions {
  /** Share of the questions on which the two models differ in being right. */
  readonly discordance: number;
  /** Probability of finding the difference. @default 0.8 */
  readonly power?: number;
  /** Two-sided. @default 0.05 */
  readonly significance?: number;
}

/**
 * The smallest difference of two accuracies on the same `count` questions that McNemar's test is likely to find.
 *
 * @throws {ArgumentError} no count, or a share outside of (0, 1]
 * @see Connor 1987, "Sample size for testing differences in proportions for the paired-sample design"
 *
 * @example
 * // On MedQA, 3.5 points:
 * smallestDifference(1273, { discordance: 0.2 }).toFixed(3) //=> "0.035"
 */
export function smallestDifference(count: number, options: SmallestDifferenceOptions): number {
  if (!Number.isSafeInteger(count) || count < 1)
    throw new ArgumentError("count", "a whole number >= 1", count);
  const { discordance, power, significance } = checkOptions(options, {
    discordance: shareOption(0.2),
    power: shareOption(0.8),
    significance: shareOption(0.05),
  });
  const atRisk = normalQuantile(1 - significance / 2);
  const wanted = normalQuantile(power);
  // sqrt(n) d = z_risk sqrt(D) + z_power sqrt(D - d^2), solved for d.
  const scale = Math.sqrt(count);
  let [low, high] = [0, discordance];
  for (let round = 0; round < 100; round++) {
    const middle = (low + high) / 2;
    const needed =
      atRisk * Math.sqrt(discordance) + wanted * Math.sqrt(Math.max(0, discordance - middle ** 2));
    if (scale * middle < needed) low = middle;
    else high = middle;
  }
  return high;
}
