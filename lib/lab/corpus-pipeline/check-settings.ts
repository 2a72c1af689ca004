import { ArgumentError, DataError } from "../../core/errors.ts";
import { checkOptions } from "../../core/options.ts";
import type { OptionRule } from "../../core/options.ts";

type Rules = Readonly<Record<string, OptionRule<unknown>>>;

/**
 * Check an object of a pipeline file as options of a function are checked.
 *
 * @param place where in the file it stands: `steps[2]`
 * @throws {DataError} an unknown key, with all right ones, or a value that its rule refuses
 */
export function checkSettings<R extends Rules>(
  value: unknown,
  rules: R,
  place: string,
): ReturnType<typeof checkOptions<R>> {
  try {
    return checkOptions(value as object, rules, "settings");
  } catch (error) {
    if (!(error instanceof ArgumentError)) throw error;
    throw new DataError(`${place}: ${error.message}`, { path: place }, { cause: error });
  }
}

/** A list of one text or more. */
export function isTextList(value: unknown): boolean {
  return (
    Array.isArray(value) && value.length > 0 && value.every((text) => typeof text === "string" && text !== "")
  );
}
