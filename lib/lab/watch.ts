import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { checkJob } from "../jobs/check-job.ts";
import { JobError } from "../core/errors.ts";
import { checkOptions, integerOption, objectOption, textOption } from "../core/options.ts";
import { figureBundle, liveFigureBundle } from "../display/figure.ts";
import type { RichBundle } from "../display/index.ts";
import { jupyterHost } from "../display/jupyter-host.ts";
import { finalStates, type JobState } from "../jobs/job.ts";
import type { Job } from "../jobs/submit-job.ts";
import { withSources } from "../plots/figure.ts";
import { trainingLossFigure } from "../plots/index.ts";
import { describeProgress } from "../runs/describe-progress.ts";
import { GoodputReader } from "../runs/goodput/read-goodput.ts";
import { MetricsReader } from "../runs/read-metrics.ts";
import { readRunSource } from "../runs/run-source.ts";
import { cellSignal } from "./cell-signal.ts";
import { panelBundle, type WatchedRun } from "./watch-panel.ts";
import { watchSource } from "./watch-source.ts";

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

/** Looking and drawing take at most this share of the time, so that a long run's figure slows nothing down. */
const largestShare = 0.1;

/**
 * Watch a job in the cell's output until it ends: state and why, progress, time left, loss by domain, speed, memory,
 * goodput, and the end of the log.
 *
 * Interrupting the cell ends the watching, never the job; `watch` again goes on from its files, in this notebook or
 * another. The last state stays in the saved notebook. Of a job on a cluster the log and the metrics are brought here
 * as they grow, a connection that breaks is tried again, and all jobs that are watched share one call of the scheduler
 * every ten seconds. Without a kernel, progress goes to stderr.
 *
 * @throws {JobError} the job failed; with the end of its log
 *
 * @example
 * await watch(job)
 */
export async function watch(job: Job, options: WatchOptions = {}): Promise<void> {
  const { title, smoothing, logLines, signal } = checkOptions(options, rules);
  checkJob(job);
  const config = existsSync(join(job.folder, "train.config.json")) ? await job.config() : undefined;
  const origin = await readRunSource(job.folder);
  const steps = config?.optimization.steps ?? 1;
  const style = { title, smoothing: smoothing ?? Math.max(1, Math.round(steps / 40)) };
  const reader = new MetricsReader(job.folder);
  const goodput = new GoodputReader(job.folder);
  const ended = cellSignal(signal);
  const screen = new Screen();
  const source = watchSource(job);

  try {
    for (;;) {
      const started = performance.now();
      // The state first: what it says of the end then holds for the metrics as well.
      const status = await source.look(ended);
      const run: WatchedRun = {
        runId: job.runId,
        config,
        source: origin,
        status,
        metrics: await reader.refresh(),
        goodput: await goodput.refresh(),
        logTail: await job.logTail(logLines),
      };
      const isOver = finalStates.has(status.state) && status.trouble === undefined;
      const isLast = isOver || ended.aborted;
      await screen.show(run, style, isLast);
      if (isOver && !wanted.has(status.state)) throw failure(run);
      if (isLast) return;
      const took = performance.now() - started;
      await sleep(Math.max(source.pauseMs, took / largestShare), undefined, { signal: ended }).catch(
        () => {},
      );
    }
  } finally {
    source.close();
  }
}

/** Ends that nobody needs to be alarmed of. */
const wanted: ReadonlySet<JobState> = new Set(["COMPLETED", "CANCELLED"]);

function failure({ runId, status: { state, evidence }, logTail }: WatchedRun): JobError {
  const words = state === "FAILED" ? "failed" : `ended with ${state}`;
  return new JobError(`Run ${runId} ${words}: ${evidence}`, { jobId: runId, state, logTail });
}

/** The two outputs of a watched run, replaced at each look. */
class Screen {
  readonly #panelId = randomUUID();
  readonly #figureId = randomUUID();
  #panelText = "";
  #rowsDrawn = -1;
  #hasFigure = false;
  #toldLine = "";

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
    const figure = withSources(
      trainingLossFigure(run.metrics, style),
      run.source === undefined ? [] : [run.source],
    );
    const bundle: RichBundle = isLast ? await figureBundle(figure) : liveFigureBundle(figure);
    host.display(bundle, { displayId: this.#figureId, update: this.#hasFigure });
    this.#hasFigure = true;
  }

  #tell({ metrics, config, status }: WatchedRun): void {
    const line =
      config === undefined || metrics.train.length === 0
        ? `${status.state}: ${status.evidence}`
        : describeProgress(metrics.train, config.optimization.steps);
    if (line === this.#toldLine) return;
    this.#toldLine = line;
    process.stderr.write(`${line}\n`);
  }
}
