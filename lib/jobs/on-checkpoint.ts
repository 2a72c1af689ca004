import { existsSync, readFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { ArgumentError, JobError } from "../core/errors.ts";
import { callbackOption, checkOptions, objectOption, textOption } from "../core/options.ts";
import { ClusterJob } from "./cluster/cluster-job.ts";
import { withClusterRun } from "./cluster/cluster-run.ts";
import { WatchedState } from "./cluster/watch-together.ts";
import { finalStates, type JobState } from "./job.ts";
import type { JobSpec } from "./job-spec.ts";
import { openJob } from "./list-jobs.ts";
import { keepCheckpoint } from "./local/keep-checkpoint.ts";
import { runsFolder } from "./run-folder.ts";
import { submitJob, type Job } from "./submit-job.ts";

/** A checkpoint that has just become complete. */
export interface CheckpointPlace {
  readonly runId: string;
  readonly step: number;
  /** Where the follow-up finds it, on the cluster or here; it stays there whatever the training removes. */
  readonly folder: string;
}

export interface OnCheckpointOptions {
  /** Tells apart several follow-ups of one training. @default "follow-up" */
  readonly name?: string;
  /** Where follow-ups go. @default where the training runs */
  readonly cluster?: string;
  /** @default the environment's ROUNDS_CLUSTERS, else clusters.json of the project */
  readonly config?: string;
  /** Folder of run folders. @default ROUNDS_RUNS, else `runs/` of the project */
  readonly runs?: string;
  /** What the path of the code is relative to. @default the working folder */
  readonly directory?: string;
  /** Told of each follow-up once. */
  readonly onFollowUp?: (job: Job, checkpoint: CheckpointPlace) => void;
  /** Ends the waiting; called again, it goes on with the checkpoints that have none. */
  readonly signal?: AbortSignal;
}

const rules = {
  name: textOption("follow-up"),
  cluster: textOption(undefined),
  config: textOption(undefined),
  runs: textOption(undefined),
  directory: textOption(undefined),
  onFollowUp: callbackOption<(job: Job, checkpoint: CheckpointPlace) => void>(),
  signal: objectOption<AbortSignal>("an AbortSignal", (value) => value instanceof AbortSignal),
};

const pin = readFileSync(new URL("cluster/pin-checkpoint.sh", import.meta.url), "utf8");
/** pin-checkpoint.sh's word for a checkpoint that the training has removed. */
const isGone = 3;
const localPauseMs = 500;
const clusterPauseMs = 5000;

/**
 * Submit a follow-up for each checkpoint of a training as it appears, until the training has ended: fine-tune it and
 * evaluate it, and the figure of accuracy over pretraining draws itself.
 *
 * Each follow-up is submitted exactly once: its token is made of the run, the name and the step, so that a kernel that
 * ended, or two that wait for the same run, make no second one. The checkpoint is kept for it in `pinned/<step>` of the
 * run folder, by hard links; remove that when the follow-up is done.
 *
 * @param followUp of a checkpoint; the same checkpoint must give the same request. Undefined for none
 * @returns the follow-ups by step
 *
 * @example
 * await onCheckpoint(job, ({ folder, step }) => evaluationOf(folder, step));
 */
export async function onCheckpoint(
  job: Job,
  followUp: (checkpoint: CheckpointPlace) => JobSpec | undefined,
  options: OnCheckpointOptions = {},
): Promise<ReadonlyMap<number, Job>> {
  const { name, cluster, config, runs, directory, onFollowUp, signal } = checkOptions(options, rules);
  if (typeof followUp !== "function") throw new ArgumentError("followUp", "a function", followUp);
  if (!/^[a-z0-9][a-z0-9.-]{0,30}$/u.test(name))
    throw new ArgumentError("name", "small letters, digits, dots and dashes, at most 31", name);
  const root = resolve(runs ?? runsFolder());
  const source = job instanceof ClusterJob ? new ClusterCheckpoints(job) : new LocalCheckpoints(job);
  const done = new Map<number, Job>();
  const handled = new Set<number>();
  const submit = async (step: number, token: string, folder: string): Promise<void> => {
    const checkpoint = { runId: job.runId, step, folder };
    const spec = followUp(checkpoint);
    if (spec === undefined) return;
    const next = await submitJob(spec, {
      cluster: cluster ?? (await source.cluster()),
      token,
      runs: root,
      ...(config && { config }),
      ...(directory && { directory }),
      ...(signal && { signal }),
    });
    done.set(step, next);
    onFollowUp?.(next, checkpoint);
  };
  try {
    for (;;) {
      // The state first: a run that has ended then has no further checkpoint.
      const isOver = finalStates.has((await source.status(signal)).state);
      const steps = await source.steps(signal);
      let isWhole = steps !== undefined;
      for (const step of (steps ?? []).filter((each) => !handled.has(each))) {
        const token = `${job.runId}-${name}-${step}`;
        if (existsSync(join(root, token))) {
          const known = await openJob(token, { runs: root });
          // One whose submission was cut off is delivered by a look at it.
          await known.status();
          done.set(step, known);
        } else {
          const kept = await source.keep(step, signal);
          if (kept === undefined) isWhole = false;
          if (kept === undefined) continue;
          if (kept !== "gone") await submit(step, token, kept.folder);
        }
        handled.add(step);
      }
      if (isOver && isWhole) return done;
      await sleep(source.pauseMs, undefined, signal && { signal });
    }
  } finally {
    source.close();
  }
}

/** Undefined: the cluster was not reached, the next look tells. */
type Kept = { readonly folder: string } | "gone" | undefined;

class LocalCheckpoints {
  readonly pauseMs = localPauseMs;
  readonly #job: Exclude<Job, ClusterJob>;

  constructor(job: Exclude<Job, ClusterJob>) {
    this.#job = job;
  }

  status(): Promise<{ readonly state: JobState }> {
    return this.#job.status();
  }

  async steps(): Promise<number[]> {
    const folder = join(this.#job.folder, "checkpoints");
    const names = await readdir(folder).catch(() => []);
    const complete = names.filter(
      (name) => /^\d+$/u.test(name) && existsSync(join(folder, name, "COMPLETE")),
    );
    return complete.map(Number).toSorted((left, right) => left - right);
  }

  async cluster(): Promise<string> {
    return "local";
  }

  async keep(step: number): Promise<Kept> {
    const folder = await keepCheckpoint(this.#job.folder, step);
    return folder === undefined ? "gone" : { folder };
  }

  close(): void {}
}

class ClusterCheckpoints {
  readonly pauseMs = clusterPauseMs;
  readonly #job: ClusterJob;
  readonly #state: WatchedState;

  constructor(job: ClusterJob) {
    this.#job = job;
    this.#state = new WatchedState(job.folder);
  }

  status(signal: AbortSignal | undefined): Promise<{ readonly state: JobState }> {
    return this.#state.read(signal);
  }

  /** @returns undefined where the cluster was not reached: the next look tells */
  async steps(signal: AbortSignal | undefined): Promise<readonly number[] | undefined> {
    try {
      return (await this.#job.sync({ signal })).checkpoints;
    } catch (error) {
      if (error instanceof JobError) return undefined;
      throw error;
    }
  }

  cluster(): Promise<string> {
    return withClusterRun(this.#job.folder, async ({ record }) => record.cluster);
  }

  keep(step: number, signal: AbortSignal | undefined): Promise<Kept> {
    return withClusterRun(this.#job.folder, async ({ shell, remote, id }) => {
      const result = await shell.run(
        "bash",
        ["-c", pin, "rounds", remote, String(step)],
        signal && { signal },
      );
      if (result.exitCode === 0) return { folder: `${remote}/pinned/${step}` };
      if (result.exitCode === undefined) return undefined;
      if (result.exitCode === isGone) return "gone";
      throw new JobError(`Checkpoint ${step} of job ${id} cannot be kept: ${result.stderr.trim()}`, {
        jobId: id,
        state: "UNKNOWN",
      });
    });
  }

  close(): void {
    this.#state.close();
  }
}
