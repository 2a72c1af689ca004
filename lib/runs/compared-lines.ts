import { ArgumentError } from "../core/errors.ts";
import { intervalOfMean } from "../core/statistics/interval-of-mean.ts";
import type { Interval } from "../core/statistics/wilson-interval.ts";
import type { ComparedCurve, CurvePoint } from "../plots/run-comparison-figure.ts";
import type { MetricPoint } from "./run-series.ts";
import { smooth } from "./smooth.ts";

/** What runs are compared over: optimizer steps, tokens seen, or hours. */
export type RunAxis = "step" | "tokens" | "time";
/** What is drawn around the mean of seeds; `none` draws each run by itself. */
export type Spread = "range" | "interval" | "none";

/** One metric of one run, ready to be drawn. */
export interface MeasuredSeries {
  readonly name: string;
  readonly points: readonly MetricPoint[];
  /** First steps of later starts. */
  readonly restarts: readonly number[];
}

/** A run, or several seeds of one, as one line of the figure and one row of the table. */
export interface ComparedLine {
  readonly curve: ComparedCurve;
  readonly runs: number;
  /** Of the last point; with smoothing that of the smoothed line. */
  readonly last: number;
  readonly lastLow: number | null;
  readonly lastHigh: number | null;
  readonly lowest: number;
  readonly lowestStep: number;
  readonly lastPoint: MetricPoint;
  readonly notFinite: number;
  readonly restarts: number;
  readonly gaps: number;
}

export interface LineOptions {
  readonly x: RunAxis;
  readonly smoothing: number;
  readonly spread: Spread;
}

/** More steps between two rows than this many times the usual is a gap. */
const gapFactor = 3;

export function runLine(series: MeasuredSeries, { x, smoothing }: LineOptions): ComparedLine {
  const { name, points, restarts } = series;
  const smoothed = smooth(points, smoothing);
  const placed = points.map((point, index): CurvePoint => ({ x: placeOf(point, x), y: smoothed[index]! }));
  const raw = points.map((point): CurvePoint => ({ x: placeOf(point, x), y: point.value }));
  const marks = marksOf(points, placed, restarts);
  const curve = { name, points: placed, ...(smoothing > 0 && { raw: [raw] }), ...marks };
  return {
    curve,
    runs: 1,
    lastLow: null,
    lastHigh: null,
    ...summaryOf(points, smoothed),
    ...countsOf(marks),
  };
}

/**
 * The mean of several seeds at the steps that all of them have, with their spread.
 *
 * @throws {ArgumentError} they have no step in common
 */
export function seedsLine(
  name: string,
  seeds: readonly MeasuredSeries[],
  options: LineOptions,
): ComparedLine {
  const { x, spread, smoothing } = options;
  const own = seeds.map((seed) => {
    const smoothed = smooth(seed.points, smoothing);
    return new Map(seed.points.map((point, index) => [point.step, { point, value: smoothed[index]! }]));
  });
  const steps = [...own[0]!.keys()].filter((step) => own.every((each) => each.has(step)));
  if (steps.length === 0) {
    const names = seeds.map((seed) => seed.name).join(", ");
    throw new ArgumentError("runs", `seeds of one group with steps in common (${names} have none)`, name);
  }
  const points: MetricPoint[] = [];
  const [low, high]: [CurvePoint[], CurvePoint[]] = [[], []];
  const bounds = spread === "interval" ? intervalOfMean : rangeOf;
  for (const step of steps) {
    const held = own.map((each) => each.get(step)!);
    const values = held.map(({ value }) => value);
    const point = {
      step,
      tokens: meanOf(held.map((each) => each.point.tokens)),
      seconds: meanOf(held.map((each) => each.point.seconds)),
      value: meanOf(values),
    };
    points.push(point);
    const range = bounds(values);
    low.push({ x: placeOf(point, x), y: range.low });
    high.push({ x: placeOf(point, x), y: range.high });
  }
  const means = points.map(({ value }) => value);
  const placed = points.map((point): CurvePoint => ({ x: placeOf(point, x), y: point.value }));
  const each = seeds.map((seed) => runLine(seed, { x, smoothing, spread }));
  const marks = {
    restarts: each.flatMap(({ curve }) => curve.restarts ?? []),
    notFinite: each.flatMap(({ curve }) => curve.notFinite ?? []),
    gaps: marksOf(points, placed, []).gaps,
  };
  const spreadName = spread === "interval" ? "95 % interval of the mean" : "lowest to highest";
  const curve = {
    name: `${name}: mean of ${seeds.length} seeds`,
    points: placed,
    raw: seeds.map((seed) => seed.points.map((point) => ({ x: placeOf(point, x), y: point.value }))),
    band: { name: `${name}: ${spreadName}`, low, high },
    ...marks,
  };
  const ends = { lastLow: low.at(-1)!.y, lastHigh: high.at(-1)!.y };
  return { curve, runs: seeds.length, ...ends, ...summaryOf(points, means), ...countsOf(marks) };
}

function placeOf(point: MetricPoint, x: RunAxis): number {
  if (x === "time") return point.seconds / 3600;
  return x === "step" ? point.step : point.tokens;
}

interface Marks {
  readonly restarts: readonly CurvePoint[];
  readonly notFinite: readonly CurvePoint[];
  readonly gaps: readonly (readonly [CurvePoint, CurvePoint])[];
}

function marksOf(
  points: readonly MetricPoint[],
  placed: readonly CurvePoint[],
  restarts: readonly number[],
): Marks {
  const usual = usualInterval(points);
  const notFinite: CurvePoint[] = [];
  const gaps: [CurvePoint, CurvePoint][] = [];
  let height = placed.find(({ y }) => Number.isFinite(y))?.y ?? 0;
  for (const [index, { x, y }] of placed.entries()) {
    const before = index > 0 && points[index]!.step - points[index - 1]!.step > gapFactor * usual;
    if (before)
      gaps.push([
        { x: placed[index - 1]!.x, y: height },
        { x, y: Number.isFinite(y) ? y : height },
      ]);
    if (Number.isFinite(y)) height = y;
    else notFinite.push({ x, y: height });
  }
  const starts = restarts.flatMap((step) => placed[points.findIndex((point) => point.step >= step)] ?? []);
  return { restarts: starts, notFinite, gaps };
}

/** Steps between two rows, most often: the median. */
function usualInterval(points: readonly MetricPoint[]): number {
  const intervals = points.slice(1).map(({ step }, index) => step - points[index]!.step);
  return intervals.toSorted((left, right) => left - right)[intervals.length >> 1] ?? Infinity;
}

function countsOf({ restarts, notFinite, gaps }: Marks) {
  return { restarts: restarts.length, notFinite: notFinite.length, gaps: gaps.length };
}

function summaryOf(points: readonly MetricPoint[], values: readonly number[]) {
  let best = -1;
  for (const [index, value] of values.entries())
    if (Number.isFinite(value) && (best < 0 || value < values[best]!)) best = index;
  return {
    last: values.at(-1)!,
    lowest: values[best] ?? NaN,
    lowestStep: points[best]?.step ?? NaN,
    lastPoint: points.at(-1)!,
  };
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function rangeOf(values: readonly number[]): Interval {
  if (!values.every(Number.isFinite)) return { low: NaN, high: NaN };
  return { low: Math.min(...values), high: Math.max(...values) };
}
