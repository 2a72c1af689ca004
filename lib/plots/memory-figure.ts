import { checkList } from "../core/arguments.ts";
import { ArgumentError } from "../core/errors.ts";
import { axis, COLORWAY, composeFigure, escapePlotlyText } from "./figure.ts";
import type { Figure, FigureOptions, Trace } from "./figure.ts";

/** What fills the memory of one device, from the bottom up. */
export interface MemoryStack {
  readonly name: string;
  readonly parts: readonly { readonly part: string; readonly gibibytes: number }[];
}

export interface MemoryFigureOptions extends FigureOptions {
  /** What a device has, drawn as a line. */
  readonly limitGiB?: number;
}

/** Beyond the six colours the same ones come again, hatched. */
const patterns = ["", "/", "x"];

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
  if (stacks.length === 0) throw new ArgumentError("stacks", "at least one stack", stacks);
  const parts = [...new Set(stacks.flatMap((stack) => stack.parts.map(({ part }) => part)))];
  const bars = parts.map((part, index): Trace => ({
    type: "bar",
    name: escapePlotlyText(part),
    x: stacks.map(({ name }) => escapePlotlyText(name)),
    y: stacks.map((stack) => gibibytesOf(stack, part)),
    marker: {
      color: COLORWAY[index % COLORWAY.length],
      pattern: { shape: patterns[Math.floor(index / COLORWAY.length)] ?? "" },
    },
    hovertemplate: "%{y:.2f} GiB",
  }));
  const { limitGiB, xLabel = "", yLabel = "Memory of one GPU (GiB)" } = options;
  const axes = { x: { ...axis(xLabel), type: "category" }, y: { ...axis(yLabel), rangemode: "tozero" } };
  const { data, layout } = composeFigure("Memory", bars, axes, options);
  const limit = limitGiB === undefined ? {} : { shapes: [{ ...limitLine, y0: limitGiB, y1: limitGiB }] };
  const { margin: _, ...rest } = layout;
  return { data, layout: { ...rest, barmode: "stack", legend: besideTheBars, ...limit } };
}

/** In the order of the stack, from the top down; above the bars so many parts would run into the title. */
const besideTheBars = {
  orientation: "v",
  traceorder: "reversed",
  x: 1.02,
  xanchor: "left",
  y: 1,
  yanchor: "top",
} as const;

const limitLine = {
  type: "line",
  x0: 0,
  x1: 1,
  xref: "paper",
  line: { color: "#8b949e", width: 1.5, dash: "dash" },
} as const;

function gibibytesOf({ name, parts }: MemoryStack, part: string): number {
  const held = parts.find((each) => each.part === part)?.gibibytes ?? 0;
  if (held >= 0) return held;
  throw new ArgumentError(`stacks: ${part} of ${name}`, "a number >= 0", held);
}
