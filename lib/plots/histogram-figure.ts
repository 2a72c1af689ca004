import { checkList } from "../core/arguments.ts";
import { ArgumentError } from "../core/errors.ts";
import { groupRows, numberColumn } from "./columns.ts";
import type { Row } from "./columns.ts";
import { axis, composeFigure } from "./figure.ts";
import type { Figure, FigureOptions, Scale, Trace } from "./figure.ts";
import { checkFigureOptions } from "./figure-options.ts";
import { seriesStyle } from "./series-style.ts";

export interface HistogramFigureOptions extends FigureOptions {
  /** Column of numbers. */
  readonly x: string;
  /** Column whose values each get an outline of their own colour and dash, on common bins. */
  readonly color?: string;
  /** Number of bins, at least 1. @default 40 */
  readonly bins?: number;
  /** Bins of equal width or of equal ratio. @default "linear" */
  readonly xScale?: Scale;
}

/**
 * Counts per bin, drawn as filled steps. Bins are closed on the left, the last one on both sides.
 *
 * Only the counts are in the figure, not the values: it stays small and holds no row.
 *
 * @throws {ArgumentError} no rows, a column that is missing or not of numbers, or values <= 0 on a log scale
 *
 * @example
 * histogramFigure([{ words: 1 }, { words: 2 }, { words: 4 }], { x: "words", bins: 3 }).data[0].y //=> [0, 1, 1, 1, 0]
 */
export function histogramFigure(rows: readonly Row[], options: HistogramFigureOptions): Figure {
  checkList("rows", "a list of rows", rows);
  checkFigureOptions(options, ["x", "color", "bins", "xScale"]);
  const { x, color, bins = 40, xScale = "linear", xLabel = x, yLabel = "Count" } = options;
  const all = numberColumn(rows, "x", x);
  const edges = binEdges(all, bins, xScale);
  const groups = groupRows(rows, "color", color);
  const data = groups.map((group, index): Trace => {
    const { color: fillColor, dash } = seriesStyle(index);
    const counts = binCounts(numberColumn(group.rows, "x", x), edges);
    return {
      type: "scatter",
      mode: "lines",
      ...(group.name === undefined ? {} : { name: group.name }),
      x: [edges[0]!, ...edges],
      y: [0, ...counts, 0],
      line: { shape: "hv", width: 1.5, ...(index === 0 ? {} : { dash }) },
      fill: "tozeroy",
      // Outlines are seen through what lies over them.
      ...(groups.length > 1 ? { fillcolor: `${fillColor}26` } : {}),
    };
  });
  const highest = data.flatMap(({ y }) => y as number[]).reduce((most, count) => Math.max(most, count), 0);
  // Plotly would also mark halves of a row.
  const wholeNumbers = highest <= 5 ? { dtick: 1 } : {};
  const yAxis = { ...axis(yLabel), rangemode: "tozero", ...wholeNumbers };
  return composeFigure("Histogram", data, { x: axis(xLabel, xScale), y: yAxis }, options);
}

/**
 * Edges of bins from the smallest to the largest value, `bins + 1` of them.
 *
 * @example
 * binEdges([1, 10, 100], 2, "log") //=> [1, 10, 100]
 */
export function binEdges(values: readonly number[], bins: number, scale: Scale): number[] {
  if (!Number.isInteger(bins) || bins < 1) throw new ArgumentError("bins", "a whole number >= 1", bins);
  if (values.length === 0) throw new ArgumentError("x", "a column with at least one number", values);
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (scale === "log" && low <= 0) throw new ArgumentError("xScale", '"linear" since a value is <= 0', low);
  if (low === high) return scale === "log" ? [low / 2, low * 2] : [low - 0.5, low + 0.5];
  const step = scale === "log" ? Math.log(high / low) / bins : (high - low) / bins;
  const edges = Array.from({ length: bins }, (_, index) => {
    if (scale === "linear") return round(low + step * index, step);
    const edge = low * Math.exp(step * index);
    return round(edge, edge * Math.expm1(step));
  });
  return [low, ...edges.slice(1), high];
}

/** Counts by the edges themselves, so that rounding puts no value outside. */
function binCounts(values: readonly number[], edges: readonly number[]): number[] {
  const counts = Array<number>(edges.length - 1).fill(0);
  for (const value of values) counts[binOf(value, edges)]! += 1;
  return counts;
}

/** The last bin whose left edge is at most the value, by bisection. */
function binOf(value: number, edges: readonly number[]): number {
  let [first, last] = [0, edges.length - 2];
  while (first < last) {
    const middle = Math.ceil((first + last) / 2);
    if (edges[middle]! <= value) first = middle;
    else last = middle - 1;
  }
  return first;
}

/** Ten significant digits: the last bits of a double only make the saved figure longer. */
const usualDigits = 10;

/** Rounded by no more than a hundred-thousandth of the bin's width, so that close edges stay apart. */
function round(value: number, binWidth: number): number {
  const digits = Math.ceil(Math.log10(Math.abs(value) / binWidth)) + 5;
  return Number(value.toPrecision(Math.min(17, Math.max(usualDigits, digits || 0))));
}
