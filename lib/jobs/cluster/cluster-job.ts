import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { JobError } from "../../core/errors.ts";
import { checkTrainConfig } from "../../train/check-train-config.ts";
import type { TrainConfig } from "../../train/train-config.ts";
import { finalStates, type JobState } from "../job.ts";
import { logTail } from "../log-tail.ts";
import { withClusterRun } from "./cluster-run.ts";
import { refreshJobs } from "./refresh-jobs.ts";
import { syncRun, type RemoteRun } from "./sync-run.ts";

/** Where a job on a cluster stands and what that is concluded from. */
export interface ClusterJobStatus {
  readonly state: JobState;
  readonly evidence: string;
  /** Starts by the scheduler so far. */
  readonly attempts: number;
  readonly cluster: string;
  /** Slurm's number; null until it is known. */
  readonly slurmJobId: string | null;
}

/** Other users wait for the same scheduler. */
const pollMilliseconds = 10_000;

/**
 * A job on a cluster. It is known by its run folder on this machine alone, so that any notebook or script can take it
 * up; it runs on whatever becomes of them.
 */
export class ClusterJob {
  readonly folder: string;
  readonly runId: string;

  constructor(folder: string) {
    this.folder = folder;
    this.runId = basename(folder);
  }

  /** Look at the cluster; a submission whose outcome is not known is replayed first, under its token. */
  async status(options: { readonly signal?: AbortSignal } = {}): Promise<ClusterJobStatus> {
    const [record] = await refreshJobs([this.folder], options);
    const { state, evidence, attempts, cluster, slurmJobId } = record!;
    return { state, evidence, attempts, cluster, slurmJobId };
  }

  /**
   * Wait for the end, whatever it is.
   *
   * @param options `signal` ends the waiting, not the job
   */
  async ended(
    options: { readonly signal?: AbortSignal; readonly everyMs?: number } = {},
  ): Promise<ClusterJobStatus> {
    const { everyMs = pollMilliseconds, ...rest } = options;
    for (;;) {
      const status = await this.status(rest);
      if (finalStates.has(status.state)) return status;
      await sleep(everyMs, undefined, rest);
    }
  }

  /**
   * Wait until the job is complete.
   *
   * @throws {JobError} it ended otherwise; with the end of the log, as far as it was fetched
   */
  async completed(
    options: { readonly signal?: AbortSignal; readonly everyMs?: number } = {},
  ): Promise<ClusterJobStatus> {
    const status = await this.ended(options);
    if (status.state === "COMPLETED") return status;
    const tail = await logTail(this.folder);
    throw new JobError(`Job ${this.runId} ${status.state.toLowerCase()}: ${status.evidence}\n${tail}`, {
      jobId: this.runId,
      state: status.state,
      logTail: tail,
    });
  }

  /**
   * Bring the copies of its log, its metrics and its starts here up to date: only what is new is sent, and what is here
   * is whole lines of there, none lost and none twice, wherever a connection broke.
   *
   * @throws {JobError} the cluster was not reached; the next call goes on where this one ended
   */
  sync(options: { readonly signal?: AbortSignal | undefined } = {}): Promise<RemoteRun> {
    return withClusterRun(this.folder, (run) => syncRun(run, options));
  }

  /**
   * The configuration that a training was started with.
   *
   * @throws {Error} the job is no training
   */
  async config(): Promise<TrainConfig> {
    return checkTrainConfig(JSON.parse(await readFile(join(this.folder, "train.config.json"), "utf8")));
  }

  /** The last lines of the log, as far as it was brought here. */
  logTail(lines = 20): Promise<string> {
    return logTail(this.folder, lines);
  }
}
