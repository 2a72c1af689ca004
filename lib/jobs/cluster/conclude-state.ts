import type { JobState } from "../job.ts";
import type { ExitFile } from "./run-files.ts";

/** What was seen of one job at one look. */
export interface JobSighting {
  /** Why the scheduler gave no answer; null where it did. */
  readonly schedulerProblem: string | null;
  /** Its rows of the scheduler: one, more of an array or of submissions that landed late. */
  readonly rows: readonly ScheduledRow[];
  /** What accounting remembers, where it was asked. */
  readonly accounts: readonly AccountedRow[];
  /** Slurm's number of the job that works, by its own claim. */
  readonly claim: string | null;
  readonly exit: ExitFile | null;
  /** Tasks of an array that wrote their end, and those of them that failed. */
  readonly tasksEnded: number;
  readonly tasksFailed: number;
  /** Starts so far. */
  readonly attempts: number;
}

export interface ScheduledRow {
  readonly slurmJobId: string;
  /** In Slurm's words. */
  readonly state: string;
  readonly reason: string;
}

export interface AccountedRow {
  readonly slurmJobId: string;
  readonly state: string;
  /** "0:0": exit code and signal. */
  readonly exitCode: string;
}

export interface Conclusion {
  readonly state: JobState;
  readonly evidence: string;
}

/** How a job ended, as its own last file says it. */
const stateOfExit: Readonly<Record<ExitFile["reason"], JobState>> = {
  completed: "COMPLETED",
  failed: "FAILED",
  cancelled: "CANCELLED",
  timeout: "TIMEOUT",
  node_fail: "NODE_FAIL",
  restarts_exhausted: "FAILED",
};

const waiting = new Set(["PENDING", "CONFIGURING", "SUSPENDED", "SPECIAL_EXIT"]);
const working = new Set(["RUNNING", "COMPLETING", "STAGE_OUT", "SIGNALING", "STOPPED", "RESIZING"]);
const again = new Set(["REQUEUED", "REQUEUE_FED", "REQUEUE_HOLD"]);

/** Slurm's ends; that a job is complete only its own exit.json says. */
const ends: Readonly<Record<string, JobState>> = {
  FAILED: "FAILED",
  OUT_OF_MEMORY: "FAILED",
  CANCELLED: "CANCELLED",
  REVOKED: "CANCELLED",
  PREEMPTED: "CANCELLED",
  TIMEOUT: "TIMEOUT",
  DEADLINE: "TIMEOUT",
  NODE_FAIL: "NODE_FAIL",
  BOOT_FAIL: "NODE_FAIL",
};

/**
 * Where a job stands, from what was seen of it, and what that is concluded from.
 *
 * Its own exit.json counts most, then the scheduler, then accounting. No answer, an empty one and a job that is gone
 * without a word are UNKNOWN, never an end.
 *
 * @param job how many tasks it has, null of a job that is no array; Slurm's number from its submission; where it stood
 */
export function concludeState(
  job: { readonly tasks: number | null; readonly slurmJobId: string | null; readonly state: JobState },
  sighting: JobSighting,
): Conclusion {
  const { exit, claim, schedulerProblem } = sighting;
  if (exit !== null) {
    const state = stateOfExit[exit.reason] ?? (exit.exitCode === 0 ? "COMPLETED" : "FAILED");
    const detail = exit.detail ? `: ${exit.detail}` : "";
    return { state, evidence: `exit.json: ${exit.reason}, exit code ${exit.exitCode}${detail}` };
  }
  if (job.tasks !== null && sighting.tasksEnded >= job.tasks) {
    const { tasksFailed } = sighting;
    const state = tasksFailed === 0 ? "COMPLETED" : "FAILED";
    return { state, evidence: `exit.json of all ${job.tasks} tasks; ${tasksFailed} failed` };
  }
  if (schedulerProblem !== null) {
    const before = job.state === "UNKNOWN" ? "" : `; it was ${job.state} before`;
    return { state: "UNKNOWN", evidence: `the scheduler gave no answer: ${schedulerProblem}${before}` };
  }
  const rows = workingRows(sighting.rows, claim ?? job.slurmJobId);
  if (rows.length > 0) return concludeFromRows(rows, sighting, job.tasks);
  const account = workingRows(sighting.accounts, claim ?? job.slurmJobId)[0];
  if (account !== undefined) {
    const evidence = `accounting: job ${account.slurmJobId} ${account.state}, exit code ${account.exitCode}, no exit.json`;
    return { state: ends[account.state] ?? "UNKNOWN", evidence };
  }
  const number = claim ?? job.slurmJobId;
  const who = number === null ? "the job" : `job ${number}`;
  return { state: "UNKNOWN", evidence: `the scheduler does not know ${who}, and it left no exit.json` };
}

/** Of several submissions of one token only one works: the one that has the claim, else the one that is known. */
function workingRows<Row extends { readonly slurmJobId: string }>(
  rows: readonly Row[],
  slurmJobId: string | null,
): readonly Row[] {
  const own = rows.filter((row) => row.slurmJobId === slurmJobId);
  return own.length > 0 ? own : rows;
}

function concludeFromRows(
  rows: readonly ScheduledRow[],
  { claim, attempts, tasksEnded }: JobSighting,
  tasks: number | null,
): Conclusion {
  const among = (states: ReadonlySet<string>) => rows.find(({ state }) => states.has(state));
  const words = ({ slurmJobId, state, reason }: ScheduledRow): string =>
    `squeue: job ${slurmJobId} ${state}${reason === "" || reason === "None" ? "" : ` (${reason})`}${
      tasks === null ? "" : `, ${tasksEnded} of ${tasks} tasks ended`
    }`;
  const runs = among(working);
  if (runs !== undefined) return { state: "RUNNING", evidence: words(runs) };
  const requeued = among(again);
  if (requeued !== undefined) return { state: "REQUEUED", evidence: words(requeued) };
  const waits = among(waiting);
  if (waits !== undefined) {
    const hasWorked = tasks === null && (claim !== null || attempts > 0);
    return { state: hasWorked ? "REQUEUED" : "PENDING", evidence: words(waits) };
  }
  const last = rows.find(({ state }) => state in ends) ?? rows[0]!;
  return { state: ends[last.state] ?? "UNKNOWN", evidence: `${words(last)}, no exit.json` };
}
