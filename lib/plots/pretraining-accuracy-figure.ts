import { checkList } from "../core/arguments.ts";
import { ArgumentError } from "../core/errors.ts";
import { axisValue } from "./columns.ts";
import { axis, composeFigure, escapePlotlyText } from "./figure.ts";
import type { Figure, FigureOptions, Layout, Trace } from "./figure.ts";
import { checkFigureOptions } from "./figure-options.ts";
import { panelMargin, panelPlace, panelSuffix, panelTitle } from "./panels.ts";
import { chanceName, namedOnce, referenceLine } from "./reference-line.ts";
import { seriesStyle } from "./series-style.ts";
import type { SeriesStyle } from "./series-style.ts";

/** Accuracy of one checkpoint. */
export interface CheckpointAccuracy {
  /** What the line follows: "base", "fine-tuned". */
  readonly series: string;
  /** Prompt format of the evaluation; lines of different formats stand in panels of their own. */
  readonly promptFormat: string;
  readonly pretrainingTokens: number;
  /** Mean over seeds where there are several. */
  readonly accuracyPercent: number;
  readonly lowPercent?: number | undefined;
  readonly highPercent?: number | undefined;
}

export interface PretrainingAccuracyFigureOptions extends FigureOptions {
  /** Points that a paper states: hollow, never joined, in a panel of their own with its own number of tokens. */
  readonly knownPoints?: readonly KnownAccuracy[];
  /** What the panel of known points is called; say whose questions they are of. @default "Stated by the paper" */
  readonly knownTitle?: string;
  /** Accuracy of guessing, as a dotted line in each panel of rows. */
  readonly chancePercent?: number;
}

/** An accuracy that is stated elsewhere, drawn beside the measured ones. */
export interface KnownAccuracy extends Omit<CheckpointAccuracy, "promptFormat"> {
  /** Where it is stated. */
  readonly label: string;
}

/**
 * Accuracy against tokens of pretraining, a panel a prompt format: the paper's Figure 2.
 *
 * Accuracies under different prompt formats are not comparable, so they share no panel, and the panels share no
 * vertical axis. Bars are intervals.
 *
 * @throws {ArgumentError} neither a row nor a known point
 *
 * @example
 * pretrainingAccuracyFigure([
 *   { series: "base", promptFormat: "none", pretrainingTokens: 0, accuracyPercent: 40 },
 *   { series: "fine-tuned", promptFormat: "Figure 4", pretrainingTokens: 0, accuracyPercent: 50 },
 * ]).layout.annotations.length //=> 3
 */
export function pretrainingAccuracyFigure(
  rows: readonly CheckpointAccuracy[],
  options: PretrainingAccuracyFigureOptions = {},
): Figure {
  checkList("rows", "a list of rows", rows);
  checkFigureOptions(options, ["knownPoints", "knownTitle", "chancePercent"]);
  const { knownPoints = [], xLabel = "Tokens of pretraining", yLabel = "Accuracy (%)" } = options;
  const { knownTitle = "Stated by the paper", chancePercent } = options;
  if (rows.length === 0 && knownPoints.length === 0)
    throw new ArgumentError("rows", "at least one row, or a known point", rows);
  const series = [...new Set([...rows, ...knownPoints].map((row) => row.series))];
  const styleOf = (name: string): SeriesStyle => seriesStyle(series.indexOf(name));
  const formats = Map.groupBy(rows, ({ promptFormat }) => promptFormat);
  const contents: [title: string, traces: Trace[]][] = [...formats].map(([format, held]) => [
    `Prompt: ${format}`,
    [...Map.groupBy(held, (row) => row.series)].map(([name, own]) => lineTrace(own, name, styleOf(name))),
  ]);
  if (knownPoints.length > 0) {
    const known = [...Map.groupBy(knownPoints, (row) => row.series)];
    contents.push([
      knownTitle,
      known.map(([name, held]) => knownTrace(held, name, styleOf(name), formats.size === 0)),
    ]);
  }

  const panels: Record<string, Layout> = {};
  const annotations: Layout[] = [];
  const chance: Layout[] = [];
  const data = contents.flatMap(([title, traces], index) => {
    const suffix = panelSuffix(index);
    const place = panelPlace(index, contents.length);
    panels[`xaxis${suffix}`] = {
      ...axis(xLabel),
      domain: place,
      anchor: `y${suffix}`,
      range: rangeOf(traces),
    };
    panels[`yaxis${suffix}`] = { ...axis(index === 0 ? yLabel : ""), anchor: `x${suffix}` };
    annotations.push(panelTitle(title, place));
    if (chancePercent !== undefined && index < formats.size) {
      const line = { axis: "y", value: chancePercent, suffix, dash: "dot" } as const;
      chance.push(referenceLine(chanceName([chancePercent]), line));
    }
    return traces.map((trace): Trace => ({ ...trace, xaxis: `x${suffix}`, yaxis: `y${suffix}` }));
  });
  const isSplit = formats.size > 1;
  const { layout } = composeFigure("Accuracy by pretraining", data, { x: {}, y: {} }, options);
  return {
    data,
    layout: {
      ...layout,
      ...panels,
      annotations: isSplit ? [...annotations, notComparable] : annotations,
      shapes: namedOnce(chance),
      showlegend: data.length > 1 || chance.length > 0,
      margin: panelMargin(options, isSplit ? 20 : 0),
    },
  };
}

