import { checkList } from "../core/arguments.ts";
import { unknownName } from "../core/nearest-name.ts";
import { axisColumn, groupRows, valueTemplate } from "./columns.ts";
import type { AxisValue, Row } from "./columns.ts";
import { axis, composeFigure } from "./figure.ts";
import type { Figure, FigureOptions, Scale, Trace } from "./figure.ts";
import { checkFigureOptions } from "./figure-options.ts";
import { barMarker, seriesStyle } from "./series-style.ts";

export interface BarFigureOptions extends FigureOptions {
  /** Column of categories, drawn in the order of the rows. */
  readonly x: string;
  /** Column of bar lengths. */
  readonly y: string;
  /** Column whose values each get a colour and a pattern of their own. */
  readonly color?: string;
  /** Bars of one category beside each other or on top of each other. @default "group" */
  readonly arrangement?: "group" | "stack";
  /** Bars run to the right, first category on top: readable for long names. @default false */
  readonly horizontal?: boolean;
  /** Scale of the bars' lengths. @default "linear" */
  readonly yScale?: Scale;
}

/** More values than this would run into each other. */
const MAXIMUM_LABELLED_BARS = 16;

/**
 * One bar per row, each with its value written on it when there are few.
 *
 * @throws {ArgumentError} no rows, or a column that the rows do not have
 *
 * @example
 * barFigure([{ answer: "A", share: 0.26 }], { x: "answer", y: "share" }).data[0].y //=> [0.26]
 */
export function barFigure(rows: readonly Row[], options: BarFigureOptions): Figure {
  checkList("rows", "a list of rows", rows);
  checkFigureOptions(options, ["x", "y", "color", "arrangement", "horizontal", "yScale"]);
  const { x, y, color, arrangement = "group", horizontal = false, xLabel = x, yLabel = y, yScale } = options;
  if (arrangement !== "group" && arrangement !== "stack")
    throw unknownName("arrangement", arrangement, ["group", "stack"]);
  const groups = groupRows(rows, "color", color);
  const labelled = rows.length <= MAXIMUM_LABELLED_BARS;
  const markOpacity = labelled && arrangement === "stack" ? 0.3 : undefined;
  const data = groups.map((group, index): Trace => {
    const categories = axisColumn(group.rows, "x", x);
    const lengths = axisColumn(group.rows, "y", y);
    return {
      type: "bar",
      ...(horizontal ? { orientation: "h" } : {}),
      ...(group.name === undefined ? {} : { name: group.name }),
      x: horizontal ? lengths : categories,
      y: horizontal ? categories : lengths,
      ...(index === 0 ? {} : { marker: barMarker(seriesStyle(index), markOpacity) }),
      ...(labelled ? valueLabels(horizontal ? "x" : "y", lengths) : {}),
    };
  });
  const lengthAxis = axis(yLabel, yScale);
  const categoryAxis = { ...axis(xLabel), type: "category" };
  const axes = horizontal
    ? { x: lengthAxis, y: { ...categoryAxis, autorange: "reversed" } }
    : { x: categoryAxis, y: lengthAxis };
  const { data: traces, layout } = composeFigure("Bar chart", data, axes, options);
  // Of stacks plotly would list the last name first.
  const legend = arrangement === "stack" ? { legend: { traceorder: "normal" } } : {};
  return groups.length > 1
    ? { data: traces, layout: { ...layout, barmode: arrangement, ...legend } }
    : { data: traces, layout };
}

/** Values beside the bars. */
function valueLabels(key: "x" | "y", lengths: readonly AxisValue[]): Record<string, unknown> {
  return {
    texttemplate: valueTemplate(key, lengths),
    textposition: "outside",
    textangle: 0,
    cliponaxis: false,
  };
}
