import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { DataError } from "../core/errors.ts";
import { readFailure } from "../core/read-failure.ts";
import { writeFileAtomically } from "../core/write-file-atomically.ts";
import type { ProcessIdentity } from "./local/process-identity.ts";

/**
 * Where a job stands.
 *
 * PLANNED: written down, nothing sent or started yet. SENDING: on its way to the scheduler. UNKNOWN: nothing that was
 * seen says where it stands; never an end. SUBMITTED: the scheduler has given it a number. PENDING: it waits in the
 * queue. RUNNING: it works. REQUEUED: it has worked and waits to be started again. The others are final, a run on this
 * machine that ended so may be taken up again. CANCELLED: stopped on request, saved where the trainer had come to.
 */
export type JobState = (typeof jobStates)[number];

export const jobStates = [
  "PLANNED",
  "SENDING",
  "UNKNOWN",
  "SUBMITTED",
  "PENDING",
  "RUNNING",
  "REQUEUED",
  "COMPLETED",
  "FAILED",
  "CANCELLED",
  "TIMEOUT",
  "NODE_FAIL",
] as const;

/** One start of the trainer on this machine. */
export interface Attempt {
  /** From 1. */
  readonly number: number;
  readonly processes: number;
  readonly resumes: boolean;
  /** The trainer's program and parameters. */
  readonly command: readonly [string, ...string[]];
  readonly environment: Readonly<Record<string, string>>;
  readonly plannedAt: string;
  /** Keeps the trainer and writes down its end. */
  readonly supervisor?: ProcessIdentity;
  readonly trainer?: ProcessIdentity;
  readonly endedAt?: string;
  readonly exitCode?: number | null;
  readonly signal?: string | null;
}

/** `job.json` of a run folder: the state machine of its submission, each state with what it was concluded from. */
export interface JobRecord {
  readonly version: 1;
  readonly runId: string;
  readonly backend: "local";
  readonly state: JobState;
  readonly evidence: string;
  readonly attempts: readonly Attempt[];
  readonly history: JobHistory;
}

export const finalStates: ReadonlySet<JobState> = new Set([
  "COMPLETED",
  "FAILED",
  "CANCELLED",
  "TIMEOUT",
  "NODE_FAIL",
]);

/** What a job's states were concluded from, in order. */
export type JobHistory = readonly {
  readonly state: JobState;
  readonly time: string;
  readonly evidence: string;
}[];

/** @throws {DataError} no run folder, or a damaged job.json */
export async function readJob(folder: string): Promise<JobRecord> {
  const path = join(folder, "job.json");
  let record: JobRecord;
  try {
    record = JSON.parse(await readFile(path, "utf8")) as JobRecord;
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === "ENOENT";
    const problem = isMissing ? "is missing: this is no run folder" : readFailure(error);
    throw new DataError(`${path} ${problem}`, { path }, { cause: error });
  }
  if (record.version !== 1 || !Array.isArray(record.attempts))
    throw new DataError(`${path} is not a job record of version 1`, { path });
  return record;
}

/** Write the record with a new state; the history keeps every earlier one. */
export async function writeJob(
  folder: string,
  record: JobRecord,
  change: { readonly state: JobState; readonly evidence: string; readonly attempt?: Partial<Attempt> },
): Promise<JobRecord> {
  const { state, evidence, attempt = {} } = change;
  const attempts = [...record.attempts.slice(0, -1), { ...record.attempts.at(-1)!, ...attempt }];
  const history = [...record.history, { state, time: new Date().toISOString(), evidence }];
  const written: JobRecord = { ...record, state, evidence, attempts, history };
  await writeFileAtomically(join(folder, "job.json"), `${JSON.stringify(written, null, 2)}\n`);
  return written;
}
