import { checkList } from "../core/arguments.ts";
import { axisColumn, groupRows } from "./columns.ts";
import type { AxisValue, Row } from "./columns.ts";
import { axis, composeFigure } from "./figure.ts";
import type { Figure, FigureOptions, Scale, Trace } from "./figure.ts";
import { checkFigureOptions } from "./figure-options.ts";
import { seriesStyle } from "./series-style.ts";

export interface LineFigureOptions extends FigureOptions {
  /** Column on the horizontal axis. */
  readonly x: string;
  /** Column on the vertical axis. */
  readonly y: string;
  /** Column whose values each get a line of their own. */
  readonly color?: string;
  /** @default "linear" */
  readonly xScale?: Scale;
  /** @default "linear" */
  readonly yScale?: Scale;
}

/**
 * One line per group, each with a colour and a dash of its own, points joined in the order of the rows; a null, NaN or infinity is a gap.
 *
 * @throws {ArgumentError} no rows, or a column that the rows do not have
 *
 * @example
 * lineFigure([{ step: 1, loss: 2 }, { step: 2, loss: 1 }], { x: "step", y: "loss", yLabel: "Loss (nats)" }).data
 * //=> [{ type: "scatter", mode: "lines", x: [1, 2], y: [2, 1] }]
 */
export function lineFigure(rows: readonly Row[], options: LineFigureOptions): Figure {
  checkList("rows", "a list of rows", rows);
  checkFigureOptions(options, ["x", "y", "color", "xScale", "yScale"]);
  const { x, y, color, xLabel = x, yLabel = y, xScale, yScale } = options;
  const data = groupRows(rows, "color", color).map((group, index): Trace => {
    const { dash, symbol } = seriesStyle(index);
    const heights = axisColumn(group.rows, "y", y);
    const isMarked = hasLonePoint(heights);
    return {
      type: "scatter",
      mode: isMarked ? "lines+markers" : "lines",
      ...(group.name === undefined ? {} : { name: group.name }),
      x: axisColumn(group.rows, "x", x),
      y: heights,
      ...(index === 0 ? {} : { line: { dash } }),
      ...(isMarked ? { marker: { symbol, size: 6 } } : {}),
    };
  });
  return composeFigure("Line chart", data, { x: axis(xLabel, xScale), y: axis(yLabel, yScale) }, options);
}

/** Whether a point has a gap on both sides: no line leads to it, so that without a mark nobody sees it. */
function hasLonePoint(heights: readonly AxisValue[]): boolean {
  return heights.some(
    (height, index) =>
      height !== null && (heights[index - 1] ?? null) === null && (heights[index + 1] ?? null) === null,
  );
}
