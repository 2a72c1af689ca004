import { checkList } from "../arguments.ts";
import { ArgumentError } from "../errors.ts";
import { checkOptions, integerOption, seedOption, shareOption } from "../options.ts";
import { SeededRandom } from "../seeded-random.ts";
import type { Interval } from "./wilson-interval.ts";

export interface PairedBootstrapOptions {
  /** Times that the questions are drawn anew. @default 10000 */
  readonly samples?: number;
  /** @default 0.95 */
  readonly confidence?: number;
  /** @default 0 */
  readonly seed?: number | string;
}

/**
 * Interval of the difference of two models' mean scores on the same questions, second minus first.
 *
 * Questions are drawn with replacement, each with both of its scores; the interval lies between the percentiles of
 * the differences.
 *
 * @param first scores of the first model, one a question: 1 for right, 0 for wrong, or any number
 * @param second those of the second, in the same order
 * @throws {ArgumentError} lists of different length, or empty
 *
 * @example
 * pairedBootstrap([1, 0, 1, 0], [1, 1, 1, 1], { seed: 7 }).low >= 0 //=> true
 */
export function pairedBootstrap(
  first: readonly number[],
  second: readonly number[],
  options: PairedBootstrapOptions = {},
): Interval {
  checkList("first", "a list of numbers", first);
  checkList("second", "a list of numbers", second);
  const { samples, confidence, seed } = checkOptions(options, {
    samples: integerOption(10_000, { minimum: 100, maximum: 1e7 }),
    confidence: shareOption(0.95),
    seed: seedOption(0),
  });
  if (first.length === 0) throw new ArgumentError("first", "at least one score", first);
  if (second.length !== first.length) throw new ArgumentError("second", `${first.length} scores`, second);
  const differences = Float64Array.from(first, (score, index) => second[index]! - score);
  const random = new SeededRandom(seed);
  const means = Float64Array.from({ length: samples }, () => {
    let sum = 0;
    for (let draw = 0; draw < differences.length; draw++) {
      sum += differences[random.integer(0, differences.length)]!;
    }
    return sum / differences.length;
  }).sort();
  const tail = (1 - confidence) / 2;
  return { low: percentile(means, tail), high: percentile(means, 1 - tail) };
}

/** Linear between neighbours, as NumPy's default. */
function percentile(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1);
  const low = Math.floor(place);
  const next = Math.min(low + 1, sorted.length - 1);
  return sorted[low]! + (place - low) * (sorted[next]! - sorted[low]!);
}
