import { JobError } from "../core/errors.ts";
import { ClusterJob } from "../jobs/cluster/cluster-job.ts";
import { readAttempts } from "../jobs/cluster/read-attempts.ts";
import type { AttemptFile } from "../jobs/cluster/run-files.ts";
import { WatchedState } from "../jobs/cluster/watch-together.ts";
import type { JobState } from "../jobs/job.ts";
import type { Job } from "../jobs/submit-job.ts";

/** What one look at a watched job told. */
export interface WatchedStatus {
  readonly state: JobState;
  readonly evidence: string;
  /** Its starts by a cluster's scheduler; none on this machine. */
  readonly starts: readonly AttemptFile[];
  /** Why its files could not be brought here; what is shown is what came before. */
  readonly trouble: string | undefined;
}

/** Brings a watched job's state and files to its folder here. */
export interface WatchSource {
  look(signal: AbortSignal): Promise<WatchedStatus>;
  /** How long to wait before the next look, in milliseconds. */
  readonly pauseMs: number;
  close(): void;
}

const localPauseMs = 500;
const clusterPauseMs = 2000;
const longestPauseMs = 30_000;

export function watchSource(job: Job): WatchSource {
  return job instanceof ClusterJob ? new ClusterSource(job) : new LocalSource(job);
}

class LocalSource implements WatchSource {
  readonly pauseMs = localPauseMs;
  readonly #job: Exclude<Job, ClusterJob>;

  constructor(job: Exclude<Job, ClusterJob>) {
    this.#job = job;
  }

  async look(): Promise<WatchedStatus> {
    return { ...(await this.#job.status()), starts: [], trouble: undefined };
  }

  close(): void {}
}

/** A connection that broke is tried again, less and less often. */
class ClusterSource implements WatchSource {
  readonly #job: ClusterJob;
  readonly #state: WatchedState;
  #failures = 0;

  constructor(job: ClusterJob) {
    this.#job = job;
    this.#state = new WatchedState(job.folder);
  }

  get pauseMs(): number {
    return Math.min(longestPauseMs, clusterPauseMs * 2 ** this.#failures);
  }

  async look(signal: AbortSignal): Promise<WatchedStatus> {
    const { state, evidence } = await this.#state.read(signal);
    let trouble: string | undefined;
    try {
      await this.#job.sync({ signal });
      this.#failures = 0;
    } catch (error) {
      if (!(error instanceof JobError) && !signal.aborted) throw error;
      this.#failures++;
      trouble = signal.aborted ? undefined : (error as Error).message;
    }
    return { state, evidence, starts: await readAttempts(this.#job.folder), trouble };
  }

  close(): void {
    this.#state.close();
  }
}
