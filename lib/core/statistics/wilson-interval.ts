import { ArgumentError } from "../errors.ts";
import { normalQuantile } from "./normal-distribution.ts";

/** Bounds between which a number lies with the confidence asked for. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/**
 * Wilson's score interval of a share: what the true accuracy may be when `correct` of `count` were right.
 *
 * @param confidence in (0, 1)
 * @throws {ArgumentError} counts that are no whole numbers with 0 <= correct <= count, count >= 1
 * @see Wilson 1927, "Probable inference, the law of succession, and statistical inference"
 *
 * @example
 * wilsonInterval(743, 1273).low.toFixed(3) //=> "0.556"
 */
export function wilsonInterval(correct: number, count: number, confidence = 0.95): Interval {
  if (!Number.isSafeInteger(count) || count < 1)
    throw new ArgumentError("count", "a whole number >= 1", count);
  if (!Number.isSafeInteger(correct) || correct < 0 || correct > count) {
    throw new ArgumentError("correct", `a whole number from 0 to ${count}`, correct);
  }
  if (!(confidence > 0 && confidence < 1)) throw new ArgumentError("confidence", "in (0, 1)", confidence);
  const z = normalQuantile((1 + confidence) / 2);
  const share = correct / count;
  const scale = 1 + (z * z) / count;
  const middle = (share + (z * z) / (2 * count)) / scale;
  const half = (z / scale) * Math.sqrt((share * (1 - share)) / count + (z * z) / (4 * count * count));
  return {
    low: correct === 0 ? 0 : middle - half,
    high: correct === count ? 1 : middle + half,
  };
}
