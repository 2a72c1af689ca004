import { checkList } from "../core/arguments.ts";
import { ArgumentError } from "../core/errors.ts";
import { axis, composeFigure, escapePlotlyText } from "./figure.ts";
import type { Figure, FigureOptions, Layout, Trace } from "./figure.ts";
import { checkFigureOptions } from "./figure-options.ts";
import { panelMargin, panelPlace, panelSuffix, panelTitle } from "./panels.ts";
import { chanceName, namedOnce, referenceLine } from "./reference-line.ts";
import { barMarker, seriesStyle } from "./series-style.ts";
import type { SeriesStyle } from "./series-style.ts";

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
  checkFigureOptions(options, ["chancePercent", "notes"]);
  const { xLabel = "Accuracy (%)", chancePercent = {}, notes = {} } = options;
  const tasks = [...new Set(rows.map(({ task }) => task))];
  const recipes = [...new Set(rows.map(({ recipe }) => recipe))];
  const models = [...new Set(rows.map(({ model }) => escapePlotlyText(model)))];
  const data: Trace[] = [];
  const panels: Record<string, Layout> = {};
  const annotations: Layout[] = [];
  const chances: Layout[] = [];
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
        ...barTrace(held, recipe, seriesStyle(order)),
        showlegend: !inLegend.has(recipe),
        xaxis: `x${suffix}`,
        yaxis: `y${suffix}`,
      });
      inLegend.add(recipe);
    }
    const chance = chancePercent[task];
    if (chance !== undefined)
      chances.push(
        referenceLine(chanceName(Object.values(chancePercent)), {
          axis: "x",
          value: chance,
          suffix,
          dash: "dot",
        }),
      );
  }
  const { layout } = composeFigure("Accuracy", data, { x: {}, y: {} }, options);
  const showlegend = recipes.length > 1 || chances.length > 0;
  const margin = panelMargin(options, Object.keys(notes).length > 0 ? 16 : 0);
  const height = options.height ?? margin.t + (showlegend ? 110 : 64) + 24 * models.length;
  return {
    data,
    layout: {
      ...layout,
      ...panels,
      annotations,
      shapes: namedOnce(chances),
      height,
      barmode: "overlay",
      showlegend,
      margin,
    },
  };
}

function barTrace(rows: readonly AccuracyBar[], recipe: string, style: SeriesStyle): Trace {
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
    marker: barMarker(style),
    ...(has ? { error_x: interval } : {}),
    hovertemplate: "%{y}: %{x:.2f} %<extra></extra>",
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
