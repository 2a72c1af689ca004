import { ArgumentError } from "../errors.ts";
import { exactInterval } from "./exact-interval.ts";
import { mcnemar } from "./mcnemar.ts";
import type { Interval } from "./wilson-interval.ts";

/**
 * The 95 % interval of the difference of two models' accuracies on the same questions, second minus first, that goes
 * with {@link mcnemar}: it leaves out 0 where the exact p is below 0.05.
 *
 * The difference is the share of questions that one alone answers right, times how unevenly these fall. Both have
 * their exact intervals (Clopper and Pearson), and it lies between the products of their ends.
 *
 * @param onlyFirst questions that the first alone answers right
 * @param onlySecond those that the second alone answers right
 * @param count of all questions
 *
 * @example
 * mcnemarInterval(2, 10, 60).low.toFixed(3) //=> "0.003"
 */
export function mcnemarInterval(onlyFirst: number, onlySecond: number, count: number): Interval {
  mcnemar(onlyFirst, onlySecond);
  const discordant = onlyFirst + onlySecond;
  if (!Number.isSafeInteger(count) || count < Math.max(1, discordant))
    throw new ArgumentError("count", `a whole number >= ${Math.max(1, discordant)}`, count);
  const share = exactInterval(discordant, count);
  const second = discordant === 0 ? { low: 0, high: 1 } : exactInterval(onlySecond, discordant);
  const [least, most] = [2 * second.low - 1, 2 * second.high - 1];
  return {
    low: least * (least < 0 ? share.high : share.low),
    high: most * (most < 0 ? share.low : share.high),
  };
}
