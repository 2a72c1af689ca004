import { ArgumentError } from "../../core/errors.ts";
import { callbackOption, checkOptions, choiceOption, integerOption } from "../../core/options.ts";
import type { FilterRule } from "./filter-rule.ts";

export type LengthUnit = "bytes" | "words" | "tokens";

export interface LengthRuleOptions {
  /** UTF-8 bytes, runs without white space, or tokens. @default "words" */
  readonly unit?: LengthUnit;
  /** Shorter documents are dropped. @default 0 */
  readonly minimum?: number;
  /** Longer documents are dropped. @default none */
  readonly maximum?: number;
  /** Number of tokens in a text; needed for "tokens". */
  readonly countTokens?: (text: string) => number;
}

/**
 * Drop documents that are too short or too long; both bounds are let pass.
 *
 * @throws {ArgumentError} tokens without `countTokens`, a maximum below the minimum, or a wrong option
 *
 * @example
 * lengthRule({ unit: "bytes", minimum: 500 }).reasons //=> ["too-few-bytes", "too-many-bytes"]
 */
export function lengthRule(options: LengthRuleOptions): FilterRule {
  const { unit, minimum, maximum, countTokens } = checkOptions(options, {
    unit: choiceOption<LengthUnit>("words", ["bytes", "words", "tokens"]),
    minimum: integerOption(0, { minimum: 0 }),
    maximum: integerOption(Number.MAX_SAFE_INTEGER, { minimum: 0 }),
    countTokens: callbackOption<(text: string) => number>(),
  });
  if (maximum < minimum) throw new ArgumentError("maximum", `at least the minimum ${minimum}`, maximum);
  if ((countTokens === undefined) === (unit === "tokens")) {
    const expected =
      unit === "tokens" ? 'a function for the unit "tokens"' : `left out for the unit "${unit}"`;
    throw new ArgumentError("countTokens", expected, countTokens);
  }
  const tooFew = `too-few-${unit}`;
  const tooMany = `too-many-${unit}`;
  return {
    name: `length in ${unit}`,
    reasons: [tooFew, tooMany],
    judge({ text }, units) {
      const length =
        unit === "bytes" ? Buffer.byteLength(text) : unit === "words" ? units.wordCount : countTokens!(text);
      if (!(length >= minimum)) return { drop: tooFew };
      return length > maximum ? { drop: tooMany } : undefined;
    },
  };
}
