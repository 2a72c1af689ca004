import { checkList } from "../core/arguments.ts";
import { ArgumentError } from "../core/errors.ts";
import { axis, composeFigure, escapePlotlyText } from "./figure.ts";
import type { Figure, FigureOptions } from "./figure.ts";
import { checkFigureOptions } from "./figure-options.ts";

/** What was left after a step. */
export interface FunnelStep {
  readonly step: string;
  readonly left: number;
}

/**
 * What each step left of what came in, from top to bottom, with the share that it took.
 *
 * @param steps the first one is what came in; each leaves at most what the one before it left
 * @throws {ArgumentError} no step, or one that leaves more than it got
 *
 * @example
 * funnelFigure([{ step: "read", left: 100 }, { step: "length", left: 80 }], { xLabel: "Documents" }).data[0].text
 * //=> ["100", "80 (−20.0 %)"]
 */
export function funnelFigure(steps: readonly FunnelStep[], options: FigureOptions = {}): Figure {
  checkList("steps", "a list of steps", steps);
  checkFigureOptions(options);
  if (steps.length === 0) throw new ArgumentError("steps", "at least one step", steps);
  const texts = steps.map(({ left }, index) => {
    const before = steps[index - 1]?.left;
    if (before === undefined) return left.toLocaleString("en-US");
    if (!(left >= 0 && left <= before))
      throw new ArgumentError(`steps[${index}].left`, `from 0 to ${before}, what the step before left`, left);
    if (left === before) return left.toLocaleString("en-US");
    return `${left.toLocaleString("en-US")} (−${((100 * (before - left)) / before).toFixed(1)} %)`;
  });
  const bars = {
    type: "bar",
    orientation: "h",
    x: steps.map(({ left }) => left),
    y: steps.map(({ step }) => escapePlotlyText(step)),
    text: texts,
    textposition: "auto",
    textangle: 0,
    cliponaxis: false,
  };
  const { xLabel = "Documents", yLabel = "" } = options;
  const axes = {
    x: { ...axis(xLabel), rangemode: "tozero" },
    y: { ...axis(yLabel), type: "category", autorange: "reversed" },
  };
  return composeFigure("Funnel", [bars], axes, { height: 120 + 34 * steps.length, ...options });
}
