import { readdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";

import { runsFolder } from "../jobs/run-folder.ts";
import { readMetrics } from "../runs/read-metrics.ts";
import type { MeasuredRun } from "../train/plan/expected-speed.ts";
import { readModelShape } from "../train/read-model-shape.ts";
import type { TrainConfig } from "../train/train-config.ts";

/** The first steps compile and fill caches. */
const warmupSteps = 5;

/**
 * How fast your past runs trained, for `planTraining`: of each run folder the median over its steps, the first five
 * aside, of the tokens a second of one process.
 *
 * Folders that hold no finished steps beyond these, or no configuration, are passed over.
 *
 * @param folder where run folders lie; by default where runs of this project do
 *
 * @example
 * const plan = planTraining(config, "this-machine", { ownRuns: await pastRuns() });
 */
export async function pastRuns(folder: string = runsFolder()): Promise<MeasuredRun[]> {
  const names = await readdir(folder).catch(() => []);
  const runs: MeasuredRun[] = [];
  for (const name of names.toSorted()) {
    const run = await measuredRun(join(folder, name), name);
    if (run !== undefined) runs.push(run);
  }
  return runs;
}

async function measuredRun(folder: string, name: string): Promise<MeasuredRun | undefined> {
  const config = await readConfig(folder);
  if (config === undefined) return undefined;
  const { train } = await readMetrics(folder);
  const speeds = train
    .filter(({ step }) => step > warmupSteps)
    .map(({ tokensPerSecond, worldSize }) => tokensPerSecond / worldSize)
    .filter((speed) => speed > 0 && Number.isFinite(speed));
  const shape = await shapeOf(config, folder);
  if (speeds.length === 0 || shape === undefined) return undefined;
  return {
    name,
    shape,
    contextLength: config.data.contextLength,
    precision: config.compute.precision,
    peakTeraflops: config.compute.peakTeraflops,
    tokensPerSecondPerGpu: median(speeds),
  };
}

async function readConfig(folder: string): Promise<TrainConfig | undefined> {
  try {
    return JSON.parse(await readFile(join(folder, "train.config.json"), "utf8")) as TrainConfig;
  } catch {
    return undefined;
  }
}

async function shapeOf({ model }: TrainConfig, folder: string): Promise<MeasuredRun["shape"] | undefined> {
  if (model.shape !== null || model.initializeFrom.kind === "random") return model.shape ?? undefined;
  return readModelShape(resolve(folder, model.initializeFrom.path)).catch(() => undefined);
}

/** The middle value; of an even number of values the mean of the two in the middle. */
function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
