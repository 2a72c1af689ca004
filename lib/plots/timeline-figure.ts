import { checkList } from "../core/arguments.ts";
import { ArgumentError } from "../core/errors.ts";
import { axis, composeFigure, escapePlotlyText } from "./figure.ts";
import type { Figure, FigureOptions, Trace } from "./figure.ts";
import { checkFigureOptions } from "./figure-options.ts";
import { barMarker, seriesStyle } from "./series-style.ts";

/** A stretch of work on a timeline. */
export interface TimelineBar {
  /** The row that it lies in, drawn in the order of the bars, the first on top. */
  readonly lane: string;
  /** What its colour says. */
  readonly kind: string;
  readonly start: number;
  readonly end: number;
  /** Shown where the pointer is. */
  readonly label: string;
}

/** Shorter bars than this share of the whole are drawn this long, since nobody would see them. */
const leastShare = 0.003;

/**
 * Work over time, a row for each lane and a colour for each kind: a Gantt chart.
 *
 * Bars too short to be seen are drawn longer than they are; the pointer shows the true times. Where each lane holds one
 * kind its name says which, so that print without colour can be read, and there is no legend.
 *
 * @throws {ArgumentError} no bars, or one that ends before it starts
 *
 * @example
 * timelineFigure([{ lane: "model", kind: "training", start: 0, end: 5, label: "5 h" }]).data[0].base //=> [0]
 */
export function timelineFigure(bars: readonly TimelineBar[], options: FigureOptions = {}): Figure {
  checkList("bars", "a list of bars", bars);
  checkFigureOptions(options);
  if (bars.length === 0) throw new ArgumentError("bars", "at least one bar", bars);
  for (const { lane, start, end } of bars) {
    if (!(start >= 0 && end >= start))
      throw new ArgumentError(`bars: ${lane}`, "a start >= 0 and an end after it", [start, end]);
  }
  const { xLabel = "Hours since submission", yLabel = "" } = options;
  const lanes = [...Map.groupBy(bars, ({ lane }) => lane)];
  const isMixed = lanes.some(([, held]) => held.some(({ kind }) => kind !== held[0]!.kind));
  const least = leastShare * Math.max(...bars.map(({ end }) => end));
  const kinds = [...Map.groupBy(bars, ({ kind }) => kind)];
  const data = kinds.map(([kind, held], order): Trace => ({
    type: "bar",
    orientation: "h",
    ...(isMixed ? { name: escapePlotlyText(kind) } : {}),
    y: held.map(({ lane }) => escapePlotlyText(lane)),
    base: held.map(({ start }) => start),
    x: held.map(({ start, end }) => Math.max(end - start, least)),
    marker: isMixed ? barMarker(seriesStyle(order)) : { color: seriesStyle(order).color },
    customdata: held.map(({ label }) => escapePlotlyText(label)),
    hovertemplate: "%{customdata}<extra></extra>",
  }));
  const axes = {
    x: { ...axis(xLabel), rangemode: "tozero" },
    y: {
      ...axis(yLabel),
      type: "category",
      categoryorder: "array",
      categoryarray: lanes.map(([lane]) => escapePlotlyText(lane)),
      autorange: "reversed",
    },
  };
  const { layout } = composeFigure("Timeline", data, axes, options);
  return { data, layout: { ...layout, barmode: "overlay", bargap: 0.3 } };
}
