import type { Cluster } from "./cluster.ts";

/** `submitted.json`: renamed into place once, when the scheduler's number of the job is known. */
export interface SubmittedFile {
  /** Slurm's number. */
  readonly jobId: string;
  readonly token: string;
  readonly specFingerprint: string;
  /** ISO 8601. */
  readonly time: string;
}

/** `exit.json`: written by the job itself when it is over for good; the only proof that its work is complete. */
export interface ExitFile {
  readonly exitCode: number;
  readonly reason: "completed" | "failed" | "cancelled" | "timeout" | "node_fail" | "restarts_exhausted";
  readonly time: string;
  /** One line for people. */
  readonly detail?: string;
}

/** `attempts/<n>.json`: one start of the job by the scheduler. */
export interface AttemptFile {
  /** From 1. */
  readonly attempt: number;
  readonly jobId: string;
  readonly nodes: readonly string[];
  readonly startedAt: string;
  readonly endedAt?: string;
  readonly reason?: string;
}

/** The folder of a run on the cluster; of the same name as the one on this machine. */
export function clusterRunFolder(cluster: Pick<Cluster, "root">, id: string): string {
  return `${cluster.root}/runs/${id}`;
}

export function clusterPackageFolder(cluster: Pick<Cluster, "root">, sha256: string): string {
  return `${cluster.root}/packages/${sha256}`;
}

/** What the scheduler calls a job; the look-up of a token goes by it, so that nothing else may have this name. */
export function slurmJobName(id: string): string {
  return `rounds-${id}`;
}
