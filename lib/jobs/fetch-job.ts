import { existsSync } from "node:fs";
import { join, posix } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { checkJob } from "./check-job.ts";
import { ArgumentError, DataError, JobError } from "../core/errors.ts";
import { callbackOption, checkOptions, integerOption, objectOption, textOption } from "../core/options.ts";
import { ClusterJob } from "./cluster/cluster-job.ts";
import { withClusterRun } from "./cluster/cluster-run.ts";
import { fetchPath, type FetchProgress } from "./cluster/fetch-path.ts";
import type { Job } from "./submit-job.ts";

export interface FetchJobOptions {
  /** A file or folder of the run folder, such as "export/500-bfloat16". @default the newest complete checkpoint */
  readonly path?: string;
  /** The checkpoint of this step. */
  readonly step?: number;
  /** How long a broken connection is tried again, in seconds since the last byte came. @default 600 */
  readonly patienceSeconds?: number;
  readonly onProgress?: (progress: FetchProgress) => void;
  readonly signal?: AbortSignal;
}

const rules = {
  path: textOption(undefined),
  step: integerOption(undefined, { minimum: 0 }),
  patienceSeconds: integerOption(600, { minimum: 0 }),
  onProgress: callbackOption<(progress: FetchProgress) => void>(),
  signal: objectOption<AbortSignal>("an AbortSignal", (value) => value instanceof AbortSignal),
};

const retryMs = 2000;

/**
 * Bring a checkpoint, an export or any other file of a job from its cluster into its run folder here, under the same
 * name: whole and with the cluster's SHA-256, or not at all. What was fetched before is not fetched again; a transfer
 * that ended early goes on where it was.
 *
 * @returns the path here
 * @throws {DataError} the run has no such checkpoint
 * @throws {JobError} there is no such path, or the cluster was not reached for too long
 *
 * @example
 * const checkpoint = await fetchJob(job, { step: 500 });
 */
export async function fetchJob(job: Job, options: FetchJobOptions = {}): Promise<string> {
  const { path, step, patienceSeconds, onProgress, signal } = checkOptions(options, rules);
  checkJob(job);
  if (path !== undefined && step !== undefined)
    throw new ArgumentError("step", "left out where there is a path", step);
  const wanted = path === undefined ? undefined : withinRun(path);
  if (!(job instanceof ClusterJob)) return inFolder(job.folder, wanted ?? `checkpoints/${step ?? ""}`);
  const patienceMs = patienceSeconds * 1000;
  const checkpoints = wanted === undefined ? await completeSteps(job, patienceMs, signal) : [];
  const chosen = step ?? checkpoints.at(-1);
  if (wanted === undefined && (chosen === undefined || !checkpoints.includes(chosen))) {
    const held = checkpoints.length === 0 ? "none is complete yet" : `complete are ${checkpoints.join(", ")}`;
    throw new DataError(`Job ${job.runId} has no checkpoint of step ${chosen ?? "any"}: ${held}`, {
      path: job.folder,
    });
  }
  const name = wanted ?? `checkpoints/${chosen}`;
  const target = join(job.folder, name);
  await withClusterRun(job.folder, (run) => fetchPath(run, name, target, { patienceMs, onProgress, signal }));
  return target;
}

async function completeSteps(
  job: ClusterJob,
  patienceMs: number,
  signal: AbortSignal | undefined,
): Promise<readonly number[]> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    try {
      return (await job.sync({ signal })).checkpoints;
    } catch (error) {
      if (!(error instanceof JobError) || Date.now() > deadline) throw error;
      await sleep(retryMs, undefined, signal && { signal });
    }
  }
}

function withinRun(path: string): string {
  const normal = posix.normalize(path).replace(/\/$/u, "");
  if (normal.startsWith("/") || normal.split("/").includes("..") || normal === ".")
    throw new ArgumentError("path", "a path within the run folder", path);
  return normal;
}

/** On this machine everything is there already. */
function inFolder(folder: string, path: string): string {
  const place = join(folder, path);
  if (!existsSync(place)) throw new DataError(`${place} is not there`, { path: place });
  return place;
}
