import { checkList } from "../core/arguments.ts";
import { ArgumentError } from "../core/errors.ts";
import { axis, composeFigure, escapePlotlyText } from "./figure.ts";
import type { Figure, FigureOptions, Layout, Trace } from "./figure.ts";
import { checkFigureOptions } from "./figure-options.ts";
import { seriesStyle } from "./series-style.ts";

/** One quantity of a plan beside what it was. */
export interface PlannedAndActual {
  /** "Memory of one GPU". */
  readonly quantity: string;
  readonly unit: string;
  readonly plannedLow: number;
  readonly plannedHigh: number;
  /** Null where the run does not tell it. */
  readonly actual: number | null;
}

/**
 * Plan against actual: each planned range as a bar and what was measured as a mark, all over the range's middle, so
 * that quantities of different units share one axis; 1 is the plan.
 *
 * The axis is logarithmic: twice and half are equally far. A range's middle is its ends' geometric mean.
 *
 * @throws {ArgumentError} no rows, or a number at or below 0
 *
 * @example
 * planComparisonFigure([{ quantity: "Time", unit: "h", plannedLow: 2, plannedHigh: 8, actual: 6 }]).data[1].x //=> [1.5]
 */
export function planComparisonFigure(rows: readonly PlannedAndActual[], options: FigureOptions = {}): Figure {
  checkList("rows", "a list of rows", rows);
  checkFigureOptions(options);
  if (rows.length === 0) throw new ArgumentError("rows", "at least one row", rows);
  for (const [index, { plannedLow, plannedHigh, actual }] of rows.entries()) {
    const isRange = plannedLow > 0 && plannedLow <= plannedHigh;
    if (!isRange || (actual !== null && !(actual > 0)))
      throw new ArgumentError(`rows[${index}]`, "numbers above 0, the low end first", rows[index]);
  }
  const { xLabel = "Over what was planned", yLabel = "" } = options;
  const places = rows.map((row) => `${escapePlotlyText(row.quantity)} (${escapePlotlyText(row.unit)})`);
  const over = (row: PlannedAndActual, value: number): number =>
    Number((value / Math.sqrt(row.plannedLow * row.plannedHigh)).toPrecision(6));
  const { color: barColor } = seriesStyle(0);
  const { color: markColor } = seriesStyle(1);
  const measured = rows.flatMap((row, index) =>
    row.actual === null ? [] : [{ row, actual: row.actual, index }],
  );
  const ranges: Trace = {
    type: "scatter",
    mode: "lines+markers",
    name: "planned",
    x: rows.flatMap((row) => [over(row, row.plannedLow), over(row, row.plannedHigh), null]),
    y: places.flatMap((place) => [place, place, null]),
    text: rows.flatMap((row) => Array<string>(3).fill(`planned ${rangeText(row)}`)),
    line: { color: barColor, width: 10 },
    marker: { color: barColor, symbol: "line-ns-open", size: 16, line: { width: 3 } },
    hovertemplate: "%{text}<extra></extra>",
  };
  const marks: Trace = {
    type: "scatter",
    mode: "markers+text",
    name: "measured",
    x: measured.map(({ row, actual }) => over(row, actual)),
    y: measured.map(({ index }) => places[index]),
    text: measured.map(({ row, actual }) => `${numberText(actual)}, planned ${rangeText(row)}`),
    textposition: "top center",
    cliponaxis: false,
    marker: { color: markColor, symbol: "diamond", size: 14, line: { color: "#ffffff", width: 1 } },
    hovertemplate: "%{text}<extra></extra>",
  };
  const missing = rows.filter(({ actual }) => actual === null);
  const words: Trace = {
    type: "scatter",
    mode: "markers+text",
    showlegend: false,
    marker: { size: 18, color: "rgba(0, 0, 0, 0)" },
    x: missing.map(() => 1),
    y: missing.map((row) => places[rows.indexOf(row)]),
    text: missing.map((row) => `not measured, planned ${rangeText(row)}`),
    textposition: "top center",
    hoverinfo: "skip",
  };
  const all = missing.length > 0 ? [ranges, marks, words] : [ranges, marks];
  const axes = {
    x: { ...axis(xLabel), ...logAxis([...listOf(ranges["x"]), ...listOf(marks["x"])]) },
    y: { ...axis(yLabel), type: "category", categoryorder: "array", categoryarray: places.toReversed() },
  };
  const height = 160 + 56 * rows.length;
  const { data, layout } = composeFigure("Plan against actual", all, axes, {
    height,
    ...options,
  });
  const one = { type: "line", x0: 1, x1: 1, y0: 0, y1: 1, yref: "paper" };
  return {
    data,
    layout: { ...layout, shapes: [{ ...one, line: { color: "#8b949e", width: 1, dash: "dash" } }] },
  };
}

function listOf(value: unknown): number[] {
  return (value as (number | null)[]).filter((each) => each !== null);
}

/** At least from a half to the double, with room for the words of the outermost mark. */
function logAxis(values: readonly number[]): Layout {
  const farthest = Math.max(Math.log10(2), ...values.map((value) => Math.abs(Math.log10(value))));
  const end = Number((1.6 * farthest).toPrecision(4));
  const steps = end > 1.5 ? [1] : [1, 2, 5];
  const powers = Array.from({ length: 2 * Math.ceil(end) + 1 }, (_, index) => 10 ** (index - Math.ceil(end)));
  const tickvals = powers.flatMap((power) => steps.map((step) => Number((step * power).toPrecision(1))));
  return { type: "log", range: [-end, end], tickvals, ticktext: tickvals.map((value) => `× ${value}`) };
}

function rangeText({ plannedLow, plannedHigh }: PlannedAndActual): string {
  const [low, high] = [numberText(plannedLow), numberText(plannedHigh)];
  return low === high ? low : `${low} to ${high}`;
}

function numberText(value: number): string {
  return value.toLocaleString("en-US", { maximumSignificantDigits: 3 });
}
