import { ArgumentError } from "../core/errors.ts";
import { DISPLAY_SYMBOL, type Displayable, type RichBundle } from "../display/bundle.ts";
import { figureBundle } from "../display/figure.ts";
import { jupyterHost } from "../display/jupyter-host.ts";
import { tableBundle } from "../display/table.ts";
import { withSources, type Figure, type Scale } from "../plots/figure.ts";
import { runComparisonFigure } from "../plots/run-comparison-figure.ts";
import { scoreFigure } from "../plots/score-figure.ts";
import { fromRows } from "../table/from-rows.ts";
import { runLine, seedsLine, type ComparedLine, type RunAxis, type Spread } from "./compared-lines.ts";
import { diffConfigs, type ConfigDifference } from "./diff-configs.ts";
import { groupSeeds } from "./group-seeds.ts";
import { ownMetricName } from "./metric-alias.ts";
import type { RunReader } from "./run-reader.ts";

/** A run that is compared. */
export interface NamedRun {
  readonly name: string;
  readonly reader: RunReader;
  readonly group: string | undefined;
  readonly metric: string | undefined;
  readonly givenConfig: object | undefined;
}

export interface ComparisonSettings {
  readonly metric: string;
  readonly x: RunAxis;
  readonly smoothing: number;
  readonly spread: Spread;
  readonly xScale: Scale;
  readonly yScale: Scale;
  readonly title: string | undefined;
}

/** A run, or the seeds of one group together. What a run does not tell is null. */
export interface RunRow {
  readonly run: string;
  readonly format: string;
  readonly seeds: number;
  readonly steps: number;
  readonly tokens: number | null;
  readonly hours: number | null;
  /** The metric at the last step; with smoothing, the smoothed one; of seeds, their mean. */
  readonly last: number;
  /** Of seeds: the spread at the last step. */
  readonly lastLow: number | null;
  readonly lastHigh: number | null;
  readonly lowest: number;
  readonly lowestAtStep: number;
  readonly notFinite: number;
  readonly restarts: number;
  readonly gaps: number;
}

/** One score of one run, with its 95 % interval where its standard error is known. */
export interface ScoreRow {
  readonly run: string;
  readonly task: string;
  readonly metric: string;
  readonly value: number;
  readonly low: number | null;
  readonly high: number | null;
}

const axisTitles = { step: "Step", tokens: "Tokens seen", time: "Time since the start (h)" };

/** Runs beside each other. In a notebook it shows its figure and its table. */
export class RunComparison implements Displayable {
  readonly #runs: readonly NamedRun[];
  readonly #settings: ComparisonSettings;
  #lines: readonly (ComparedLine & { readonly name: string; readonly format: string })[] = [];

  constructor(runs: readonly NamedRun[], settings: ComparisonSettings) {
    this.#runs = runs;
    this.#settings = settings;
  }

  /** Bytes read of all runs since the start. */
  get bytesRead(): number {
    return this.#runs.reduce((sum, { reader }) => sum + reader.bytesRead, 0);
  }

