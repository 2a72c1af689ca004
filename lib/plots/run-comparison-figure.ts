import { checkList } from "../core/arguments.ts";
import { ArgumentError } from "../core/errors.ts";
import { axis, composeFigure, escapePlotlyText } from "./figure.ts";
import type { Figure, FigureOptions, Layout, Scale, Trace } from "./figure.ts";
import { checkFigureOptions } from "./figure-options.ts";
import { seriesStyle } from "./series-style.ts";
import type { SeriesStyle } from "./series-style.ts";

/** A place of a curve; a value that is NaN or infinite breaks the line. */
export interface CurvePoint {
  readonly x: number;
  readonly y: number;
}

/** One curve of several runs that are compared. */
export interface ComparedCurve {
  readonly name: string;
  /** In order of x. */
  readonly points: readonly CurvePoint[];
  /** Drawn faint below the curve: the values before smoothing, or those of each seed. */
  readonly raw?: readonly (readonly CurvePoint[])[];
  /** A band around the curve, and what it is: `"lowest to highest"`. */
  readonly band?: {
    readonly name: string;
    readonly low: readonly CurvePoint[];
    readonly high: readonly CurvePoint[];
  };
  /** Where the run was started again. */
  readonly restarts?: readonly CurvePoint[];
  /** Where the value was NaN or infinite, at the height of the last one that was not. */
  readonly notFinite?: readonly CurvePoint[];
  /** Stretches without rows: the points on both sides. */
  readonly gaps?: readonly (readonly [CurvePoint, CurvePoint])[];
}

export interface RunComparisonFigureOptions extends FigureOptions {
  /** @default "linear" */
  readonly xScale?: Scale;
  /** @default "linear" */
  readonly yScale?: Scale;
}

/**
 * Curves of several runs with their raw values, spread, restarts, gaps and places without a finite value.
 *
 * On a log axis values at or below 0 have no place; their number is said in the axis's title.
 *
 * @throws {ArgumentError} no curve
 *
 * @example
 * runComparisonFigure([{ name: "a", points: [{ x: 0, y: 2 }, { x: 1, y: 1 }] }], { xLabel: "Step", xScale: "log" })
 *   .layout.xaxis.title //=> { text: "Step (not shown: 1 point at or below 0)" }
 */
export function runComparisonFigure(
  curves: readonly ComparedCurve[],
  options: RunComparisonFigureOptions = {},
): Figure {
  checkList("curves", "a list of curves", curves);
  checkFigureOptions(options, ["xScale", "yScale"]);
  if (curves.length === 0) throw new ArgumentError("curves", "at least one", curves);
  const { xLabel = "Step", yLabel = "Loss (nats a token)", xScale = "linear", yScale = "linear" } = options;
  const draw = new Drawing(xScale, yScale);
  for (const [index, curve] of curves.entries()) draw.raw(curve, seriesStyle(index));
  for (const [index, curve] of curves.entries()) draw.curve(curve, seriesStyle(index));
  for (const [index, curve] of curves.entries()) draw.marks(curve, seriesStyle(index));
  const axes = {
    x: axis(xLabel + hiddenNote(draw.hidden.x), xScale),
    y: inTwoLines(yLabel, hiddenNote(draw.hidden.y), yScale),
  };
  const composed = composeFigure("Run comparison", draw.traces, axes, options);
  const shown = draw.traces.filter((trace) => trace["showlegend"] !== false).length;
  return { ...composed, layout: { ...composed.layout, showlegend: shown > 1 } };
}

/** A vertical title has less room than a horizontal one. */
function inTwoLines(label: string, note: string, scale: Scale): Layout {
  const one = axis(label, scale);
  return note === "" ? one : { ...one, title: { text: `${escapePlotlyText(label)}<br>${note.trim()}` } };
}

function hiddenNote(count: number): string {
  if (count === 0) return "";
  return ` (not shown: ${count.toLocaleString("en-US")} point${count === 1 ? "" : "s"} at or below 0)`;
}

class Drawing {
  readonly traces: Trace[] = [];
  /** Points of the curves themselves that have no place on a log axis. */
  readonly hidden = { x: 0, y: 0 };
  readonly #xScale: Scale;
  readonly #yScale: Scale;
  readonly #inLegend = new Set<string>();

  constructor(xScale: Scale, yScale: Scale) {
    this.#xScale = xScale;
    this.#yScale = yScale;
  }

  raw({ raw = [], band }: ComparedCurve, { color }: SeriesStyle): void {
    for (const points of raw)
      this.#line(points, { line: { color, width: 1 }, opacity: 0.3, hoverinfo: "skip", showlegend: false });
    if (band === undefined) return;
    const edge = { line: { width: 0, color }, hoverinfo: "skip" };
    this.#line(band.low, { ...edge, showlegend: false });
    const fill = { fill: "tonexty", fillcolor: `${color}33`, showlegend: true };
    this.#line(band.high, { name: escapePlotlyText(band.name), ...edge, ...fill });
  }

  curve({ name, points, gaps = [] }: ComparedCurve, { color, dash }: SeriesStyle): void {
    for (const { x, y } of points) {
      if (this.#xScale === "log" && x <= 0) this.hidden.x++;
      else if (this.#yScale === "log" && y <= 0) this.hidden.y++;
    }
    const style = { line: { color, width: 2, ...(dash !== "solid" && { dash }) }, showlegend: true };
    this.#line(broken(points, gaps), { name: escapePlotlyText(name), ...style });
  }

  marks({ restarts = [], notFinite = [], gaps = [] }: ComparedCurve, { color }: SeriesStyle): void {
    const across = gaps.flatMap(([from, to]) => [from, to, { x: to.x, y: NaN }]);
    const dotted = { mode: "lines", line: { color, width: 1, dash: "dot" }, hoverinfo: "skip" };
    this.#mark("no rows", across, dotted);
    const symbol = (shape: string, size: number) => ({
      mode: "markers",
      marker: { symbol: shape, size, color, line: { color, width: 2 } },
    });
    this.#mark("restart", restarts, symbol("line-ns-open", 12));
    this.#mark("NaN or infinite", notFinite, symbol("x-thin-open", 8));
  }

  /** One entry in the legend says what a mark means, whatever the curve. */
  #mark(name: string, points: readonly CurvePoint[], style: object): void {
    if (points.length === 0) return;
    const showlegend = !this.#inLegend.has(name);
    this.#inLegend.add(name);
    this.#line(points, { name, legendgroup: name, showlegend, ...style });
  }

  #line(points: readonly CurvePoint[], style: object): void {
    const x = points.map((point) => placeOn(this.#xScale, point.x));
    const y = points.map((point) => placeOn(this.#yScale, point.y));
    this.traces.push({ type: "scatter", mode: "lines", x, y, ...style });
  }
}

function placeOn(scale: Scale, value: number): number | null {
  return Number.isFinite(value) && (scale === "linear" || value > 0) ? value : null;
}

/** The points with a break in each gap. */
function broken(
  points: readonly CurvePoint[],
  gaps: readonly (readonly [CurvePoint, CurvePoint])[],
): readonly CurvePoint[] {
  const before = new Set(gaps.map(([, to]) => to.x));
  return points.flatMap((point) => (before.has(point.x) ? [{ x: point.x, y: NaN }, point] : [point]));
}
