import { ArgumentError, describeValue } from "./errors.ts";
import { nearestName } from "./nearest-name.ts";
import { isRestricted } from "./restricted.ts";

/** What one option may be, and what it is when it is left out. */
export interface OptionRule<Value> {
  /** Words that follow "must be". */
  readonly expected: string;
  readonly default: Value;
  readonly accepts: (value: unknown) => boolean;
}

type Rules = Readonly<Record<string, OptionRule<unknown>>>;
type Checked<R extends Rules> = {
  readonly [Name in keyof R]: R[Name] extends OptionRule<infer V> ? V : never;
};

/**
 * Check an options object against its rules and fill in the defaults.
 *
 * An option given as `undefined` counts as left out. The result holds every option of the rules.
 *
 * @param parameter what an error calls the object itself
 * @throws {ArgumentError} an option that no rule names (all options are listed with their defaults),
 *   or a value that its rule refuses
 *
 * @example
 * checkOptions({ bands: 4 }, { bands: integerOption(32, { minimum: 1 }), rows: integerOption(8) })
 * //=> { bands: 4, rows: 8 }
 */
export function checkOptions<R extends Rules>(
  options: object | undefined,
  rules: R,
  parameter = "options",
): Checked<R> {
  if (options !== undefined && (options === null || typeof options !== "object" || Array.isArray(options))) {
    throw new ArgumentError(parameter, "an object", options);
  }
  const given = (options ?? {}) as Record<string, unknown>;
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(rules, name)) {
      // A document in the place of options is not told field by field.
      throw unknownOption(name, isRestricted(given) ? given : given[name], rules);
    }
  }
  const checked: Record<string, unknown> = {};
  for (const [name, rule] of Object.entries(rules)) {
    const value = given[name];
    if (value !== undefined && !rule.accepts(value)) throw new ArgumentError(name, rule.expected, value);
    checked[name] = value === undefined ? rule.default : value;
  }
  return checked as Checked<R>;
}

function unknownOption(name: string, received: unknown, rules: Rules): ArgumentError {
  const nearest = nearestName(name, Object.keys(rules));
  const suggestion = nearest === undefined ? "" : ` (did you mean ${nearest}?)`;
  const all = Object.entries(rules).map(([known, rule]) => `${known} (default ${defaultText(rule.default)})`);
  return new ArgumentError(
    name,
    `left out: no such option${suggestion}; options are ${all.join(", ")}`,
    received,
  );
}

function defaultText(value: unknown): string {
  if (value === undefined) return "none";
  return typeof value === "string" ? JSON.stringify(value) : describeValue(value).replace(/ \(\w+\)$/u, "");
}

/** A whole number within bounds, both included. */
export function integerOption<Fallback extends number | undefined>(
  fallback: Fallback,
  bounds: { readonly minimum?: number; readonly maximum?: number } = {},
): OptionRule<number | Fallback> {
  const { minimum = Number.MIN_SAFE_INTEGER, maximum = Number.MAX_SAFE_INTEGER } = bounds;
  return {
    expected: `a whole number${rangeText(bounds)}`,
    default: fallback,
    accepts: (value) =>
      Number.isSafeInteger(value) && (value as number) >= minimum && (value as number) <= maximum,
  };
}

function rangeText({ minimum, maximum }: { readonly minimum?: number; readonly maximum?: number }): string {
  if (minimum !== undefined && maximum !== undefined) return ` from ${minimum} to ${maximum}`;
  if (minimum !== undefined) return ` >= ${minimum}`;
  return maximum === undefined ? "" : ` <= ${maximum}`;
}

/** A share above 0 and at most 1. */
export function shareOption(fallback: number): OptionRule<number> {
  return {
    expected: "in (0, 1]",
    default: fallback,
    accepts: (value) => typeof value === "number" && value > 0 && value <= 1,
  };
}

/** One of a few words. */
export function choiceOption<Choice extends string, Fallback extends Choice | undefined = Choice>(
  fallback: Fallback,
  choices: readonly Choice[],
): OptionRule<Choice | Fallback> {
  return {
    expected: `one of ${choices.map((choice) => JSON.stringify(choice)).join(", ")}`,
    default: fallback,
    accepts: (value) => choices.includes(value as Choice),
  };
}

/** A text of at least one character; left out, it is the fallback. */
export function textOption<Fallback extends string | undefined>(
  fallback: Fallback,
): OptionRule<string | Fallback> {
  return {
    expected: "a text that is not empty",
    default: fallback,
    accepts: (value) => typeof value === "string" && value !== "",
  };
}

export function booleanOption<Fallback extends boolean | undefined>(
  fallback: Fallback,
): OptionRule<boolean | Fallback> {
  return { expected: "true or false", default: fallback, accepts: (value) => typeof value === "boolean" };
}

/** A seed of {@link SeededRandom}: a text or a whole number. */
export function seedOption(fallback: number | string): OptionRule<number | string> {
  return {
    expected: "a text or a whole number",
    default: fallback,
    accepts: (value) => typeof value === "string" || Number.isSafeInteger(value),
  };
}

/** A function, an AbortSignal or another object that the type system has seen already; optional. */
export function objectOption<Value extends object>(
  expected: string,
  accepts: (value: unknown) => boolean,
): OptionRule<Value | undefined> {
  return { expected, default: undefined, accepts };
}

/** A function to call back; optional. */
export function callbackOption<Callback extends (...parameters: never[]) => unknown>(): OptionRule<
  Callback | undefined
> {
  return objectOption<Callback>("a function", (value) => typeof value === "function");
}
