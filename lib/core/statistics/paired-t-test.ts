import { checkList } from "../arguments.ts";
import { ArgumentError } from "../errors.ts";

/**
 * Two-sided p value of paired differences whose mean is 0 under no effect, by Student's t: with few seeds the test of
 * two recipes, a difference a seed.
 *
 * Differences that are all equal have no spread: p is 0, or 1 where they are 0.
 *
 * @throws {ArgumentError} fewer than two differences, or one that is no finite number
 *
 * @example
 * pairedTTest([0.3, 0.4, 0.35, 0.5, 0.45]).toFixed(5) //=> "0.00035"
 */
export function pairedTTest(differences: readonly number[]): number {
  checkList("differences", "a list of numbers", differences);
  if (differences.length < 2 || !differences.every(Number.isFinite))
    throw new ArgumentError("differences", "two finite numbers or more", differences);
  const freedom = differences.length - 1;
  const mean = differences.reduce((sum, value) => sum + value, 0) / differences.length;
  const squares = differences.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  if (mean === 0) return 1;
  // Rounding alone makes a spread of this size.
  if (Math.sqrt(squares / freedom) <= 1e-14 * Math.abs(mean)) return 0;
  const squaredT = (mean ** 2 * differences.length * freedom) / squares;
  return incompleteBeta(freedom / (freedom + squaredT), freedom / 2, 1 / 2);
}

/** Regularised, by its continued fraction (Abramowitz and Stegun 26.5.8) where that converges fast. */
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const front = Math.exp(a * Math.log(x) + b * Math.log1p(-x) + logGamma(a + b) - logGamma(a) - logGamma(b));
  let fraction = 1;
  for (let level = 300; level >= 1; level--) {
    const half = Math.floor(level / 2);
    const term =
      level % 2 === 0
        ? (half * (b - half) * x) / ((a + level - 1) * (a + level))
        : (-(a + half) * (a + b + half) * x) / ((a + level - 1) * (a + level));
    fraction = 1 + term / fraction;
  }
  return front / (a * fraction);
}

/** By Stirling's series, of an argument that is large enough for 15 digits. */
function logGamma(value: number): number {
  let shift = 0;
  let x = value;
  for (; x < 12; x++) shift += Math.log(x);
  const series = 1 / (12 * x) - 1 / (360 * x ** 3) + 1 / (1260 * x ** 5) - 1 / (1680 * x ** 7);
  return (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + series - shift;
}
