import { checkList } from "../core/arguments.ts";
import { ArgumentError } from "../core/errors.ts";
import { axis, composeFigure, escapePlotlyText } from "./figure.ts";
import type { Figure, FigureOptions, Trace } from "./figure.ts";
import { checkFigureOptions } from "./figure-options.ts";
import { chanceName, namedOnce, referenceLine } from "./reference-line.ts";
import { barMarker, seriesStyle } from "./series-style.ts";
import type { SeriesStyle } from "./series-style.ts";

/** Accuracy of one model under one prompt strategy. */
export interface PromptingAccuracy {
  readonly model: string;
  readonly strategy: string;
  readonly accuracyPercent: number;
  readonly lowPercent?: number | undefined;
  readonly highPercent?: number | undefined;
}

export interface PromptingFigureOptions extends FigureOptions {
  /** Accuracies that a paper states: a mark on the bars' place; `isLowerBound` points upwards. */
  readonly knownPoints?: readonly (PromptingAccuracy & { readonly isLowerBound: boolean })[];
  /** Accuracy of guessing, as a dotted line. */
  readonly chancePercent?: number;
}

/**
 * Accuracy of prompt strategies over versions of a model, beside each other: the paper's Figure 3.
 *
 * @throws {ArgumentError} neither a row nor a known point
 *
 * @example
 * promptingFigure([{ model: "F", strategy: "zero-shot", accuracyPercent: 62.6 }]).data[0].y //=> [62.6]
 */
export function promptingFigure(
  rows: readonly PromptingAccuracy[],
  options: PromptingFigureOptions = {},
): Figure {
  checkList("rows", "a list of rows", rows);
  checkFigureOptions(options, ["knownPoints", "chancePercent"]);
  const { knownPoints = [], chancePercent, xLabel = "Model", yLabel = "Accuracy (%)" } = options;
  const all = [...rows, ...knownPoints];
  if (all.length === 0) throw new ArgumentError("rows", "at least one row, or a known point", rows);
  const models = [...new Set(all.map(({ model }) => nameLines(model)))];
  const strategies = [...new Set(all.map(({ strategy }) => strategy))];
  const data = strategies.flatMap((strategy, order): Trace[] => {
    const style = seriesStyle(order);
    const name = escapePlotlyText(strategy);
    const held = rows.filter((row) => row.strategy === strategy);
    const known = knownPoints.filter((row) => row.strategy === strategy);
    // A strategy's marks share its bars' place through the offset group, also where it has no bar of its own.
    const place = { offsetgroup: String(order), legendgroup: strategy };
    return [
      ...(held.length > 0 ? [{ ...barTrace(held, style), ...place, name }] : []),
      ...(known.length > 0 ? [{ ...knownTrace(known, style), ...place, name: `${name}, paper` }] : []),
    ];
  });
  const axes = {
    x: { ...axis(xLabel), tickangle: 0, type: "category", categoryorder: "array", categoryarray: models },
    y: { ...axis(yLabel), range: [0, 100] },
  };
  const { layout } = composeFigure("Accuracy by prompt strategy", data, axes, options);
  const chance =
    chancePercent === undefined ? [] : [{ axis: "y", value: chancePercent, dash: "dot" } as const];
  const shapes = namedOnce(chance.map((place) => referenceLine(chanceName([place.value]), place)));
  return {
    data,
    layout: {
      ...layout,
      ...(rows.length > 0 ? { barmode: "group" } : {}),
      scattermode: "group",
      shapes,
      showlegend: data.length > 1 || shapes.length > 0,
    },
  };
}

/** A long name in lines, which is read more easily than one that is turned. */
function nameLines(name: string): string {
  const lines: string[] = [];
  for (const word of name.split(" ")) {
    const longer = `${lines.at(-1) ?? ""} ${word}`.trim();
    if (lines.length > 0 && longer.length <= maximumLineCharacters) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines.map(escapePlotlyText).join("<br>");
}

const maximumLineCharacters = 13;

function barTrace(rows: readonly PromptingAccuracy[], style: SeriesStyle): Trace {
  return {
    type: "bar",
    x: rows.map(({ model }) => nameLines(model)),
    y: rows.map(({ accuracyPercent }) => accuracyPercent),
    marker: barMarker(style),
    error_y: {
      type: "data",
      symmetric: false,
      array: rows.map((row) => (row.highPercent ?? row.accuracyPercent) - row.accuracyPercent),
      arrayminus: rows.map((row) => row.accuracyPercent - (row.lowPercent ?? row.accuracyPercent)),
      color: "#8b949e",
      thickness: 1.5,
      width: 3,
    },
    hovertemplate: "%{x}: %{y:.2f} %<extra></extra>",
  };
}

function knownTrace(
  rows: readonly (PromptingAccuracy & { readonly isLowerBound: boolean })[],
  { color }: SeriesStyle,
): Trace {
  return {
    type: "scatter",
    mode: "markers+text",
    text: rows.map(({ accuracyPercent, isLowerBound }) => `${isLowerBound ? "&gt; " : ""}${accuracyPercent}`),
    textposition: "top center",
    x: rows.map(({ model }) => nameLines(model)),
    y: rows.map(({ accuracyPercent }) => accuracyPercent),
    marker: {
      color,
      size: 11,
      symbol: rows.map(({ isLowerBound }) => (isLowerBound ? "triangle-up-open" : "circle-open")),
      line: { width: 2 },
    },
    hovertemplate: rows.map(({ isLowerBound }) => `${isLowerBound ? "above " : ""}%{y:.2f} %<extra></extra>`),
  };
}
