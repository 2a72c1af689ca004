import { incompleteBeta } from "./incomplete-beta.ts";
import type { Interval } from "./wilson-interval.ts";

/**
 * The exact 95 % interval of a share, by Clopper and Pearson: wider than Wilson's, and never too narrow.
 *
 * @see Clopper and Pearson 1934, "The use of confidence or fiducial limits illustrated in the case of the binomial"
 */
export function exactInterval(held: number, count: number): Interval {
  return {
    low: held === 0 ? 0 : betaQuantile(0.025, held, count - held + 1),
    high: held === count ? 1 : betaQuantile(0.975, held + 1, count - held),
  };
}

function betaQuantile(probability: number, a: number, b: number): number {
  let [low, high] = [0, 1];
  while (low < (low + high) / 2 && (low + high) / 2 < high) {
    const middle = (low + high) / 2;
    if (incompleteBeta(middle, a, b) < probability) low = middle;
    else high = middle;
  }
  return high;
}
