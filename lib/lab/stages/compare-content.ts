import type { Figure } from "../../plots/figure.ts";
import type { Comparison } from "./stage.ts";

/** How numbers without an interval are compared: within 1e-9, or within 2 %. */
export type Rule = "exact" | "trained";

/** A place at which two contents were compared and differ, or a value that was compared. */
export interface ComparedNumber {
  /** Where it is: "accuracy", "figure data[0].y[3]". */
  readonly number: string;
  readonly compare: Comparison;
  /** Null where it was not there. */
  readonly before: number | string | null;
  readonly after: number | string | null;
  /** after - before, of two numbers. */
  readonly change: number | null;
  /** Whether it is outside of what the comparison allows. */
  readonly moved: boolean;
}

/** A number with the interval that it was given, if any. */
export interface Measured {
  readonly value: number;
  readonly interval?: readonly [number, number];
}

/** Whether two numbers count as the same: within 1e-9, within 2 %, or each inside the other's interval. */
export function isSame(before: Measured, after: Measured, compare: Comparison): boolean {
  const [left, right] = [before.value, after.value];
  const scale = Math.max(Math.abs(left), Math.abs(right));
  if (Object.is(left, right)) return true;
  if (compare === "interval" && before.interval !== undefined && after.interval !== undefined)
    return isInside(right, before.interval) && isInside(left, after.interval);
  const tolerance = compare === "exact" ? 1e-9 * Math.max(1, scale) : 0.02 * scale + 1e-9;
  return Math.abs(left - right) <= tolerance;
}

function isInside(value: number, [low, high]: readonly [number, number]): boolean {
  return value >= low - 1e-9 && value <= high + 1e-9;
}

/**
 * Compare two pieces of JSON number by number, and say where they differ.
 *
 * Where intervals stand beside the numbers, as error bars of a trace or as `low` and `high` of a row, numbers of
 * trained things are compared by them, and the intervals' own ends, and what a row derives from the number, are not.
 *
 * @param compare "exact" or "trained"; of numbers, all else must be equal
 */
export function compareContent(before: unknown, after: unknown, compare: Rule, place = ""): ComparedNumber[] {
  if (typeof before === "number" && typeof after === "number") {
    const same = isSame({ value: before }, { value: after }, compare);
    return same ? [] : [moved(place, compare, before, after)];
  }
  if (Array.isArray(before) && Array.isArray(after)) {
    if (before.length !== after.length)
      return [moved(`${place}.length`, "exact", before.length, after.length)];
    return before.flatMap((item, index) => compareContent(item, after[index], compare, `${place}[${index}]`));
  }
  if (isObject(before) && isObject(after)) return compareObjects(before, after, compare, place);
  return before === after ? [] : [moved(place, "exact", told(before), told(after))];
}

type Fields = Readonly<Record<string, unknown>>;

function compareObjects(before: Fields, after: Fields, compare: Rule, place: string): ComparedNumber[] {
  const found: ComparedNumber[] = [];
  const intervals = compare === "trained" ? intervalsOf(before, after) : undefined;
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const inside = place === "" ? name : `${place}.${name}`;
    if (intervals?.skip.includes(name)) continue;
    if (intervals?.of === name) found.push(...intervals.compare(inside));
    else found.push(...compareContent(before[name], after[name], compare, inside));
  }
  return found;
}

interface Intervals {
  /** The field that they are of. */
  readonly of: string;
  readonly skip: readonly string[];
  readonly compare: (place: string) => ComparedNumber[];
}

/** Error bars of a trace, or the interval of a row, where both sides have them. */
function intervalsOf(before: Fields, after: Fields): Intervals | undefined {
  for (const axis of ["x", "y"]) {
    const [left, right] = [barsOf(before, axis), barsOf(after, axis)];
    if (left === undefined || right === undefined || left.length !== right.length) continue;
    const compare = (place: string): ComparedNumber[] =>
      left.flatMap((measured, index) => compareMeasured(measured, right[index]!, `${place}[${index}]`));
    return { of: axis, skip: [`error_${axis}`, ...spokenFields], compare };
  }
  for (const name of Object.keys(before)) {
    const [left, right] = [rowInterval(before, name), rowInterval(after, name)];
    if (left === undefined || right === undefined) continue;
    const skip = ["low", "high", "lowPercent", "highPercent", "interval", ...derivedFields];
    return { of: name, skip, compare: (place) => compareMeasured(left, right, place) };
  }
  return undefined;
}

/** What a row's interval is of. */
const intervalFields: ReadonlySet<string> = new Set([
  "value",
  "accuracy",
  "accuracyPercent",
  "mean",
  "difference",
]);

/** What stands beside a number with an interval and moves with it, in a study of effects by far more than 2 %. */
const derivedFields = ["firstAccuracy", "secondAccuracy", "bySeed", "p", "correctedP"];

/** What says the same numbers in words. */
const spokenFields = ["text", "customdata", "hovertext"];

function compareMeasured(before: Measured, after: Measured, place: string): ComparedNumber[] {
  const compare = before.interval && after.interval ? "interval" : "trained";
  return isSame(before, after, compare) ? [] : [moved(place, compare, before.value, after.value)];
}

function barsOf(trace: Fields, axis: string): Measured[] | undefined {
  const [values, bars] = [trace[axis], trace[`error_${axis}`]];
  if (!Array.isArray(values) || !isObject(bars) || !Array.isArray(bars["array"])) return undefined;
  const { array, arrayminus = array } = bars as { array: unknown[]; arrayminus?: unknown[] };
  return values.map((value: unknown, index) => {
    const [above, below] = [array[index], arrayminus[index]];
    if (typeof value !== "number") return { value: NaN };
    if (typeof above !== "number" || typeof below !== "number") return { value };
    return { value, interval: [value - below, value + above] as const };
  });
}

/** Its ends stand in the row itself, or in its field `interval`. */
function rowInterval(row: Fields, name: string): Measured | undefined {
  if (!intervalFields.has(name)) return undefined;
  const { low = row["lowPercent"], high = row["highPercent"] } = isObject(row["interval"])
    ? row["interval"]
    : row;
  const value = row[name];
  if (typeof value !== "number" || typeof low !== "number" || typeof high !== "number") return undefined;
  return { value, interval: [low, high] };
}

export function moved(
  number: string,
  compare: Comparison,
  before: number | string | null,
  after: number | string | null,
): ComparedNumber {
  const change = typeof before === "number" && typeof after === "number" ? after - before : null;
  return { number, compare, before, after, change, moved: true };
}

function told(value: unknown): number | string | null {
  if (value === undefined || value === null) return null;
  if (typeof value === "number" || typeof value === "string") return value;
  return JSON.stringify(value).slice(0, 80);
}

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Compare what two figures show: their traces, titles and axes; not what they carry besides. */
export function compareFigures(before: Figure | null, after: Figure | null, rule: Rule): ComparedNumber[] {
  const { compare = rule } = (before?.layout["meta"] ?? {}) as { compare?: Rule | "none" };
  if (compare === "none") return [];
  return compareContent(shown(before), shown(after), compare, "figure");
}

function shown(figure: Figure | null): unknown {
  if (figure === null) return null;
  const { data, layout } = figure;
  const { meta: _, template: _template, ...seen } = layout;
  return { data, layout: seen };
}
