import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { JobError } from "../../core/errors.ts";
import { checkTrainConfig } from "../../train/check-train-config.ts";
import type { TrainConfig } from "../../train/train-config.ts";
import { finalStates, readJob, type JobRecord, type JobState } from "../job.ts";
import { logTail } from "../log-tail.ts";
import { isRunning } from "./process-identity.ts";

/** Where a job stands and what that is concluded from. */
export interface JobStatus {
  readonly state: JobState;
  readonly evidence: string;
  /** Starts of the trainer so far. */
  readonly attempts: number;
  readonly processes: number;
}

/** A supervisor that has not reported by then never will. */
const startSeconds = 60;
const pollMilliseconds = 200;

/**
 * A training run on this machine. It is known by its folder alone, so that any notebook or script can take it up.
 *
 * The trainer runs on when the notebook's kernel ends; `new LocalJob(folder)` finds it again.
 */
export class LocalJob {
  readonly folder: string;
  readonly runId: string;

  constructor(folder: string) {
    this.folder = folder;
    this.runId = basename(folder);
  }

  /** Read from the run's files and the system's processes, never from memory. */
  async status(): Promise<JobStatus> {
    let record = await readJob(this.folder);
    if (finalStates.has(record.state) || runs(record)) return statusOf(record);
    // The end may have been written between the two looks.
    record = await readJob(this.folder);
    if (finalStates.has(record.state)) return statusOf(record);
    const supervisor = record.attempts.at(-1)!.supervisor;
    const evidence =
      supervisor === undefined
        ? `the trainer was not started within ${startSeconds} s`
        : `process ${supervisor.pid} is gone and wrote down no end: it was killed, or the machine restarted`;
    return { ...statusOf(record), state: "FAILED", evidence };
  }

  /**
   * Ask the trainer to save and end, and wait until it has.
   *
   * @returns the final state; one that had ended already is left as it is
   */
  async stop(options: { readonly signal?: AbortSignal } = {}): Promise<JobStatus> {
    const record = await readJob(this.folder);
    const { supervisor, trainer } = record.attempts.at(-1)!;
    for (const each of [supervisor, trainer]) {
      if (record.state !== "RUNNING" || each === undefined || !isRunning(each)) continue;
      process.kill(each.pid, "SIGTERM");
      break;
    }
    return this.ended(options);
  }

  /**
   * Wait for the end, whatever it is.
   *
   * @param options `signal` ends the waiting, not the job
   */
  async ended(options: { readonly signal?: AbortSignal } = {}): Promise<JobStatus> {
    for (;;) {
      const status = await this.status();
      if (finalStates.has(status.state)) return status;
      await sleep(pollMilliseconds, undefined, options);
    }
  }

  /**
   * Wait until the run is complete.
   *
   * @throws {JobError} it failed or was stopped; with the end of the log
   */
  async completed(options: { readonly signal?: AbortSignal } = {}): Promise<JobStatus> {
    const status = await this.ended(options);
    if (status.state === "COMPLETED") return status;
    const tail = await logTail(this.folder);
    throw new JobError(`Run ${this.runId} ${status.state.toLowerCase()}: ${status.evidence}\n${tail}`, {
      jobId: this.runId,
      state: status.state,
      logTail: tail,
    });
  }

  /** The configuration that the run was started with. */
  async config(): Promise<TrainConfig> {
    return checkTrainConfig(JSON.parse(await readFile(join(this.folder, "train.config.json"), "utf8")));
  }

  logTail(lines = 20): Promise<string> {
    return logTail(this.folder, lines);
  }
}

/** Whether the last attempt is under way, or so young that it may yet report. */
function runs({ attempts }: JobRecord): boolean {
  const { supervisor, trainer, plannedAt } = attempts.at(-1)!;
  if (supervisor === undefined) return Date.now() - Date.parse(plannedAt) < startSeconds * 1000;
  return isRunning(supervisor) || (trainer !== undefined && isRunning(trainer));
}

function statusOf({ state, evidence, attempts }: JobRecord): JobStatus {
  return { state, evidence, attempts: attempts.length, processes: attempts.at(-1)!.processes };
}
