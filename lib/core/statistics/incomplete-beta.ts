/**
 * The regularised incomplete beta function: probability that a variable of the beta distribution is at most `x`.
 *
 * By its continued fraction (Abramowitz and Stegun 26.5.8) where that converges fast: to 11 digits or more for `a` and
 * `b` up to 10,000, beyond which its terms do not suffice.
 *
 * @param x in [0, 1]
 * @param a above 0
 * @param b above 0
 */
export function incompleteBeta(x: number, a: number, b: number): number {
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
