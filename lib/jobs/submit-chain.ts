import { checkRecord } from "../core/arguments.ts";
import { ArgumentError } from "../core/errors.ts";
import { findCluster, clustersFile } from "./cluster/clusters-file.ts";
import { clusterRunFolder } from "./cluster/run-files.ts";
import type { JobSpec } from "./job-spec.ts";
import { submitJob, type Job, type SubmitJobOptions } from "./submit-job.ts";

/** A step of a chain that was submitted. */
export interface ChainedJob {
  readonly id: string;
  /** Its run folder on the cluster, for the paths of steps after it. */
  readonly folder: string;
}

/** A step's request: what it is, or made from the steps before it. */
export type ChainStep<Name extends string> =
  | JobSpec
  | ((earlier: Readonly<Record<Name, ChainedJob>>) => JobSpec);

export interface SubmitChainOptions extends Omit<SubmitJobOptions, "token"> {
  /** What the chain is known by: each step's token is this and its name. Given again, it goes on where it ended. */
  readonly token: string;
}

/**
 * Submit jobs that wait for one another: each begins when the one before it has succeeded, unless it says itself what
 * it depends on. When one fails, those behind it are cancelled by the scheduler.
 *
 * Each is submitted exactly once for the chain's token; a chain that broke off is finished by the same call.
 *
 * @throws {JobPlanError} a step cannot run as it is asked to; those before it are submitted, it and the rest are not
 *
 * @example
 * const jobs = await submitChain(
 *   { pretraining, export: ({ pretraining }) => exportOf(pretraining.folder), evaluation },
 *   { cluster: "h100", token: "run-7" },
 * );
 */
export async function submitChain<Name extends string>(
  steps: Readonly<Record<Name, ChainStep<NoInfer<Name>>>>,
  options: SubmitChainOptions,
): Promise<Record<Name, Job>> {
  checkRecord("steps", "steps by name", steps);
  checkRecord("options", "an object with the token", options);
  const { token, cluster: name, ...rest } = options;
  if (name === "local")
    throw new ArgumentError("cluster", "a cluster: on this machine there is no queue to wait in", name);
  const cluster = await findCluster(name, clustersFile(rest.config));
  const entries = Object.entries(steps) as [Name, ChainStep<Name>][];
  if (entries.length === 0) throw new ArgumentError("steps", "one step or more", steps);
  const jobs = {} as Record<Name, Job>;
  const earlier = {} as Record<Name, ChainedJob>;
  let before: string | undefined;
  for (const [label, step] of entries) {
    const given = typeof step === "function" ? step(earlier) : step;
    const dependsOn = given.dependsOn ?? (before && [{ job: before, condition: "success" as const }]);
    const spec = dependsOn ? { ...given, dependsOn } : given;
    const job = await submitJob(spec, { ...rest, cluster: name, token: `${token}-${label}` });
    jobs[label] = job;
    earlier[label] = { id: job.runId, folder: clusterRunFolder(cluster, job.runId) };
    before = job.runId;
  }
  return jobs;
}
