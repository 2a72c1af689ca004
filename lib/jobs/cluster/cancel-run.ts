import { readFileSync } from "node:fs";

import { JobError } from "../../core/errors.ts";
import type { ClusterRun } from "./cluster-run.ts";
import { remoteText } from "./remote-text.ts";

const script = readFileSync(new URL("../slurm/cancel-job.sh", import.meta.url), "utf8");

/**
 * What became of a request to cancel. over: it had ended before. asked: it saves and ends, or is being ended.
 * cancelled: it did not run, and never will.
 */
export type Cancelled = "over" | "asked" | "cancelled";

/**
 * Cancel a job for good: neither its restarts nor a submission of it that lands late do anything afterwards.
 *
 * @throws {JobError} the cluster or its scheduler gave no answer; the same call again is safe
 */
export async function cancelRun(
  { shell, remote, record, id }: ClusterRun,
  options: { readonly save: boolean; readonly signal?: AbortSignal | undefined },
): Promise<Cancelled> {
  const { save, signal } = options;
  const parameters = [remote, record.slurmJobId ?? "-", save ? "yes" : "no"];
  const result = await shell.run("bash", ["-c", script, "rounds", ...parameters], signal && { signal });
  const [, word, rest = ""] = /^rounds-cancel (\w+) ?(.*)$/mu.exec(result.stdout) ?? [];
  if (word === "over" || word === "asked" || word === "cancelled") return word;
  const how = result.exitCode === undefined ? "the connection was lost" : remoteText(rest || result.stderr);
  throw new JobError(`Whether job ${id} was cancelled is not known: ${how}`, {
    jobId: id,
    state: record.state,
  });
}
