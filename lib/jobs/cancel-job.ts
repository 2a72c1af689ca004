import { checkJob } from "./check-job.ts";
import { booleanOption, checkOptions, objectOption } from "../core/options.ts";
import { cancelRun } from "./cluster/cancel-run.ts";
import { ClusterJob, type ClusterJobStatus } from "./cluster/cluster-job.ts";
import { takeBack } from "./cluster/outbox.ts";
import { withClusterRun } from "./cluster/cluster-run.ts";
import type { JobStatus } from "./local/local-job.ts";
import type { Job } from "./submit-job.ts";

export interface CancelJobOptions {
  /** Ask what runs to save before it ends; on this machine it always does. @default true */
  readonly save?: boolean;
  readonly signal?: AbortSignal;
}

const rules = {
  save: booleanOption(true),
  signal: objectOption<AbortSignal>("an AbortSignal", (value) => value instanceof AbortSignal),
};

/**
 * Cancel a job for good. One that runs is asked to save first, and ends soon after; one that waits never starts, nor
 * does a submission of it that lands late. One that has ended is left as it is.
 *
 * @returns where it stands now; `job.ended()` waits for a save
 * @throws {JobError} the cluster or its scheduler gave no answer; the same call again is safe
 *
 * @example
 * await cancelJob(job);
 */
export async function cancelJob(
  job: Job,
  options: CancelJobOptions = {},
): Promise<JobStatus | ClusterJobStatus> {
  const { save, signal } = checkOptions(options, rules);
  checkJob(job);
  if (!(job instanceof ClusterJob)) return job.stop(signal && { signal });
  if (!(await takeBack(job.folder, signal)))
    await withClusterRun(job.folder, (run) => cancelRun(run, { save, signal }));
  return job.status(signal && { signal });
}
