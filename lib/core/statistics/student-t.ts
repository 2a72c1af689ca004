import { incompleteBeta } from "./incomplete-beta.ts";

/** Probability that Student's t is at least so far from 0, on either side. */
export function studentTail(t: number, freedom: number): number {
  return incompleteBeta(freedom / (freedom + t * t), freedom / 2, 1 / 2);
}

const quantiles = new Map<number, number>();

/** What Student's t stays within, on both sides of 0, with a probability of 95 %. */
export function studentQuantile(freedom: number): number {
  const known = quantiles.get(freedom);
  if (known !== undefined) return known;
  // Of one degree of freedom it is 12.7, the largest.
  let [low, high] = [1, 13];
  while (low < (low + high) / 2 && (low + high) / 2 < high) {
    const middle = (low + high) / 2;
    if (studentTail(middle, freedom) < 0.05) high = middle;
    else low = middle;
  }
  quantiles.set(freedom, high);
  return high;
}

/**
 * The mean of two values or more, and the standard error of it.
 *
 * @param step of values that are counted, such as 1/60 of accuracies on 60 questions: those that fall on one step may
 *   lie anywhere within it, so their standard deviation is at least that of a uniform one, step / sqrt(12)
 */
export function spreadOf(
  values: readonly number[],
  step = 0,
): {
  readonly mean: number;
  readonly standardError: number;
} {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const standardError = Math.sqrt(squares / (values.length - 1) / values.length);
  const least = step / Math.sqrt(12 * values.length);
  // Rounding alone makes a spread of this size.
  return {
    mean,
    standardError: standardError <= 1e-14 * Math.abs(mean) ? least : Math.max(standardError, least),
  };
}
