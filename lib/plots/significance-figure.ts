import { checkList } from "../core/arguments.ts";
import { ArgumentError } from "../core/errors.ts";
import { axis, composeFigure, escapePlotlyText } from "./figure.ts";
import type { Figure, FigureOptions, Trace } from "./figure.ts";
import { checkFigureOptions } from "./figure-options.ts";

/** A difference of two accuracies, and whether it is more than chance. */
export interface AccuracyDifference {
  /** What is compared: "Mistral 7b: F → N". */
  readonly comparison: string;
  readonly task: string;
  readonly differencePoints: number;
  /** Of one test alone. */
  readonly pValue: number;
  /** After the correction over all tests together. */
  readonly correctedPValue: number;
}

export interface SignificanceFigureOptions extends FigureOptions {
  /** Level below which a corrected p value counts. @default 0.05 */
  readonly level?: number;
  /** Name of the correction, for the legend. @default "Holm" */
  readonly correction?: string;
}

/** Light to dark, so that the order is seen in grey as well. */
const classColors = ["#e6e8eb", "#9ecae1", "#0072B2"] as const;

/**
 * The matrix of differences: a line a comparison, a column a task, each with its points and its p value before and
 * after correction; three shades say how much of it is left.
 *
 * @throws {ArgumentError} no rows, or a p value outside of [0, 1]
 *
 * @example
 * significanceFigure([
 *   { comparison: "F → N", task: "MedQA", differencePoints: 6.44, pValue: 0.001, correctedPValue: 0.016 },
 * ]).data[0].text //=> [["<b>+6.44</b>  p 0.001 → 0.016"]]
 */
export function significanceFigure(
  rows: readonly AccuracyDifference[],
  options: SignificanceFigureOptions = {},
): Figure {
  checkList("rows", "a list of rows", rows);
  checkFigureOptions(options, ["level", "correction"]);
  if (rows.length === 0) throw new ArgumentError("rows", "at least one row", rows);
  const { level = 0.05, correction = "Holm", xLabel = "", yLabel = "" } = options;
  for (const [index, { pValue, correctedPValue }] of rows.entries()) {
    for (const p of [pValue, correctedPValue])
      if (!(p >= 0 && p <= 1)) throw new ArgumentError(`rows[${index}]`, "p values in [0, 1]", p);
  }
  const tasks = [...new Set(rows.map(({ task }) => task))];
  const comparisons = [...new Set(rows.map(({ comparison }) => comparison))];
  const cells = comparisons.map((comparison) =>
    tasks.map((task) => rows.find((row) => row.comparison === comparison && row.task === task)),
  );
  const classOf = (row: AccuracyDifference): number =>
    row.correctedPValue < level ? 2 : row.pValue < level ? 1 : 0;
  const matrix: Trace = {
    type: "heatmap",
    x: tasks.map(escapePlotlyText),
    y: comparisons.map(escapePlotlyText),
    z: cells.map((line) => line.map((row) => (row === undefined ? null : classOf(row)))),
    zmin: 0,
    zmax: 2,
    colorscale: classColors.flatMap((color, index) => [
      [index / 3, color],
      [(index + 1) / 3, color],
    ]),
    showscale: false,
    text: cells.map((line) => line.map((row) => (row === undefined ? "" : wordsOf(row)))),
    texttemplate: "%{text}",
    hovertemplate: "%{y}, %{x}: %{text}<extra></extra>",
    xgap: 3,
    ygap: 3,
  };
  const meanings = [
    `p ≥ ${level}`,
    `p < ${level} only before correction`,
    `p < ${level} after ${correction}'s correction`,
  ];
  const legend = meanings.map((name, index): Trace => ({
    type: "scatter",
    mode: "markers",
    name: escapePlotlyText(name),
    x: [null],
    y: [null],
    marker: { symbol: "square", size: 12, color: classColors[index], line: { color: "#8b949e", width: 1 } },
    hoverinfo: "skip",
  }));
  const axes = {
    x: { ...axis(xLabel), type: "category", showgrid: false, ticks: "", side: "top" },
    y: { ...axis(yLabel), type: "category", showgrid: false, ticks: "", autorange: "reversed" },
  };
  const data = [matrix, ...legend];
  const height = 150 + 34 * comparisons.length;
  const { layout } = composeFigure("Significance of differences", data, axes, { height, ...options });
  return {
    data,
    layout: {
      ...layout,
      margin: { t: options.title === undefined ? 48 : 88, b: 24 },
    },
  };
}

function wordsOf({ differencePoints, pValue, correctedPValue }: AccuracyDifference): string {
  const sign = differencePoints < 0 ? "−" : "+";
  return `<b>${sign}${Math.abs(differencePoints).toFixed(2)}</b>  p ${pText(pValue)} → ${pText(correctedPValue)}`;
}

function pText(p: number): string {
  return p > 0 && p < 0.001 ? "&lt; 0.001" : p.toFixed(3);
}
