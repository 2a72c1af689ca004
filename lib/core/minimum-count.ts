import { ArgumentError } from "./errors.ts";
import { leastMinimumCount } from "./restricted.ts";

/** The smallest count that is shown: 11, or more where ROUNDS_MINIMUM_COUNT or the caller says so. */
export function minimumCount(given = 0): number {
  const setting = Number(process.env["ROUNDS_MINIMUM_COUNT"] ?? leastMinimumCount);
  for (const [name, value] of Object.entries({
    ROUNDS_MINIMUM_COUNT: setting,
    minimumCount: given || leastMinimumCount,
  })) {
    if (!Number.isSafeInteger(value) || value < leastMinimumCount)
      throw new ArgumentError(name, `a whole number >= ${leastMinimumCount}; it can only be raised`, value);
  }
  return Math.max(setting, given);
}

/** Whether a part of a whole may be shown: neither it nor what it leaves is a count of few. */
export function mayShowPart(part: number, whole: number): boolean {
  return [part, whole - part].every((count) => count === 0 || count >= minimumCount());
}
