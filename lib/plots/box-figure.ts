import { checkList } from "../core/arguments.ts";
import { axisColumn, groupRows, numberColumn } from "./columns.ts";
import type { Row } from "./columns.ts";
import { axis, composeFigure } from "./figure.ts";
import type { Figure, FigureOptions, Scale, Trace } from "./figure.ts";
import { checkFigureOptions } from "./figure-options.ts";

export interface BoxFigureOptions extends FigureOptions {
  /** Column of the groups, one box each, from the top in the order of the rows. */
  readonly group: string;
  /** Column of numbers; give this or `quantiles`. */
  readonly value?: string;
  /** Five columns that hold the quantiles 0.05, 0.25, 0.5, 0.75 and 0.95, when a query has them already. */
  readonly quantiles?: readonly [string, string, string, string, string];
  /** @default "linear" */
  readonly xScale?: Scale;
}

const PROBABILITIES = [0.05, 0.25, 0.5, 0.75, 0.95] as const;

/**
 * One horizontal box per group: quartiles and median, whiskers at the 5th and 95th percentile.
 *
 * Only the five quantiles are in the figure, so it is as small for a million documents as for ten.
 *
 * @throws {ArgumentError} no rows, neither or both of `value` and `quantiles`, or a column that is missing
 *
 * @example
 * boxFigure([{ source: "a", words: 1 }, { source: "a", words: 3 }], { group: "source", value: "words" }).data[0].median
 * //=> [2]
 */
export function boxFigure(rows: readonly Row[], options: BoxFigureOptions): Figure {
  checkList("rows", "a list of rows", rows);
  checkFigureOptions(options, ["group", "value", "quantiles", "xScale"]);
  const { group, value, quantiles, xScale, xLabel = value ?? "Value", yLabel = "" } = options;
  const [names, summary] =
    quantiles === undefined
      ? summarize(rows, group, value ?? "value")
      : [
          axisColumn(rows, "group", group),
          quantiles.map((column) => numberColumn(rows, "quantiles", column)),
        ];
  const [lowerfence, q1, median, q3, upperfence] = summary;
  const trace: Trace = { type: "box", orientation: "h", y: names, lowerfence, q1, median, q3, upperfence };
  const yAxis = { ...axis(yLabel), type: "category", autorange: "reversed" };
  return composeFigure("Box plot", [trace], { x: axis(xLabel, xScale), y: yAxis }, options);
}

function summarize(rows: readonly Row[], group: string, value: string): [string[], number[][]] {
  const groups = groupRows(rows, "group", group)
    .map((held) => ({
      name: held.name!,
      sorted: numberColumn(held.rows, "value", value).sort((a, b) => a - b),
    }))
    .filter((held) => held.sorted.length > 0);
  const summary = PROBABILITIES.map((probability) =>
    groups.map(({ sorted }) => quantile(sorted, probability)),
  );
  return [groups.map((held) => held.name), summary];
}

/** Quantile of sorted numbers, linear between neighbours (Hyndman and Fan's type 7, as DuckDB's quantile_cont). */
export function quantile(sorted: readonly number[], probability: number): number {
  const position = (sorted.length - 1) * probability;
  const below = Math.floor(position);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return low + (high - low) * (position - below);
}
