import { checkRecord } from "../core/arguments.ts";
import { ArgumentError } from "../core/errors.ts";
import { axisValue } from "./columns.ts";
import { axis, composeFigure, escapePlotlyText } from "./figure.ts";
import type { Figure, FigureOptions, Layout, Trace } from "./figure.ts";
import { checkFigureOptions } from "./figure-options.ts";
import { panelMargin, panelPlace, panelSuffix, panelTitle } from "./panels.ts";
import { namedOnce, referenceLine } from "./reference-line.ts";
import { seriesStyle } from "./series-style.ts";
import type { SeriesStyle } from "./series-style.ts";

/** Loss of one step or measurement, with each domain's share of it. */
export interface LossRow {
  readonly step: number;
  readonly tokensSeen: number;
  readonly lossByDomain: Readonly<Record<string, { readonly loss: number; readonly tokens: number }>>;
}

/** What a run has written about its loss; the metrics of a run are such a record. */
export interface LossRecord {
  readonly train: readonly (LossRow & { readonly attempt: number })[];
  readonly heldOut?: readonly LossRow[];
  readonly events?: readonly { readonly event: string; readonly step: number; readonly domain?: string }[];
}

export interface TrainingLossFigureOptions extends FigureOptions {
  /** @default "step" */
  readonly x?: "step" | "tokens";
  /** Panels from left to right. @default every domain, in the order of first appearance */
  readonly domains?: readonly string[];
  /** Steps over which a mean is drawn, each weighted by its tokens, over the faint line of every step. @default 1 */
  readonly smoothing?: number;
}

/**
 * Training loss by domain, a panel each, as the paper's Figure 1: one run, or several under their names.
 *
 * Diamonds are held-out loss. A dashed line ends an epoch of the panel's domain, a dotted one is a restart. A NaN
 * is a gap.
 *
 * @throws {ArgumentError} no run, or no row that has a loss by domain
 *
 * @example
 * trainingLossFigure({ train: [{ step: 1, tokensSeen: 8, attempt: 1, lossByDomain: { clinical: { loss: 2, tokens: 8 } } }] })
 *   .layout.xaxis //=> { title: { text: "Step" }, domain: [0, 1], anchor: "y" }
 */
export function trainingLossFigure(
  runs: LossRecord | Readonly<Record<string, LossRecord>>,
  options: TrainingLossFigureOptions = {},
): Figure {
  checkRecord("runs", "a record of metrics, or several by name", runs);
  checkFigureOptions(options, ["x", "domains", "smoothing"]);
  const { x = "step", smoothing = 1, domains = domainsOf(runs), yLabel = "Loss (nats a token)" } = options;
  const { xLabel = x === "step" ? "Step" : "Tokens seen" } = options;
  if (domains.length === 0) throw new ArgumentError("runs", "at least one row with a loss by domain", runs);
  if (!(Number.isSafeInteger(smoothing) && smoothing >= 1))
    throw new ArgumentError("smoothing", "a whole number of steps >= 1", smoothing);

  const named = recordsOf(runs);
  const data: Trace[] = [];
  const panels: Record<string, Layout> = {};
  const annotations: Layout[] = [];
  const shapes: Layout[] = [];
  const inLegend = new Set<string>();
  for (const [index, domain] of domains.entries()) {
    const suffix = panelSuffix(index);
    const place = panelPlace(index, domains.length);
    panels[`xaxis${suffix}`] = { ...axis(xLabel), domain: place, anchor: `y${suffix}` };
    panels[`yaxis${suffix}`] = { ...(index === 0 ? axis(yLabel) : {}), anchor: `x${suffix}` };
    annotations.push(panelTitle(domain, place));
    for (const [order, [name, record]] of named.entries()) {
      const style = { ...seriesStyle(order), suffix, name };
      for (const trace of runTraces(record, domain, x, smoothing, style)) {
        const group = String(trace["legendgroup"]);
        const showlegend = trace["showlegend"] !== false && !inLegend.has(group);
        if (showlegend) inLegend.add(group);
        data.push({ ...trace, showlegend });
      }
      shapes.push(...boundaries(record, domain, x, suffix));
    }
  }
  const composed = composeFigure("Training loss by domain", data, { x: {}, y: {} }, options);
  const layout = {
    ...composed.layout,
    ...panels,
    annotations,
    shapes: namedOnce(shapes),
    showlegend: inLegend.size > 1 || shapes.length > 0,
    margin: panelMargin(options),
  };
  return { data, layout };
}

/** More would hide the curve, and be no news. */
const maximumEpochLines = 6;

