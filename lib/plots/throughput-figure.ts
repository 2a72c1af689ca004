import { checkRecord } from "../core/arguments.ts";
import { ArgumentError } from "../core/errors.ts";
import { axisValue } from "./columns.ts";
import { axis, composeFigure, escapePlotlyText } from "./figure.ts";
import type { Figure, FigureOptions, Layout, Trace } from "./figure.ts";
import { checkFigureOptions } from "./figure-options.ts";
import { seriesStyle } from "./series-style.ts";

/** How fast one step was. */
export interface ThroughputRow {
  readonly step: number;
  readonly tokensPerSecond: number;
}

export interface ThroughputFigureOptions extends FigureOptions {
  /** What a plan expects, as a band from its slower to its faster end. */
  readonly planned?: { readonly low: number; readonly high: number } | undefined;
}

/**
 * Tokens a second of every step, faint, with the median of each run's steps as a line: how fast runs were, beside
 * what a plan expected.
 *
 * The median leaves out nothing; the first steps, which compile and fill caches, hardly move it.
 *
 * @throws {ArgumentError} no run, a run without a step, or a plan whose low end is above its high one
 *
 * @example
 * throughputFigure({ base: [{ step: 1, tokensPerSecond: 90 }, { step: 2, tokensPerSecond: 110 }] }).data[1].name
 * //=> "base: median 100"
 */
export function throughputFigure(
  runs: Readonly<Record<string, readonly ThroughputRow[]>>,
  options: ThroughputFigureOptions = {},
): Figure {
  checkRecord("runs", "rows by run", runs);
  checkFigureOptions(options, ["planned"]);
  const { planned, xLabel = "Step", yLabel = "Tokens a second" } = options;
  if (Object.keys(runs).length === 0) throw new ArgumentError("runs", "at least one run", runs);
  if (planned !== undefined && !(planned.low > 0 && planned.low <= planned.high))
    throw new ArgumentError("planned", "its low end above 0 and not above its high one", planned);
  const steps = Object.values(runs).flatMap((rows) => rows.map(({ step }) => step));
  const ends = [Math.min(...steps), Math.max(...steps)];
  const data = Object.entries(runs).flatMap(([name, rows], index): Trace[] => {
    if (rows.length === 0) throw new ArgumentError(`runs.${name}`, "at least one step", rows);
    const { color, dash, symbol } = seriesStyle(index);
    const middle = median(rows.map(({ tokensPerSecond }) => tokensPerSecond).filter(Number.isFinite));
    const own = { type: "scatter", legendgroup: name } as const;
    return [
      {
        ...own,
        mode: "markers",
        name: escapePlotlyText(`${name}, each step`),
        showlegend: false,
        x: rows.map(({ step }) => step),
        y: rows.map(({ tokensPerSecond }) => axisValue(tokensPerSecond)),
        marker: { color, symbol, size: 4, opacity: 0.45 },
      },
      {
        ...own,
        mode: "lines",
        name: `${escapePlotlyText(name)}: median ${Math.round(middle).toLocaleString("en-US")}`,
        showlegend: true,
        x: [rows[0]!.step, rows.at(-1)!.step],
        y: [middle, middle],
        line: { color, dash, width: 2 },
      },
    ];
  });
  const band: Trace[] = planned === undefined ? [] : [plannedBand(planned, ends)];
  const axes = { x: axis(xLabel), y: { ...axis(yLabel), rangemode: "tozero" } };
  const { layout } = composeFigure("Throughput", [...band, ...data], axes, options);
  return { data: [...band, ...data], layout: layout as Layout };
}

function plannedBand({ low, high }: { low: number; high: number }, [first, last]: readonly number[]): Trace {
  return {
    type: "scatter",
    mode: "lines",
    name: `planned: ${Math.round(low).toLocaleString("en-US")} to ${Math.round(high).toLocaleString("en-US")}`,
    x: [first, last, last, first, first],
    y: [low, low, high, high, low],
    fill: "toself",
    fillcolor: "rgba(139, 148, 158, 0.25)",
    line: { color: "#8b949e", width: 1, dash: "dot" },
    hoverinfo: "skip",
  };
}

/** The middle value; of an even number of values the mean of the two in the middle. */
function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
