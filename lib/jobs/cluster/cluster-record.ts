import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { DataError } from "../../core/errors.ts";
import { readFailure } from "../../core/read-failure.ts";
import { writeFileAtomically } from "../../core/write-file-atomically.ts";
import type { JobHistory, JobState } from "../job.ts";
import { findCluster } from "./clusters-file.ts";
import type { Cluster } from "./cluster.ts";

/**
 * `job.json` of a run on a cluster: the outbox, written down before anything is sent, and where the job stands.
 *
 * The cluster's own files and its scheduler are the truth; what is here about them is what was seen last.
 */
export interface ClusterJobRecord {
  readonly version: 1;
  /** The token of the submission. */
  readonly runId: string;
  readonly backend: "slurm";
  /** The cluster's name in the clusters file. */
  readonly cluster: string;
  readonly clustersFile: string;
  /** SHA-256 of the request and the cluster's name; another request needs another token. */
  readonly specFingerprint: string;
  /** Of an array; null of a job that is none. */
  readonly tasks: number | null;
  /** SHA-256 of the code's snapshot, once that is made. */
  readonly packageSha256: string | null;
  /** Slurm's number, once it is known. */
  readonly slurmJobId: string | null;
  readonly state: JobState;
  readonly evidence: string;
  /** Starts by the scheduler, as seen last. */
  readonly attempts: number;
  readonly createdAt: string;
  /** Every change of the state; repeats of one are not kept. */
  readonly history: JobHistory;
}

/** @throws {DataError} no record of a run on a cluster */
export async function readClusterRecord(folder: string): Promise<ClusterJobRecord> {
  const path = join(folder, "job.json");
  let record: ClusterJobRecord;
  try {
    record = JSON.parse(await readFile(path, "utf8")) as ClusterJobRecord;
  } catch (error) {
    throw new DataError(`${path} ${readFailure(error)}`, { path }, { cause: error });
  }
  if (record.version !== 1 || record.backend !== "slurm" || !Array.isArray(record.history))
    throw new DataError(`${path} is no record of a run on a cluster`, { path });
  return record;
}

/** The cluster of a record, as its clusters file describes it now. */
export function clusterOf(record: ClusterJobRecord): Promise<Cluster> {
  return findCluster(record.cluster, record.clustersFile);
}

export interface RecordChange {
  readonly state: JobState;
  readonly evidence: string;
  readonly packageSha256?: string;
  readonly slurmJobId?: string;
  readonly attempts?: number;
}

/** The record after a change; the same state with other evidence makes no new line of history. */
export function changedRecord(record: ClusterJobRecord, change: RecordChange): ClusterJobRecord {
  const { state, evidence } = change;
  const history =
    state === record.state
      ? record.history
      : [...record.history, { state, time: new Date().toISOString(), evidence }];
  return { ...record, ...change, history };
}

/** On the disk before it returns: what a submission may rest on. */
export async function writeRecordDurably(folder: string, record: ClusterJobRecord): Promise<void> {
  await writeFileAtomically(join(folder, "job.json"), textOf(record));
}

/** Whole or not at all, but perhaps not yet on the disk: for what the cluster would tell again. */
export async function writeObservedRecord(folder: string, record: ClusterJobRecord): Promise<void> {
  const temporary = join(folder, `job.json.${process.pid}.tmp`);
  await writeFile(temporary, textOf(record));
  await rename(temporary, join(folder, "job.json"));
}

function textOf(record: ClusterJobRecord): string {
  return `${JSON.stringify(record, null, 2)}\n`;
}
