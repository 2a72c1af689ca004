import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

import { JobError } from "../core/errors.ts";
import { checkOptions, integerOption, objectOption, textOption } from "../core/options.ts";
import { figureBundle, liveFigureBundle } from "../display/figure.ts";
import type { RichBundle } from "../display/index.ts";
import { jupyterHost } from "../display/jupyter-host.ts";
import { finalStates } from "../jobs/job.ts";
import type { LocalJob } from "../jobs/local/local-job.ts";
import { trainingLossFigure } from "../plots/index.ts";
import { describeProgress } from "../runs/describe-progress.ts";
import { MetricsReader, type RunMetrics } from "../runs/read-metrics.ts";
import { cellSignal } from "./cell-signal.ts";
import { panelBundle, type WatchedRun } from "./watch-panel.ts";

export interface WatchOptions {
  /** Title of the figure. @default "Training loss by domain" */
  readonly title?: string;
  /** Steps over which the figure's line is a mean. @default a fortieth of the run's steps */
  readonly smoothing?: number;
  /** Lines of the log below the numbers. @default 6 */
  readonly logLines?: number;
  /** Ends the watching; the run goes on. */
  readonly signal?: AbortSignal;
}

const rules = {
  title: textOption("Training loss by domain"),
  smoothing: integerOption(undefined, { minimum: 1 }),
  logLines: integerOption(6, { minimum: 0, maximum: 200 }),
  signal: objectOption<AbortSignal>("an AbortSignal", (value) => value instanceof AbortSignal),
};

const refreshMilliseconds = 500;
/** Looking and drawing take at most this share of the time, so that a long run's figure slows nothing down. */
const largestShare = 0.1;

/**
 * Watch a run in the cell's output until it ends: state, progress, time left, loss by domain, speed, memory, log.
 *
 * Interrupting the cell ends the watching, never the run; `watch` again goes on from its files, in this notebook or
 * another. The last state stays in the saved notebook. Without a kernel, progress goes to stderr.
 *
 * @throws {JobError} the run failed; with the end of its log
 *
 * @example
 * await watch(job)
 */
export async function watch(job: LocalJob, options: WatchOptions = {}): Promise<void> {
  const { title, smoothing, logLines, signal } = checkOptions(options, rules);
  const config = await job.config();
  const { steps } = config.optimization;
  const style = { title, smoothing: smoothing ?? Math.max(1, Math.round(steps / 40)) };
  const reader = new MetricsReader(job.folder);
  const ended = cellSignal(signal);
  const screen = new Screen();

  for (;;) {
    const started = performance.now();
    // The state first: what it says of the end then holds for the metrics as well.
    const status = await job.status();
    const metrics = await reader.refresh();
    const run: WatchedRun = {
      runId: job.runId,
      config,
      status,
      metrics,
      logTail: await job.logTail(logLines),
    };
    const isLast = finalStates.has(status.state) || ended.aborted;
    await screen.show(run, style, isLast);
    if (isLast) {
      if (status.state === "FAILED") {
        throw new JobError(`Run ${job.runId} failed: ${status.evidence}`, {
          jobId: job.runId,
          ...status,
          logTail: run.logTail,
        });
      }
      return;
    }
    const took = performance.now() - started;
    await sleep(Math.max(refreshMilliseconds, took / largestShare), undefined, { signal: ended }).catch(
      () => {},
    );
  }
}

/** The two outputs of a watched run, replaced at each look. */
class Screen {
  readonly #panelId = randomUUID();
  readonly #figureId = randomUUID();
  #panelText = "";
  #rowsDrawn = -1;
  #hasFigure = false;
  #toldStep = -1;

  /** Only the last look draws the picture for readers without a script. */
  async show(run: WatchedRun, style: { title: string; smoothing: number }, isLast: boolean): Promise<void> {
    const host = jupyterHost();
    if (host === undefined) return this.#tell(run);
    const panel = panelBundle(run);
    const text = String(panel.data["text/plain"]);
    if (text !== this.#panelText)
      host.display(panel, { displayId: this.#panelId, update: this.#panelText !== "" });
    this.#panelText = text;
    const rows = run.metrics.train.length + run.metrics.heldOut.length;
    if (rows === 0 || (rows === this.#rowsDrawn && !isLast)) return;
    this.#rowsDrawn = rows;
    const figure = trainingLossFigure(run.metrics, style);
    const bundle: RichBundle = isLast ? await figureBundle(figure) : liveFigureBundle(figure);
    host.display(bundle, { displayId: this.#figureId, update: this.#hasFigure });
    this.#hasFigure = true;
  }

  #tell({ metrics, config }: { readonly metrics: RunMetrics; readonly config: WatchedRun["config"] }): void {
    const step = metrics.train.at(-1)?.step ?? 0;
    if (step === this.#toldStep) return;
    this.#toldStep = step;
    process.stderr.write(`${describeProgress(metrics.train, config.optimization.steps)}\n`);
  }
}
