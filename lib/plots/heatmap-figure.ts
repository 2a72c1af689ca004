import { checkList } from "../core/arguments.ts";
import { axisColumn, axisValue, checkColumn, valueTemplate, valueIn } from "./columns.ts";
import type { AxisValue, Row } from "./columns.ts";
import { axis, composeFigure, escapePlotlyText } from "./figure.ts";
import type { Figure, FigureOptions, Trace } from "./figure.ts";
import { checkFigureOptions } from "./figure-options.ts";

export interface HeatmapFigureOptions extends FigureOptions {
  /** Column of the matrix's columns, in order of first appearance. */
  readonly x: string;
  /** Column of the matrix's rows, from the top in order of first appearance. */
  readonly y: string;
  /** Column of the numbers that colour the cells. */
  readonly value: string;
  /** What the colours mean, with the unit. @default the name of the value's column */
  readonly valueLabel?: string;
}

/**
 * A matrix of coloured cells from one row per cell; a pair that no row names is left empty.
 *
 * The number is written in each cell of a matrix of up to 400 cells.
 *
 * @throws {ArgumentError} no rows, or a column that the rows do not have
 *
 * @example
 * heatmapFigure([{ a: "x", b: "y", shared: 3 }], { x: "a", y: "b", value: "shared" }).data[0].z //=> [[3]]
 */
export function heatmapFigure(rows: readonly Row[], options: HeatmapFigureOptions): Figure {
  checkList("rows", "a list of rows", rows);
  checkFigureOptions(options, ["x", "y", "value", "valueLabel"]);
  const { x, y, value, valueLabel = value, xLabel = "", yLabel = "" } = options;
  checkColumn(rows, "value", value);
  const columns = [...new Set(axisColumn(rows, "x", x))];
  const lines = [...new Set(axisColumn(rows, "y", y))];
  const matrix: AxisValue[][] = lines.map(() => columns.map(() => null));
  for (const row of rows) {
    const line = lines.indexOf(axisValue(valueIn(row, y)));
    matrix[line]![columns.indexOf(axisValue(valueIn(row, x)))] = axisValue(valueIn(row, value));
  }
  const trace: Trace = {
    type: "heatmap",
    x: columns,
    y: lines,
    z: matrix,
    colorscale: "Cividis",
    colorbar: {
      title: { text: escapePlotlyText(valueLabel), side: "right" },
      thickness: 14,
      outlinewidth: 0,
    },
    ...(columns.length * lines.length <= 400 ? { texttemplate: valueTemplate("z", matrix.flat()) } : {}),
    xgap: 2,
    ygap: 2,
  };
  const axes = {
    x: { ...axis(xLabel), type: "category", showgrid: false },
    y: { ...axis(yLabel), type: "category", showgrid: false, autorange: "reversed" },
  };
  return composeFigure("Heat map", [trace], axes, options);
}
