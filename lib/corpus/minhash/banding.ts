import { checkRecord } from "../../core/arguments.ts";
import { ArgumentError } from "../../core/errors.ts";

/** A signature of `bands * rows` hashes, cut into bands: two documents are compared where all rows of a band agree. */
export interface Banding {
  readonly bands: number;
  readonly rows: number;
}

/**
 * Settings by name. `lee` is Lee et al. 2021 (9,000 hashes, turning at 0.74); `fast` has 256 hashes and finds
 * 99.996 % of the pairs at 0.85.
 *
 * @see Lee et al. 2021, "Deduplicating training data makes language models better", appendix A
 */
export const bandingPresets = {
  lee: { bands: 450, rows: 20 },
  fast: { bands: 32, rows: 8 },
} as const satisfies Record<string, Banding>;

/** A setting of MinHash by its name. */
export type BandingPreset = keyof typeof bandingPresets;

/**
 * Probability that two documents of a similarity become candidates: `1 - (1 - similarity^rows)^bands`, the S-curve.
 *
 * Exact to the last digits also where it is tiny, so that a hopeless setting shows how hopeless it is.
 *
 * @param similarity Jaccard similarity of their shingles, in [0, 1]
 *
 * @example
 * candidateProbability(0.85, { bands: 15, rows: 400 }) //=> about 8.8e-28
 */
export function candidateProbability(similarity: number, banding: Banding): number {
  checkRecord("banding", "a banding, such as bandingPresets.lee", banding);
  const { bands, rows } = banding;
  if (!(similarity >= 0 && similarity <= 1)) throw new ArgumentError("similarity", "in [0, 1]", similarity);
  checkBanding({ bands, rows });
  return -Math.expm1(bands * Math.log1p(-(similarity ** rows)));
}

/** Points of the S-curve, for a figure: similarities from 0 to 1 in steps of `1 / steps`. */
export function candidateCurve(
  banding: Banding,
  steps = 100,
): { readonly similarity: number; readonly probability: number }[] {
  checkRecord("banding", "a banding, such as bandingPresets.lee", banding);
  return Array.from({ length: steps + 1 }, (_, step) => {
    const similarity = step / steps;
    return { similarity, probability: candidateProbability(similarity, banding) };
  });
}

/** The least probability of finding a pair at the threshold that passes without a warning. */
const sufficientProbability = 0.99;

/**
 * What is to be said about a setting that misses pairs at the threshold; nothing where it finds 99 % of them.
 *
 * @example
 * bandingWarning({ bands: 450, rows: 20 }, 0.85) //=> undefined
 */
export function bandingWarning(banding: Banding, threshold: number): string | undefined {
  checkRecord("banding", "a banding, such as bandingPresets.lee", banding);
  const probability = candidateProbability(threshold, banding);
  if (probability >= sufficientProbability) return undefined;
  const { bands, rows } = banding;
  return (
    `${bands} bands of ${rows} rows find a pair of similarity ${threshold} with a probability of ` +
    `${probability.toPrecision(2)}; fewer rows or more bands find more (preset "lee": 450 x 20, "fast": 32 x 8)`
  );
}

const maximumHashes = 65_536;

/** @throws {ArgumentError} bands or rows are not whole numbers >= 1, or their product is above 65,536 */
export function checkBanding({ bands, rows }: Banding): void {
  for (const [name, value] of Object.entries({ bands, rows })) {
    if (!Number.isSafeInteger(value) || value < 1)
      throw new ArgumentError(name, "a whole number >= 1", value);
  }
  if (bands * rows > maximumHashes) {
    throw new ArgumentError("bands", `at most ${maximumHashes} / rows = ${maximumHashes / rows}`, bands);
  }
}
