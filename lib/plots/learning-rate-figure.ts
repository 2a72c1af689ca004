import { checkList } from "../core/arguments.ts";
import { ArgumentError } from "../core/errors.ts";
import { axis, composeFigure, escapePlotlyText } from "./figure.ts";
import type { Figure, FigureOptions, Layout, Trace } from "./figure.ts";
import { checkFigureOptions } from "./figure-options.ts";
import { panelMargin, panelPlace, panelSuffix, panelTitle } from "./panels.ts";
import { seriesStyle } from "./series-style.ts";

/** The learning rates of a run. */
export interface LearningRateCurve {
  readonly name: string;
  /** Steps of the whole run. */
  readonly steps: number;
  /** Steps of the warm-up, the first of them. */
  readonly warmupSteps: number;
  /** In order of the steps. */
  readonly rates: readonly { readonly step: number; readonly learningRate: number }[];
}

/**
 * Learning-rate schedules: left the warm-up by its part of the run, right the whole runs by their steps.
 *
 * @throws {ArgumentError} no curve, or one without a rate
 *
 * @example
 * learningRateFigure([
 *   { name: "F", steps: 9, warmupSteps: 1, rates: [{ step: 0, learningRate: 1 }, { step: 8, learningRate: 0 }] },
 * ]).data.map(({ x }) => x) //=> [[0], [0, 8]]
 */
export function learningRateFigure(
  curves: readonly LearningRateCurve[],
  options: FigureOptions = {},
): Figure {
  checkList("curves", "a list of curves", curves);
  checkFigureOptions(options);
  if (curves.length === 0) throw new ArgumentError("curves", "at least one", curves);
  for (const { name, rates } of curves)
    if (rates.length === 0) throw new ArgumentError(`curves: ${name}.rates`, "at least one rate", rates);
  const { yLabel = "Learning rate" } = options;
  const panels: Record<string, Layout> = {};
  const annotations: Layout[] = [];
  const contents = [
    { title: "Warm-up", xLabel: "Part of the run (%)", tracesOf: warmupTrace },
    { title: "Whole run", xLabel: options.xLabel ?? "Step", tracesOf: wholeTrace },
  ];
  const data = contents.flatMap(({ title, xLabel, tracesOf }, panel) => {
    const suffix = panelSuffix(panel);
    const place = panelPlace(panel, contents.length);
    const rateAxis = { rangemode: "tozero", exponentformat: "power", showexponent: "all" };
    panels[`xaxis${suffix}`] = { ...axis(xLabel), domain: place, anchor: `y${suffix}` };
    panels[`yaxis${suffix}`] = { ...axis(panel === 0 ? yLabel : ""), ...rateAxis, anchor: `x${suffix}` };
    annotations.push(panelTitle(title, place));
    return curves.map((curve, index): Trace => {
      const { color, dash } = seriesStyle(index);
      return {
        type: "scatter",
        mode: "lines",
        name: escapePlotlyText(curve.name),
        legendgroup: curve.name,
        showlegend: panel === 0,
        ...tracesOf(curve),
        y: ratesOf(curve, panel).map(({ learningRate }) => learningRate),
        // Wider below: where two schedules are the same, both are seen.
        line: { color, dash, width: index === 0 ? 4 : 2, simplify: false },
        xaxis: `x${suffix}`,
        yaxis: `y${suffix}`,
      };
    });
  });
  const { layout } = composeFigure("Learning rates", data, { x: {}, y: {} }, options);
  return {
    data,
    layout: {
      ...layout,
      ...panels,
      annotations,
      showlegend: curves.length > 1,
      height: options.height ?? 460,
      margin: panelMargin(options),
    },
  };
}

/** The left panel ends where twice the warm-up does. */
function ratesOf({ rates, warmupSteps }: LearningRateCurve, panel: number): LearningRateCurve["rates"] {
  return panel === 0 ? rates.filter(({ step }) => step <= 2 * warmupSteps) : rates;
}

function warmupTrace(curve: LearningRateCurve): { x: number[] } {
  return { x: ratesOf(curve, 0).map(({ step }) => Number(((100 * step) / curve.steps).toPrecision(6))) };
}

function wholeTrace({ rates }: LearningRateCurve): { x: number[] } {
  return { x: rates.map(({ step }) => step) };
}
