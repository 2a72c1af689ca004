import { checkList } from "../core/arguments.ts";
import { ArgumentError } from "../core/errors.ts";
import { axis, composeFigure, escapePlotlyText } from "./figure.ts";
import type { Figure, FigureOptions, Trace } from "./figure.ts";
import { checkFigureOptions } from "./figure-options.ts";
import { seriesStyle } from "./series-style.ts";

/** One score of one run; its interval is null where it is not known. */
export interface Score {
  readonly run: string;
  readonly task: string;
  readonly metric: string;
  readonly value: number;
  readonly low: number | null;
  readonly high: number | null;
}

/**
 * Scores of several runs by task, a point each with its interval.
 *
 * @throws {ArgumentError} no score
 *
 * @example
 * scoreFigure([{ run: "a", task: "medqa", metric: "acc", value: 0.4, low: 0.3, high: 0.5 }]).data[0].x
 * //=> ["medqa (acc)"]
 */
export function scoreFigure(scores: readonly Score[], options: FigureOptions = {}): Figure {
  checkList("scores", "a list of scores", scores);
  checkFigureOptions(options);
  if (scores.length === 0) throw new ArgumentError("scores", "at least one", scores);
  const { xLabel = "Task", yLabel = "Score" } = options;
  const data = [...Map.groupBy(scores, ({ run }) => run)].map(([run, held], index): Trace => ({
    type: "scatter",
    mode: "markers",
    marker: { size: 8, symbol: seriesStyle(index).symbol },
    name: escapePlotlyText(run),
    x: held.map(({ task, metric }) => escapePlotlyText(`${task} (${metric})`)),
    y: held.map(({ value }) => value),
    error_y: {
      type: "data",
      symmetric: false,
      array: held.map(({ value, high }) => (high === null ? 0 : high - value)),
      arrayminus: held.map(({ value, low }) => (low === null ? 0 : value - low)),
    },
  }));
  const axes = { x: { ...axis(xLabel), type: "category" }, y: axis(yLabel) };
  const figure = composeFigure("Scores", data, axes, options);
  // Runs stand beside each other in their task's place.
  return { ...figure, layout: { ...figure.layout, scattermode: "group" } };
}