function recordsOf(runs: LossRecord | Readonly<Record<string, LossRecord>>): [string, LossRecord][] {
  return isRecord(runs) ? [["training", runs]] : Object.entries(runs);
}

function isRecord(runs: LossRecord | Readonly<Record<string, LossRecord>>): runs is LossRecord {
  return Array.isArray((runs as LossRecord).train);
}

function domainsOf(runs: LossRecord | Readonly<Record<string, LossRecord>>): string[] {
  const rows = recordsOf(runs).flatMap(([, { train, heldOut = [] }]) => [...train, ...heldOut]);
  return [...new Set(rows.flatMap(({ lossByDomain }) => Object.keys(lossByDomain)))];
}

interface TraceStyle extends SeriesStyle {
  readonly suffix: string;
  readonly name: string;
}

function runTraces(
  { train, heldOut = [] }: LossRecord,
  domain: string,
  x: "step" | "tokens",
  smoothing: number,
  { color, dash, symbol, suffix, name }: TraceStyle,
): Trace[] {
  const axes = { xaxis: `x${suffix}`, yaxis: `y${suffix}` };
  const trained = train.filter(({ lossByDomain }) => Object.hasOwn(lossByDomain, domain));
  const measured = heldOut.filter(({ lossByDomain }) => Object.hasOwn(lossByDomain, domain));
  const lossOf = (row: LossRow): number => row.lossByDomain[domain]!.loss;
  const line = (y: readonly unknown[], style: object, label: string): Trace => ({
    type: "scatter",
    mode: "lines",
    name: escapePlotlyText(label),
    legendgroup: label,
    x: trained.map((row) => position(row, x)),
    y: y.map(axisValue),
    ...style,
    ...axes,
  });
  const heldOutName = name === "training" ? "held out" : `${name}, held out`;
  const traces: Trace[] = [];
  if (trained.length > 0) {
    const raw = trained.map(lossOf);
    const isRaw = smoothing === 1;
    if (!isRaw) {
      const faint = { line: { color, width: 1 }, opacity: 0.3, hoverinfo: "skip", showlegend: false };
      traces.push(line(raw, faint, `${name}, each step`));
    }
    const shown = isRaw ? raw : smoothed(trained, domain, smoothing);
    traces.push(line(shown, { line: { color, width: 2, ...(dash !== "solid" && { dash }) } }, name));
  }
  if (measured.length > 0) {
    traces.push({
      type: "scatter",
      mode: "lines+markers",
      name: escapePlotlyText(heldOutName),
      legendgroup: heldOutName,
      x: measured.map((row) => position(row, x)),
      y: measured.map((row) => axisValue(lossOf(row))),
      line: { color, width: 1, dash: "dash" },
      marker: { color, symbol: symbol === "circle" ? "diamond" : `${symbol}-open`, size: 8 },
      ...axes,
    });
  }
  return traces;
}

/** The mean of the last steps, weighted by tokens; a step without a finite loss is a gap, and in no mean. */
function smoothed(rows: readonly LossRow[], domain: string, steps: number): number[] {
  const held = rows.map((row) => row.lossByDomain[domain]!);
  return held.map(({ loss }, index) => {
    if (!Number.isFinite(loss)) return NaN;
    const window = held.slice(Math.max(0, index - steps + 1), index + 1);
    const finite = window.filter((each) => Number.isFinite(each.loss));
    const tokens = finite.reduce((sum, each) => sum + each.tokens, 0);
    return finite.reduce((sum, each) => sum + each.loss * each.tokens, 0) / tokens;
  });
}

function boundaries(
  { train, events = [] }: LossRecord,
  domain: string,
  x: "step" | "tokens",
  suffix: string,
): Layout[] {
  const at = (step: number): number => {
    const row = x === "step" ? undefined : train.find((each) => each.step >= step);
    return row?.tokensSeen ?? step;
  };
  const line = (name: string, step: number, dash: "dash" | "dot"): Layout =>
    referenceLine(name, { axis: "x", value: at(step), suffix, dash });
  const epochs = events.filter((each) => each.event === "epoch" && each.domain === domain);
  const restarts = train.filter((row, index) => index > 0 && row.attempt > train[index - 1]!.attempt);
  const drawn = epochs.length > maximumEpochLines ? [] : epochs;
  return [
    ...drawn.map(({ step }) => line("end of an epoch", step, "dash")),
    ...restarts.map(({ step }) => line("restart", step, "dot")),
  ];
}

function position(row: LossRow, x: "step" | "tokens"): number {
  return x === "step" ? row.step : row.tokensSeen;
}
