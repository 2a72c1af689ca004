import type { Figure, Trace } from "../plots/index.ts";

export interface Downsampled {
  readonly figure: Figure;
  /** Points before and after, over all traces that were thinned; equal when none was. */
  readonly pointsBefore: number;
  readonly pointsAfter: number;
}

/**
 * Thin long lines and clouds of points, keeping the lowest and the highest point of each run of neighbours, and a gap.
 *
 * A spike of one point is therefore never lost, and a broken line stays broken. Traces of other kinds, and ones that are short enough, are
 * the same objects as before.
 *
 * @example
 * downsampleFigure({ data: [{ type: "scatter", y: [1, 2, 9, 3, 2] }], layout: {} }, 4).figure.data[0].y
 * //=> [1, 9, 2]
 */
export function downsampleFigure(figure: Figure, maximumPointsPerTrace: number): Downsampled {
  let [pointsBefore, pointsAfter] = [0, 0];
  const data = figure.data.map((trace) => {
    const y = trace["y"];
    if (trace.type !== "scatter" || !isList(y) || y.length <= maximumPointsPerTrace) return trace;
    const kept = extremes(y, maximumPointsPerTrace);
    pointsBefore += y.length;
    pointsAfter += kept.length;
    return pick(trace, kept, y.length);
  });
  return { figure: pointsBefore === 0 ? figure : { data, layout: figure.layout }, pointsBefore, pointsAfter };
}

/** Indices, in order, of the lowest and highest value of each bucket, with the first and the last point. */
function extremes(values: ArrayLike<unknown>, maximum: number): number[] {
  const buckets = Math.max(1, Math.floor((maximum - 2) / 2));
  const kept = new Set<number>([0]);
  for (let bucket = 0; bucket < buckets; bucket++) {
    const start = Math.floor((bucket * values.length) / buckets);
    const end = Math.floor(((bucket + 1) * values.length) / buckets);
    let [lowest, highest] = [start, start];
    const gap = gapWithin(values, start, end);
    if (gap !== undefined) kept.add(gap);
    for (let index = start + 1; index < end; index++) {
      if (below(values[index], values[lowest])) lowest = index;
      if (below(values[highest], values[index])) highest = index;
    }
    kept.add(lowest).add(highest);
  }
  return [...kept.add(values.length - 1)].sort((left, right) => left - right);
}

/** One gap of each bucket stays, so that a line that was broken is not joined. */
function gapWithin(values: ArrayLike<unknown>, start: number, end: number): number | undefined {
  for (let index = start; index < end; index++) if (typeof values[index] !== "number") return index;
  return undefined;
}

/** A gap is neither low nor high: any number takes its place. */
function below(left: unknown, right: unknown): boolean {
  return typeof left === "number" && (typeof right !== "number" || left < right);
}

/** Keep the chosen points of every property that has one value per point. */
function pick(trace: Trace, kept: readonly number[], points: number): Trace {
  const entries = Object.entries(trace).map(([name, value]): [string, unknown] =>
    isList(value) && value.length === points ? [name, kept.map((index) => value[index])] : [name, value],
  );
  return { ...Object.fromEntries(entries), type: trace.type };
}

function isList(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
}