const notComparable: Layout = {
  text: "<i>Panels of different prompts are not comparable.</i>",
  showarrow: false,
  xref: "paper",
  yref: "paper",
  x: 0,
  y: 1,
  yshift: 20,
  xanchor: "left",
  yanchor: "bottom",
};

/** From 0, with room on both sides: plotly cuts an interval that stands on the panel's edge. */
function rangeOf(traces: readonly Trace[]): [number, number] {
  const farthest = Math.max(1, ...traces.flatMap((trace) => trace["x"] as number[]));
  return [-0.06 * farthest, 1.06 * farthest];
}

function lineTrace(
  held: readonly CheckpointAccuracy[],
  name: string,
  { color, dash, symbol }: SeriesStyle,
): Trace {
  const rows = held.toSorted((one, other) => one.pretrainingTokens - other.pretrainingTokens);
  const has = rows.some(({ lowPercent }) => lowPercent !== undefined);
  return {
    type: "scatter",
    mode: "lines+markers",
    name: escapePlotlyText(name),
    x: rows.map((row) => row.pretrainingTokens),
    y: rows.map((row) => axisValue(row.accuracyPercent)),
    line: { color, dash },
    marker: { color, symbol, size: 7 },
    cliponaxis: false,
    ...(has
      ? {
          error_y: {
            type: "data",
            symmetric: false,
            array: rows.map((row) => (row.highPercent ?? row.accuracyPercent) - row.accuracyPercent),
            arrayminus: rows.map((row) => row.accuracyPercent - (row.lowPercent ?? row.accuracyPercent)),
            thickness: 1.2,
            width: 3,
          },
        }
      : {}),
  };
}

function knownTrace(
  rows: readonly KnownAccuracy[],
  name: string,
  { color, symbol }: SeriesStyle,
  isAlone: boolean,
): Trace {
  const farthest = Math.max(...rows.map((row) => row.pretrainingTokens));
  return {
    type: "scatter",
    // Beside other panels there is no room for words.
    ...(isAlone
      ? {
          mode: "markers+text",
          textposition: rows.map((row) =>
            row.pretrainingTokens > farthest / 2 ? "middle left" : "middle right",
          ),
        }
      : { mode: "markers" }),
    name: escapePlotlyText(`${name}, stated by the paper`),
    x: rows.map((row) => row.pretrainingTokens),
    y: rows.map((row) => row.accuracyPercent),
    text: rows.map(({ label, accuracyPercent }) => `  ${escapePlotlyText(label)}: ${accuracyPercent} %  `),
    hovertemplate: "%{text}<extra></extra>",
    marker: { color, size: 11, symbol: `${symbol}-open`, line: { width: 2 } },
    cliponaxis: false,
  };
}
