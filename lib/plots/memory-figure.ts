import { checkList } from "../core/arguments.ts";
import { ArgumentError } from "../core/errors.ts";
import { axis, composeFigure, escapePlotlyText } from "./figure.ts";
import type { Figure, FigureOptions, Layout, Trace } from "./figure.ts";
import { checkFigureOptions } from "./figure-options.ts";
import { namedOnce, referenceLine } from "./reference-line.ts";
import { barMarker, seriesStyle } from "./series-style.ts";

/** What fills the memory of one device, from the bottom up. */
export interface MemoryStack {
  readonly name: string;
  readonly parts: readonly { readonly part: string; readonly gibibytes: number }[];
}

export interface MemoryFigureOptions extends FigureOptions {
  /** What a device has, drawn as a line. */
  readonly limitGiB?: number;
}

/**
 * Stacked bars of memory by what it holds, one for each name, beside what there is.
 *
 * @throws {ArgumentError} no stack, or a negative part
 *
 * @example
 * memoryFigure([{ name: "8 GPUs", parts: [{ part: "weights", gibibytes: 21.7 }] }], { limitGiB: 80 }).data[0].y
 * //=> [21.7]
 */
export function memoryFigure(stacks: readonly MemoryStack[], options: MemoryFigureOptions = {}): Figure {
  checkList("stacks", "a list of stacks", stacks);
  checkFigureOptions(options, ["limitGiB"]);
  if (stacks.length === 0) throw new ArgumentError("stacks", "at least one stack", stacks);
  const parts = [...new Set(stacks.flatMap((stack) => stack.parts.map(({ part }) => part)))];
  const bars = parts.map((part, index): Trace => ({
    type: "bar",
    name: escapePlotlyText(part),
    x: stacks.map(({ name }) => escapePlotlyText(name)),
    y: stacks.map((stack) => gibibytesOf(stack, part)),
    marker: barMarker(seriesStyle(index)),
    hovertemplate: "%{y:.2f} GiB",
  }));
  const { limitGiB, xLabel = "", yLabel = "Memory of one GPU (GiB)" } = options;
  const axes = { x: { ...axis(xLabel), type: "category" }, y: { ...axis(yLabel), rangemode: "tozero" } };
  const { data, layout } = composeFigure("Memory", bars, axes, options);
  const limit = (gibibytes: number): Layout =>
    referenceLine(`one GPU has ${gibibytes} GiB`, { axis: "y", value: gibibytes, dash: "dash" });
  const shapes = limitGiB === undefined ? {} : { shapes: namedOnce([limit(limitGiB)]), showlegend: true };
  return { data, layout: { ...layout, barmode: "stack", legend: besideTheBars, ...shapes } };
}

/** In the order of the stack, from the top down; above the bars so many parts would run into the title. */
const besideTheBars = {
  orientation: "v",
  traceorder: "reversed",
  x: 1.02,
  xanchor: "left",
  y: 1,
  yanchor: "top",
  yref: "paper",
} as const;

function gibibytesOf({ name, parts }: MemoryStack, part: string): number {
  const held = parts.find((each) => each.part === part)?.gibibytes ?? 0;
  if (held >= 0) return held;
  throw new ArgumentError(`stacks: ${part} of ${name}`, "a number >= 0", held);
}
