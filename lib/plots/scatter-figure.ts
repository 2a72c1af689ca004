import { checkList } from "../core/arguments.ts";
import { axisColumn, groupRows } from "./columns.ts";
import type { Row } from "./columns.ts";
import { axis, composeFigure } from "./figure.ts";
import type { Figure, FigureOptions, Scale, Trace } from "./figure.ts";
import { checkFigureOptions } from "./figure-options.ts";
import { seriesStyle } from "./series-style.ts";

export interface ScatterFigureOptions extends FigureOptions {
  readonly x: string;
  readonly y: string;
  /** Column whose values each get a colour and a symbol of their own. */
  readonly color?: string;
  /** Column that names a point when the pointer is on it. */
  readonly label?: string;
  /** @default "linear" */
  readonly xScale?: Scale;
  /** @default "linear" */
  readonly yScale?: Scale;
}

/**
 * One point per row.
 *
 * @throws {ArgumentError} no rows, or a column that the rows do not have
 *
 * @example
 * scatterFigure([{ words: 120, similarity: 0.9 }], { x: "words", y: "similarity" }).data[0].mode //=> "markers"
 */
export function scatterFigure(rows: readonly Row[], options: ScatterFigureOptions): Figure {
  checkList("rows", "a list of rows", rows);
  checkFigureOptions(options, ["x", "y", "color", "label", "xScale", "yScale"]);
  const { x, y, color, label, xLabel = x, yLabel = y, xScale, yScale } = options;
  const data = groupRows(rows, "color", color).map((group, index): Trace => ({
    type: "scatter",
    mode: "markers",
    ...(group.name === undefined ? {} : { name: group.name }),
    x: axisColumn(group.rows, "x", x),
    y: axisColumn(group.rows, "y", y),
    ...(label === undefined ? {} : { text: axisColumn(group.rows, "label", label) }),
    marker: { size: 6, opacity: 0.7, ...(index === 0 ? {} : { symbol: seriesStyle(index).symbol }) },
  }));
  return composeFigure("Scatter plot", data, { x: axis(xLabel, xScale), y: axis(yLabel, yScale) }, options);
}