  /**
   * Read what the runs have written since the last time.
   *
   * @throws {ArgumentError} a run without the metric or without the axis
   */
  async refresh(): Promise<this> {
    for (const { reader } of this.#runs) await reader.refresh();
    this.#lines = this.#drawLines();
    return this;
  }

  /** A row for each line of the figure. */
  get rows(): RunRow[] {
    return this.#lines.map(({ name, format, runs, lastPoint, ...line }) => ({
      run: name,
      format,
      seeds: runs,
      steps: lastPoint.step,
      tokens: numberOrNull(lastPoint.tokens),
      hours: numberOrNull(lastPoint.seconds / 3600),
      last: line.last,
      lastLow: line.lastLow,
      lastHigh: line.lastHigh,
      lowest: line.lowest,
      lowestAtStep: line.lowestStep,
      notFinite: line.notFinite,
      restarts: line.restarts,
      gaps: line.gaps,
    }));
  }

  /** What the runs' configurations differ in, key by key; runs whose configuration is not known are left out. */
  get differences(): ConfigDifference[] {
    return diffConfigs(this.#configured.map(configOf));
  }

  /** The differences as rows, a column for each run. */
  get differenceRows(): Record<string, string>[] {
    const names = this.#configured.map(({ name }) => name);
    return this.differences.map(({ key, values }) =>
      Object.fromEntries([
        ["setting", key],
        ...names.map((name, index) => [name, settingText(values[index])]),
      ]),
    );
  }

  /** Scores of evaluations among the runs. */
  get scores(): ScoreRow[] {
    return this.#runs.flatMap(({ name, reader }) =>
      reader.series.scores.map(({ task, metric, value, standardError }) => ({
        run: name,
        task,
        metric,
        value,
        low: standardError === undefined ? null : value - 1.96 * standardError,
        high: standardError === undefined ? null : value + 1.96 * standardError,
      })),
    );
  }

  /** The curves of the runs; where none has any, the scores of their evaluations. */
  get figure(): Figure {
    const { metric, x, xScale, yScale, title } = this.#settings;
    const words = title === undefined ? {} : { title };
    if (this.#lines.length === 0) return scoreFigure(this.scores, words);
    const sources = this.#runs.flatMap(({ reader }) => reader.source ?? []);
    const curves = this.#lines.map(({ curve }) => curve);
    const yLabel =
      metric === "loss" || metric === "heldOutLoss" ? `${lossTitles[metric]} (nats a token)` : metric;
    const figure = runComparisonFigure(curves, { ...words, xLabel: axisTitles[x], yLabel, xScale, yScale });
    return withSources(figure, sources);
  }

  /** The figure is an output of its own before the table. */
  async [DISPLAY_SYMBOL](): Promise<RichBundle> {
    const { rows, scores, differenceRows } = this;
    const host = jupyterHost();
    host?.display(await figureBundle(this.figure));
    if (rows.length > 0 && scores.length > 0)
      host?.display(await tableBundle(tableOf(scores), { caption: "Scores" }));
    if (differenceRows.length > 0)
      host?.display(
        await tableBundle(tableOf(differenceRows), { caption: "What the configurations differ in" }),
      );
    return rows.length > 0
      ? tableBundle(tableOf(rows), { caption: `${this.#settings.metric} of ${this.#runs.length} runs` })
      : tableBundle(tableOf(scores), { caption: "Scores" });
  }

  get #configured(): NamedRun[] {
    return this.#runs.filter((run) => configOf(run) !== undefined);
  }

  #drawLines() {
    const { spread } = this.#settings;
    // One that has only begun has no line yet.
    const measured = this.#runs.filter(({ reader }) => reader.series.metricNames.length > 0);
    const groupable = measured.map((run) => ({ ...run, config: configOf(run) }));
    const groups =
      spread === "none" ? groupable.map((run) => ({ name: run.name, runs: [run] })) : groupSeeds(groupable);
    return groups.map(({ name, runs }) => {
      const series = runs.map((run) => this.#seriesOf(run));
      const format = [...new Set(runs.map(({ reader }) => reader.format))].join(", ");
      const line =
        series.length > 1 ? seedsLine(name, series, this.#settings) : runLine(series[0]!, this.#settings);
      return { ...line, name: series.length > 1 ? line.curve.name : series[0]!.name, format };
    });
  }

  #seriesOf({ name, reader: { series }, metric }: NamedRun) {
    const { x } = this.#settings;
    const own = metric ?? ownMetricName(series, this.#settings.metric, name);
    const points = series.points(own);
    if (points.length === 0) throw new ArgumentError("metric", `one that ${name} has values of`, own);
    const place = x === "tokens" ? points[0]!.tokens : x === "time" ? points[0]!.seconds : 0;
    if (Number.isNaN(place)) {
      const help = x === "tokens" ? "; give it tokensPerStep, or" : ";";
      throw new ArgumentError("x", `what every run tells: ${name} tells no ${x}${help} choose "step"`, x);
    }
    return { name, points, restarts: series.restarts(own) };
  }
}

const lossTitles = { loss: "Loss", heldOutLoss: "Held-out loss" };

function configOf({ givenConfig, reader }: NamedRun): unknown {
  return givenConfig ?? reader.config;
}

function numberOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

function settingText(value: unknown): string {
  return value === undefined ? "not set" : String(value);
}

/** Rows of any one shape, as a table that is shown. */
function tableOf(rows: readonly object[]) {
  return fromRows(rows as readonly Record<string, unknown>[]);
}
