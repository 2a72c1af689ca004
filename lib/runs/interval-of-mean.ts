/** The 97.5 % quantile of Student's t by its degrees of freedom, from 1. */
const quantiles = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131,
  2.12, 2.11, 2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042,
];

/**
 * The 95 % interval of a mean of few values that are taken for normal, by Student's t.
 *
 * One value says nothing of its spread: its interval is infinite.
 *
 * @example
 * intervalOfMean([1, 2, 3]).map((bound) => bound.toFixed(2)) //=> ["-0.48", "4.48"]
 */
export function intervalOfMean(values: readonly number[]): [number, number] {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  if (values.length < 2) return [-Infinity, Infinity];
  const freedom = values.length - 1;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / freedom;
  // Beyond the table by its first term in 1 / freedom, right to three digits.
  const quantile = quantiles[freedom - 1] ?? 1.96 + 2.45 / freedom;
  const half = quantile * Math.sqrt(variance / values.length);
  return [mean - half, mean + half];
}
