import { basename, resolve } from "node:path";

import { ArgumentError, JobError } from "../core/errors.ts";
import { recordAudit } from "../core/audit-log.ts";
import {
  callbackOption,
  checkOptions,
  choiceOption,
  integerOption,
  objectOption,
  textOption,
} from "../core/options.ts";
import { ClusterJob } from "./cluster/cluster-job.ts";
import { clustersFile, findCluster } from "./cluster/clusters-file.ts";
import type { ClusterJobRecord } from "./cluster/cluster-record.ts";
import { deliver, JobPlanError, openOutbox } from "./cluster/outbox.ts";
import type { JobState } from "./job.ts";
import { requireApprovedCluster } from "./approve-cluster.ts";
import { checkJobSpec, type JobSpec } from "./job-spec.ts";
import { sensitivityOfSpec } from "./sensitivity-of-spec.ts";
import type { LocalJob } from "./local/local-job.ts";
import { submitLocally } from "./local/submit-locally.ts";
import { onCluster } from "./plan/plan-job.ts";
import { strictest, type Sensitivity } from "../table/sensitivity.ts";
import type { PackedCode } from "./package/pack-code.ts";
import { newRunId, runsFolder } from "./run-folder.ts";

/** A job on this machine or on a cluster; both are known by their run folder. */
export type Job = LocalJob | ClusterJob;

export interface SubmitJobOptions {
  /** "local", or a name of the clusters file. */
  readonly cluster: string;
  /**
   * Of what the job reads; restricted data needs a cluster that was approved for it.
   * @default restricted where a file that it names is known here to be, else "public"
   */
  readonly sensitivity?: Sensitivity;
  /** What the submission is known by: the same request with the same token is the same job. @default a new one */
  readonly token?: string;
  /** @default the environment's ROUNDS_CLUSTERS, else clusters.json of the project */
  readonly config?: string;
  /** Folder of run folders. @default ROUNDS_RUNS, else `runs/` of the project */
  readonly runs?: string;
  /** What the path of the code is relative to. @default the working folder */
  readonly directory?: string;
  /** Gives the code of the request as `packFolder` packed it on the disk of `runs`, for several jobs. @default it is packed */
  readonly packed?: () => Promise<PackedCode>;
  /** How long an unknown outcome is tried again; afterwards the job is UNKNOWN, and the next look at it goes on. @default 120 */
  readonly patienceSeconds?: number;
  /** Told of each state once it is on the disk. */
  readonly onState?: (state: JobState, evidence: string) => void;
  /** Ends the waiting; what was written down is delivered by the next look at the job. */
  readonly signal?: AbortSignal;
}

const rules = {
  cluster: textOption(undefined),
  sensitivity: choiceOption<Sensitivity, undefined>(undefined, ["public", "restricted"]),
  token: textOption(undefined),
  config: textOption(undefined),
  runs: textOption(undefined),
  directory: textOption(undefined),
  packed: callbackOption<() => Promise<PackedCode>>(),
  patienceSeconds: integerOption(120, { minimum: 0, maximum: 86_400 }),
  onState: callbackOption<(state: JobState, evidence: string) => void>(),
  signal: objectOption<AbortSignal>("an AbortSignal", (value) => value instanceof AbortSignal),
};

/**
 * Submit a job exactly once: its work is done once, whatever breaks on the way and however often this is repeated with
 * the same token.
 *
 * The request is on this machine's disk before anything is sent. What is known of the outcome is in the job's state.
 *
 * @throws {JobSpecError} with every fault of the request
 * @throws {ApprovalError} restricted data, and a cluster that was not approved for it
 * @throws {JobPlanError} with everything that speaks against it on that cluster; nothing was submitted
 * @throws {JobError} the scheduler refused it, or the cluster was not reached
 *
 * @example
 * const job = await submitJob(spec, { cluster: "h100", token: "pretraining-1" });
 * await job.status(); // { state: "PENDING", evidence: "squeue: job 4711 PENDING (Priority)", ... }
 */
export async function submitJob(spec: JobSpec, options: SubmitJobOptions): Promise<Job> {
  const checked = checkOptions(options, rules);
  const { cluster: name, onState, signal } = checked;
  if (name === undefined) throw new ArgumentError("cluster", '"local" or the name of a cluster', name);
  const request = checkJobSpec(spec);
  const token = checked.token ?? newRunId(request.name);
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/u.test(token))
    throw new ArgumentError("token", "letters, digits, dots, dashes and underscores, at most 100", token);
  const runs = resolve(checked.runs ?? runsFolder());
  const directory = resolve(checked.directory ?? process.cwd());
  const sensitivity = strictest([checked.sensitivity ?? "public", sensitivityOfSpec(request, directory)]);
  const recordSubmission = (): void =>
    recordAudit({
      action: "submit",
      subject: token,
      sensitivity,
      detail: { cluster: name, job: request.name },
    });
  if (name === "local") {
    recordSubmission();
    return submitLocally(request, { token, runs, directory, sensitivity, ...(signal && { signal }) });
  }
  const path = clustersFile(checked.config);
  const cluster = await findCluster(name, path);
  if (sensitivity === "restricted") requireApprovedCluster(cluster, `What the job ${request.name} reads`);
  recordSubmission();
  const whole = onCluster(request, cluster, directory);
  const folder = await openOutbox(runs, token, whole, {
    cluster,
    clustersFile: path,
    sensitivity,
    packed: checked.packed,
  });
  const record = await delivered(folder, { patienceMs: checked.patienceSeconds * 1000, onState, signal });
  if (record.slurmJobId === null && record.state === "FAILED")
    throw new JobError(`Job ${token} was not submitted to ${name}: ${record.evidence}`, {
      jobId: token,
      state: record.state,
    });
  return new ClusterJob(folder);
}

/** Says of a cluster that was not reached that the submission is not lost. */
async function delivered(...parameters: Parameters<typeof deliver>): Promise<ClusterJobRecord> {
  try {
    return await deliver(...parameters);
  } catch (error) {
    if (!(error instanceof JobError) || error instanceof JobPlanError) throw error;
    const token = basename(parameters[0]);
    const fate = `Job ${token} is written down and is sent by the next look at it; jobs cancel ${token} takes it back.`;
    const { state, logTail } = error;
    throw new JobError(`${error.message}. ${fate}`, { jobId: token, state, logTail }, { cause: error });
  }
}
