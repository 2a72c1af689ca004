import { checkList } from "../arguments.ts";
import { ArgumentError } from "../errors.ts";

/**
 * Holm's correction of several p values, in their order: below 0.05 still means a 5 % risk for all of them together.
 *
 * @throws {ArgumentError} a value outside of [0, 1]
 * @see Holm 1979, "A simple sequentially rejective multiple test procedure"
 *
 * @example
 * holm([0.01, 0.04, 0.03]) //=> [0.03, 0.06, 0.06]
 */
export function holm(pValues: readonly number[]): number[] {
  checkList("pValues", "a list of p-values", pValues);
  for (const [index, value] of pValues.entries()) {
    if (!(value >= 0 && value <= 1)) throw new ArgumentError(`pValues[${index}]`, "in [0, 1]", value);
  }
  const order = pValues.map((_, index) => index).sort((one, other) => pValues[one]! - pValues[other]!);
  const corrected = Array<number>(pValues.length).fill(0);
  let highest = 0;
  for (const [rank, index] of order.entries()) {
    highest = Math.max(highest, Math.min(1, (pValues.length - rank) * pValues[index]!));
    corrected[index] = highest;
  }
  return corrected;
}
