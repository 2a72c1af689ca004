import { rm } from "node:fs/promises";
import { join, resolve } from "node:path";

import { ArgumentError } from "../../core/errors.ts";
import { callbackOption, checkOptions, objectOption, textOption } from "../../core/options.ts";
import { ClusterJob } from "../../jobs/cluster/cluster-job.ts";
import { clustersFile, findCluster } from "../../jobs/cluster/clusters-file.ts";
import { JobPlanError } from "../../jobs/cluster/outbox.ts";
import { refreshJobs } from "../../jobs/cluster/refresh-jobs.ts";
import { finalStates } from "../../jobs/job.ts";
import { projectRoot } from "../../jobs/project.ts";
import { packFolder, type PackedCode } from "../../jobs/package/pack-code.ts";
import { runsFolder } from "../../jobs/run-folder.ts";
import { submitJob } from "../../jobs/submit-job.ts";
import { makeSpillFolder } from "../../table/spill-folder.ts";
import type { PlannedJob } from "./plan-stage.ts";
import type { StudyPlan } from "./plan-study.ts";
import { StudyPlace, studyJobSpec } from "./study-job-spec.ts";

export interface SubmitStudyOptions {
  /** What the study is known by; each job's token is this, a dash and its name. */
  readonly token: string;
  /** Of the clusters. @default the environment's ROUNDS_CLUSTERS, else clusters.json of the project */
  readonly config?: string;
  /** Folder of run folders. @default ROUNDS_RUNS, else `runs/` of the project */
  readonly runs?: string;
  /** Folder of the code that the jobs run: the project's. @default this project */
  readonly code?: string;
  /** Told of each job once it is submitted, or why it is not. */
  readonly onJob?: (name: string, outcome: ClusterJob | string) => void;
  /** Ends the submission between two jobs; the same call goes on where it was. */
  readonly signal?: AbortSignal;
}

/** A study whose jobs are with the scheduler. */
export interface SubmittedStudy {
  readonly token: string;
  /** By their names in the study. */
  readonly jobs: ReadonlyMap<string, ClusterJob>;
  /** Jobs that were not submitted, and why: they do not fit, or one that they wait for has failed or was not either. */
  readonly blocked: ReadonlyMap<string, string>;
}

const rules = {
  token: textOption(undefined),
  config: textOption(undefined),
  runs: textOption(undefined),
  code: textOption(undefined),
  onJob: callbackOption<(name: string, outcome: ClusterJob | string) => void>(),
  signal: objectOption<AbortSignal>("an AbortSignal", (value) => value instanceof AbortSignal),
};

/** Of a job whose plan says so. */
export const doesNotFit = "its memory does not fit";

/** Folder of a submitted job on this machine. */
export function studyRunFolder(runs: string | undefined, token: string, name: string): string {
  return join(resolve(runs ?? runsFolder()), new StudyPlace(token, "/").idOf(name));
}

/**
 * Submit every job of a study, each exactly once for the study's token: a client that was killed goes on with the same
 * call where it was, and jobs wait in the scheduler, not in a client, for those before them.
 *
 * When a job fails, the scheduler cancels what waits for it and nothing else. A job whose predecessor has failed before
 * it could be submitted, or that does not fit by the plan, is not submitted, and is named.
 *
 * @throws {ArgumentError} the token belongs to another study: the plan, or the cluster, has changed
 * @throws {JobPlanError} the cluster cannot run a job as it is planned; those before it are submitted
 * @throws {JobError} the scheduler refused one, or the cluster was not reached
 *
 * @example
 * const plan = await planStudy({ cluster: "h100" });
 * const study = await submitStudy(plan, { token: "paper-1" });
 */
export async function submitStudy(plan: StudyPlan, options: SubmitStudyOptions): Promise<SubmittedStudy> {
  const { token, config, runs, code = projectRoot, onJob, signal } = checkOptions(options, rules);
  if (token === undefined || !/^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$/u.test(token))
    throw new ArgumentError("token", "letters, digits, dots, dashes and underscores, at most 40", token);
  const cluster = await findCluster(plan.cluster.name, clustersFile(config));
  const place = new StudyPlace(token, cluster.root);
  const jobs = new Map<string, ClusterJob>();
  const blocked = new Map<string, string>();
  const block = (name: string, why: string): void => {
    blocked.set(name, why);
    onJob?.(name, why);
  };
  await using once = new PackedOnce(resolve(code), resolve(runs ?? runsFolder()));
  for (const job of plan.jobs) {
    signal?.throwIfAborted();
    if (job.fits === false) {
      block(job.name, doesNotFit);
      continue;
    }
    const before = job.dependsOn.find((name) => blocked.has(name));
    if (before !== undefined) {
      block(job.name, `${before} was not submitted`);
      continue;
    }
    try {
      const submitted = await submitJob(studyJobSpec(job, plan, place, resolve(code)), {
        cluster: cluster.name,
        token: place.idOf(job.name),
        packed: () => once.packed(),
        ...(config && { config }),
        ...(runs && { runs }),
        ...(signal && { signal }),
      });
      jobs.set(job.name, submitted as ClusterJob);
      onJob?.(job.name, submitted as ClusterJob);
    } catch (error) {
      const failed = error instanceof JobPlanError ? await failedBefore(job, jobs) : undefined;
      if (failed === undefined) throw error;
      block(job.name, failed);
    }
  }
  return { token, jobs, blocked };
}

/** The code of all jobs, packed for the first that is not written down yet. */
class PackedOnce implements AsyncDisposable {
  readonly #code: string;
  readonly #runs: string;
  #folder: string | undefined;
  #packed: Promise<PackedCode> | undefined;

  constructor(code: string, runs: string) {
    this.#code = code;
    this.#runs = runs;
  }

  packed(): Promise<PackedCode> {
    this.#packed ??= packFolder(this.#code, (this.#folder = makeSpillFolder(this.#runs)));
    return this.#packed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#folder !== undefined) await rm(this.#folder, { recursive: true, force: true });
  }
}

/** Which of the jobs that one waits for is over without success. */
async function failedBefore(
  { dependsOn }: PlannedJob,
  jobs: ReadonlyMap<string, ClusterJob>,
): Promise<string | undefined> {
  const records = await refreshJobs(dependsOn.map((name) => jobs.get(name)!.folder));
  const index = records.findIndex(({ state }) => finalStates.has(state) && state !== "COMPLETED");
  return index < 0 ? undefined : `${dependsOn[index]} has ended: ${records[index]!.evidence}`;
}
