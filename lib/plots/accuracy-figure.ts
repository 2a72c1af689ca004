import { checkList } from "../core/arguments.ts";
import { ArgumentError } from "../core/errors.ts";
import { COLORWAY, axis, composeFigure, escapePlotlyText } from "./figure.ts";
import type { Figure, FigureOptions, Layout, Trace } from "./figure.ts";
import { panelPlace, panelSuffix, panelTitle } from "./panels.ts";

/** One accuracy of a model on a task. */
export interface AccuracyBar {
  readonly task: string;
  readonly model: string;
  /** What the colour says: how the model was trained. */
  readonly recipe: string;
  readonly accuracyPercent: number;
  /** Ends of its interval; left out where the number of questions is not known. */
  readonly lowPercent?: number | undefined;
  readonly highPercent?: number | undefined;
}

export interface AccuracyFigureOptions extends FigureOptions {
  /** Accuracy of guessing, by task. */
  readonly chancePercent?: Readonly<Record<string, number>>;
  /** A few words below a task's name: "n = 1,273", "n unknown". */
  readonly notes?: Readonly<Record<string, string>>;
}

/**
 * Accuracies as bars, a panel a task and a line a model, each with its interval where one is known: Table 2.
 *
 * The axis begins at 0 so that lengths may be compared; a dotted line is a task's chance level.
 *
 * @throws {ArgumentError} no rows, an accuracy outside of [0, 100], or two for one model and task
 *
 * @example
 * accuracyFigure([{ task: "MedQA", model: "ours", recipe: "F", accuracyPercent: 54.3 }]).data[0].x //=> [54.3]
 */
export function accuracyFigure(rows: readonly AccuracyBar[], options: AccuracyFigureOptions = {}): Figure {
  checkList("rows", "a list of rows", rows);
  checkRows(rows);
  const { xLabel = "Accuracy (%)", chancePercent = {}, notes = {} } = options;
  const tasks = [...new Set(rows.map(({ task }) => task))];
  const recipes = [...new Set(rows.map(({ recipe }) => recipe))];
  const models = [...new Set(rows.map(({ model }) => escapePlotlyText(model)))];
  const data: Trace[] = [];
  const panels: Record<string, Layout> = {};
  const annotations: Layout[] = [];
  const shapes: Layout[] = [];
  const inLegend = new Set<string>();
  for (const [index, task] of tasks.entries()) {
    const suffix = panelSuffix(index);
    const place = panelPlace(index, tasks.length, 0.04);
    panels[`xaxis${suffix}`] = {
      ...axis(xLabel),
      domain: place,
      anchor: `y${suffix}`,
      range: [0, 100],
      tickvals: [0, 25, 50, 75],
    };
    panels[`yaxis${suffix}`] = {
      anchor: `x${suffix}`,
      type: "category",
      categoryorder: "array",
      categoryarray: models,
      autorange: "reversed",
      showticklabels: index === 0,
    };
    annotations.push(panelTitle(task, place, notes[task]));
    for (const [order, recipe] of recipes.entries()) {
      const held = rows.filter((row) => row.task === task && row.recipe === recipe);
      if (held.length === 0) continue;
      data.push({
        ...barTrace(held, recipe, COLORWAY[order % COLORWAY.length]!),
        showlegend: !inLegend.has(recipe),
        xaxis: `x${suffix}`,
        yaxis: `y${suffix}`,
      });
      inLegend.add(recipe);
    }
    const chance = chancePercent[task];
    if (chance !== undefined) shapes.push(chanceLine(chance, suffix));
  }
  const { layout } = composeFigure("Accuracy", data, { x: {}, y: {} }, options);
  const notesHeight = Object.keys(notes).length > 0 ? 16 : 0;
  const margin = { t: (options.title === undefined ? 40 : 84) + notesHeight, b: 110 };
  const height = options.height ?? margin.t + margin.b + 24 * models.length;
  return {
    data,
    layout: {
      ...layout,
      ...panels,
      annotations,
      shapes,
      height,
      barmode: "overlay",
      showlegend: recipes.length > 1,
      // Below the axes' titles, whatever the number of models: in shares of the panels' height.
      ...(recipes.length > 1
        ? { legend: { y: -64 / Math.max(24, height - margin.t - margin.b), yanchor: "top" } }
        : {}),
      margin,
    },
  };
}

function barTrace(rows: readonly AccuracyBar[], recipe: string, color: string): Trace {
  const has = rows.some(({ lowPercent }) => lowPercent !== undefined);
  const interval = {
    type: "data",
    symmetric: false,
    array: rows.map((row) => (row.highPercent ?? row.accuracyPercent) - row.accuracyPercent),
    arrayminus: rows.map((row) => row.accuracyPercent - (row.lowPercent ?? row.accuracyPercent)),
    color: "#8b949e",
    thickness: 1.5,
    width: 3,
  };
  return {
    type: "bar",
    orientation: "h",
    name: escapePlotlyText(recipe),
    legendgroup: recipe,
    x: rows.map(({ accuracyPercent }) => accuracyPercent),
    y: rows.map(({ model }) => escapePlotlyText(model)),
    marker: { color },
    ...(has ? { error_x: interval } : {}),
    hovertemplate: "%{y}: %{x:.2f} %<extra></extra>",
  };
}

function chanceLine(percent: number, suffix: string): Layout {
  return {
    type: "line",
    xref: `x${suffix}`,
    yref: `y${suffix} domain`,
    x0: percent,
    x1: percent,
    y0: 0,
    y1: 1,
    line: { color: "#8b949e", width: 1, dash: "dot" },
  };
}

function checkRows(rows: readonly AccuracyBar[]): void {
  if (rows.length === 0) throw new ArgumentError("rows", "at least one row", rows);
  const seen = new Set<string>();
  for (const [index, row] of rows.entries()) {
    const { accuracyPercent, lowPercent = accuracyPercent, highPercent = accuracyPercent } = row;
    if (!(accuracyPercent >= 0 && accuracyPercent <= 100))
      throw new ArgumentError(`rows[${index}].accuracyPercent`, "in [0, 100]", accuracyPercent);
    if (!(lowPercent <= accuracyPercent && accuracyPercent <= highPercent)) {
      const interval = `${lowPercent} to ${highPercent}`;
      throw new ArgumentError(
        `rows[${index}]`,
        `an interval around its accuracy ${accuracyPercent}`,
        interval,
      );
    }
    const key = JSON.stringify([row.task, row.model]);
    if (seen.has(key))
      throw new ArgumentError("rows", `one row for ${row.model} on ${row.task}`, `a second, rows[${index}]`);
    seen.add(key);
  }
}
