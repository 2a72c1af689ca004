import { open } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { checkJob } from "./check-job.ts";
import { JobError } from "../core/errors.ts";
import { booleanOption, checkOptions, integerOption, objectOption } from "../core/options.ts";
import { ClusterJob } from "./cluster/cluster-job.ts";
import { withClusterRun } from "./cluster/cluster-run.ts";
import { copyGrowth } from "./cluster/copy-growth.ts";
import { WatchedState } from "./cluster/watch-together.ts";
import { finalStates } from "./job.ts";
import type { Job } from "./submit-job.ts";

export interface JobLogsOptions {
  /** Go on until the job has ended. @default false */
  readonly follow?: boolean;
  /** Byte of the log to begin at. @default 0 */
  readonly offset?: number;
  /** Task of an array, from 0. @default none: the log of a job that is no array */
  readonly task?: number;
  readonly signal?: AbortSignal;
}

const rules = {
  follow: booleanOption(false),
  offset: integerOption(0, { minimum: 0 }),
  task: integerOption(undefined, { minimum: 0 }),
  signal: objectOption<AbortSignal>("an AbortSignal", (value) => value instanceof AbortSignal),
};

const pauseMs = 1000;
const longestPauseMs = 30_000;
const pieceBytes = 1 << 20;

/**
 * A job's log as it comes, in pieces that put together are the file byte for byte: no line is lost or repeated, however
 * often the connection breaks on the way.
 *
 * Of a job on a cluster the log is copied into the run folder; what came once is not sent again, and is there when the
 * cluster is not.
 *
 * @throws {JobError} without `follow`: the cluster was not reached; what is here was told before
 *
 * @example
 * for await (const piece of jobLogs(job, { follow: true })) process.stdout.write(piece);
 */
export async function* jobLogs(job: Job, options: JobLogsOptions = {}): AsyncGenerator<Uint8Array> {
  const { follow, offset, task, signal } = checkOptions(options, rules);
  checkJob(job);
  const name = task === undefined ? "log.txt" : `log-${task}.txt`;
  const path = join(job.folder, name);
  const state = job instanceof ClusterJob ? new WatchedState(job.folder) : undefined;
  let place = offset;
  let failures = 0;
  try {
    for (;;) {
      // The state first: what it says of the end then holds for the log as well.
      const { state: now } = await (state?.read(signal) ?? (job as Exclude<Job, ClusterJob>).status());
      let problem: JobError | undefined;
      if (job instanceof ClusterJob) {
        try {
          await withClusterRun(job.folder, ({ shell, remote }) =>
            copyGrowth(shell, `${remote}/${name}`, path, { signal }),
          );
          failures = 0;
        } catch (error) {
          if (!(error instanceof JobError)) throw error;
          problem = error;
          failures++;
        }
      }
      for await (const piece of piecesOf(path, place)) {
        place += piece.length;
        yield piece;
      }
      if (problem !== undefined && !follow) throw problem;
      if (!follow || (finalStates.has(now) && problem === undefined)) return;
      await sleep(Math.min(longestPauseMs, pauseMs * 2 ** failures), undefined, signal && { signal });
    }
  } finally {
    state?.close();
  }
}

async function* piecesOf(path: string, offset: number): AsyncGenerator<Uint8Array> {
  let file;
  try {
    file = await open(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  try {
    for (let place = offset; ;) {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(pieceBytes), 0, pieceBytes, place);
      if (bytesRead === 0) return;
      place += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}
