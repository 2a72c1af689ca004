/**
 * Probability that a standard normal variable is at most `z`, to about 15 digits, in the tails too.
 *
 * A power series near the middle, a continued fraction further out (Abramowitz and Stegun 26.2.11 and 26.2.14).
 *
 * @example
 * normalProbability(0) //=> 0.5
 */
export function normalProbability(z: number): number {
  if (Number.isNaN(z)) return Number.NaN;
  if (z > 0) return 1 - normalProbability(-z);
  if (z === -Infinity) return 0;
  const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
  if (z > -3) {
    let term = z;
    let sum = z;
    for (let odd = 3; sum + term !== sum; odd += 2) {
      term *= (z * z) / odd;
      sum += term;
    }
    return 0.5 + density * sum;
  }
  let fraction = -z;
  for (let level = 200; level >= 1; level--) fraction = -z + level / fraction;
  return density / fraction;
}

/**
 * The value that a standard normal variable stays below with a probability, in (0, 1).
 *
 * @example
 * normalQuantile(0.975).toFixed(6) //=> "1.959964"
 */
export function normalQuantile(probability: number): number {
  if (probability > 0.5) return -normalQuantile(1 - probability);
  let [low, high] = [-40, 0];
  while (low < (low + high) / 2 && (low + high) / 2 < high) {
    const middle = (low + high) / 2;
    if (normalProbability(middle) < probability) low = middle;
    else high = middle;
  }
  return high;
}
