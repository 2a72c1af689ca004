import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";

import { finalStates } from "../jobs/job.ts";
import type { LocalJob } from "../jobs/local/local-job.ts";
import { resumeTraining, startTraining } from "../jobs/local/start-training.ts";
import { describeProgress } from "../runs/describe-progress.ts";
import { MetricsReader, type RunMetrics } from "../runs/read-metrics.ts";
import { commandLineFault, numberOf, pathOf, UsageError, type CliCommand } from "./command.ts";
import { readTrainConfig } from "./read-train-config.ts";

const usage = `npm run -s rounds -- train CONFIG.json [--processes N] [--name NAME] [--runs FOLDER]
npm run -s rounds -- train RUNFOLDER --resume [--processes N]

  CONFIG.json       { "recipe": "pretraining", ... }: a recipe and what differs from it, or a whole configuration;
                    its paths are relative to where you are
  --processes N     processes that share the work on this machine (default: 1)
  --name NAME       part of the run folder's name (default: the recipe)
  --runs FOLDER     folder of run folders (default: ROUNDS_RUNS, else runs/ of the project)
  --resume          go on with a run that was stopped or failed; with CONFIG.json: its newest run in FOLDER

Ctrl-C saves a checkpoint and ends the run; --resume goes on from there.`;

export const train: CliCommand = {
  summary: "train on this machine",
  usage,
  async run(parameters, { folder, signal }) {
    const { values, path } = readCommandLine(parameters);
    const processes = numberOf("processes", values.processes);
    const shared = {
      ...(processes !== undefined && { processes }),
      ...(values.runs !== undefined && { runs: pathOf(folder, values.runs)! }),
      directory: folder,
      onSetUp: (line: string) => void process.stderr.write(`  ${line}\n`),
      signal,
    };
    const place = resolve(folder, path);
    const isRunFolder = existsSync(join(place, "job.json"));
    const run = isRunFolder ? place : await readTrainConfig(place);
    if (typeof run === "string" && !values.resume)
      throw new UsageError(`${path} is a run folder; add --resume to go on with it`);
    const job =
      values.resume || typeof run === "string"
        ? await resumeTraining(run, shared)
        : await startTraining(run, { ...shared, ...(values.name !== undefined && { name: values.name }) });
    process.stderr.write(`  ${job.folder}\n`);
    return follow(job, signal);
  },
};

function readCommandLine(parameters: readonly string[]) {
  try {
    const { values, positionals } = parseArgs({
      args: [...parameters],
      options: {
        processes: { type: "string" },
        name: { type: "string" },
        runs: { type: "string" },
        resume: { type: "boolean", default: false },
      },
      allowPositionals: true,
    });
    const [path, ...more] = positionals;
    if (path === undefined || more.length > 0) throw new Error("name one configuration or run folder");
    return { values, path };
  } catch (error) {
    const fault = commandLineFault(error, ["processes", "name", "runs", "resume"]);
    throw new UsageError(`${fault}\n\n${usage}`, { cause: error });
  }
}

/** Show how far the run is until it ends; the signal stops it, saved. */
async function follow(job: LocalJob, signal: AbortSignal): Promise<object> {
  const reader = new MetricsReader(job.folder);
  let told = 0;
  // What a resumed run did before is no news.
  let rowsTold = (await reader.refresh()).train.length;
  const steps = (await job.config()).optimization.steps;
  const stop = (): void => {
    process.stderr.write("  saving and stopping ...\n");
    job.stop().catch(() => {}); // What came of it is seen below.
  };
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  for (;;) {
    const status = await job.status();
    const metrics = await reader.refresh();
    const hasEnded = finalStates.has(status.state);
    const rows = metrics.train.length;
    if (rows > rowsTold && (hasEnded || performance.now() - told >= 2000)) {
      [told, rowsTold] = [performance.now(), rows];
      process.stderr.write(`  ${describeProgress(metrics.train, steps)}\n`);
    }
    if (hasEnded) {
      if (status.state === "FAILED") await job.completed();
      return { runId: job.runId, folder: job.folder, ...status, ...summaryOf(metrics) };
    }
    await new Promise((wake) => setTimeout(wake, 300));
  }
}

function summaryOf({ train: rows, heldOut }: RunMetrics): object {
  const [last, measured] = [rows.at(-1), heldOut.at(-1)];
  return {
    step: last?.step ?? 0,
    tokensSeen: last?.tokensSeen ?? 0,
    loss: last?.loss ?? null,
    lossByDomain: last?.lossByDomain ?? {},
    heldOutLossByDomain: measured?.lossByDomain ?? {},
  };
}
