import { readFileSync } from "node:fs";

import { remoteText } from "../cluster/remote-text.ts";
import { slurmJobName } from "../cluster/run-files.ts";
import type { ClusterShell } from "../cluster/cluster-shell.ts";
import type { JobDependency } from "../job-spec.ts";

const script = readFileSync(new URL("submit-once.sh", import.meta.url), "utf8");

/** What became of one try to submit. */
export type SendOutcome =
  /** The scheduler has the job: since now, or since an earlier try. */
  | { readonly kind: "submitted"; readonly slurmJobId: string; readonly evidence: string }
  /** It may have it or not; the same try again is safe, and is how one gets to know. */
  | { readonly kind: "unknown"; readonly evidence: string }
  /** It has not and will not: the request itself is at fault. */
  | { readonly kind: "refused"; readonly evidence: string }
  /** Another request was submitted under this token before. */
  | { readonly kind: "conflict" }
  /** It was cancelled before the scheduler had it; what lands late does nothing. */
  | { readonly kind: "cancelled" }
  /** The code is not on the cluster yet; nothing was done. */
  | { readonly kind: "package" };

export interface SendRequest {
  readonly id: string;
  readonly root: string;
  readonly specFingerprint: string;
  readonly packageSha256: string;
  readonly dependsOn: readonly JobDependency[];
  /** By name; job.sbatch is one of them. */
  readonly files: Readonly<Record<string, string>>;
}

/** The longest that the script waits for its lock and the scheduler. */
const timeoutMs = 240_000;

/** One try to submit a job; any number of tries, by any number of clients, make one job. */
export async function sendOnce(
  shell: ClusterShell,
  { id, root, specFingerprint, packageSha256, dependsOn, files }: SendRequest,
  signal?: AbortSignal,
): Promise<SendOutcome> {
  const parts = Object.entries(files).map(
    ([name, content]) => `${name} ${Buffer.byteLength(content)}\n${content}`,
  );
  const dependencies = dependsOn.map(({ job, condition }) => `${job}:${condition}`);
  const result = await shell.run(
    "bash",
    ["-c", script, "rounds", root, id, slurmJobName(id), specFingerprint, packageSha256, ...dependencies],
    { input: `${parts.join("")}end 0\n`, timeoutMs, ...(signal && { signal }) },
  );
  const [, word = "", rest = ""] = /^rounds-submit (\w+) ?(.*)$/mu.exec(result.stdout) ?? [];
  const isNumber = /^\d{1,18}$/u.test(rest);
  if (word === "submitted" && isNumber)
    return { kind: "submitted", slurmJobId: rest, evidence: `sbatch answered with job ${rest}` };
  if ((word === "known" || word === "found") && isNumber) {
    const where = word === "known" ? "submitted.json of the run" : "the scheduler, by the token,";
    return { kind: "submitted", slurmJobId: rest, evidence: `${where} names job ${rest}` };
  }
  if (word === "refused") return { kind: "refused", evidence: remoteText(rest) };
  if (word === "conflict" || word === "cancelled" || word === "package") return { kind: word };
  if (word === "unknown") return { kind: "unknown", evidence: remoteText(rest) };
  const how =
    result.exitCode === undefined
      ? "the connection was lost before the answer came"
      : `no answer, exit code ${result.exitCode}`;
  const said = remoteText(result.stderr);
  return { kind: "unknown", evidence: said === "" ? how : `${how}: ${said}` };
}
