import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

import { ArgumentError, JobError } from "../core/errors.ts";
import { checkOptions, objectOption, textOption } from "../core/options.ts";
import { ClusterJob } from "./cluster/cluster-job.ts";
import type { ClusterJobRecord } from "./cluster/cluster-record.ts";
import { openClusterShell, type ClusterShell } from "./cluster/cluster-shell.ts";
import { clustersFile, findCluster } from "./cluster/clusters-file.ts";
import type { ClusterRunSpec } from "./cluster/outbox.ts";
import { remoteText } from "./cluster/remote-text.ts";
import { clusterRunFolder } from "./cluster/run-files.ts";
import { makeWholeFolder, runsFolder } from "./run-folder.ts";

export interface AdoptJobOptions {
  /** A name of the clusters file. */
  readonly cluster: string;
  /** @default the environment's ROUNDS_CLUSTERS, else clusters.json of the project */
  readonly config?: string;
  /** Folder of run folders. @default ROUNDS_RUNS, else `runs/` of the project */
  readonly runs?: string;
  readonly signal?: AbortSignal;
}

const rules = {
  cluster: textOption(undefined),
  config: textOption(undefined),
  runs: textOption(undefined),
  signal: objectOption<AbortSignal>("an AbortSignal", (value) => value instanceof AbortSignal),
};

const script = readFileSync(new URL("cluster/find-run.sh", import.meta.url), "utf8");

/**
 * Take up a job that was started elsewhere: from another machine, by somebody else of the group, or from a project
 * whose runs are gone. Afterwards it is a job like any other here: watch it, read its log, fetch from it, cancel it.
 *
 * @param id of its run, or Slurm's number
 * @throws {JobError} there is no such job of Rounds on that cluster, or it was not reached
 *
 * @example
 * await watch(await adoptJob("48151", { cluster: "h100" }));
 */
export async function adoptJob(id: string, options: AdoptJobOptions): Promise<ClusterJob> {
  const { cluster: name, config, runs, signal } = checkOptions(options, rules);
  if (name === undefined) throw new ArgumentError("cluster", "the name of a cluster", name);
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/u.test(id))
    throw new ArgumentError("id", "a run's id or Slurm's number", id);
  const path = clustersFile(config);
  const cluster = await findCluster(name, path);
  const shell = await openClusterShell(cluster);
  try {
    const { runId, slurmJobId } = await findRun(shell, cluster.root, id, signal);
    const folder = join(resolve(runs ?? runsFolder()), runId);
    if (!existsSync(join(folder, "job.json"))) {
      const remote = clusterRunFolder(cluster, runId);
      const spec = (await readRemoteJson(shell, `${remote}/spec.json`, signal)) as ClusterRunSpec;
      const training = spec.job.kind === "train" ? spec.job.config : undefined;
      const createdAt = new Date().toISOString();
      const adopted = { state: "SUBMITTED", time: createdAt, evidence: `adopted from ${name}` } as const;
      const record: ClusterJobRecord = {
        version: 1,
        runId,
        backend: "slurm",
        cluster: name,
        clustersFile: path,
        specFingerprint: spec.specFingerprint,
        tasks: spec.job.array?.tasks ?? null,
        packageSha256: spec.code?.package ?? null,
        slurmJobId,
        attempts: 0,
        state: adopted.state,
        evidence: adopted.evidence,
        createdAt,
        history: [adopted],
      };
      await makeWholeFolder(folder, {
        "spec.json": spec,
        ...(training && { "train.config.json": training }),
        "job.json": record,
      });
    }
    return new ClusterJob(folder);
  } finally {
    await shell.close();
  }
}

async function findRun(
  shell: ClusterShell,
  root: string,
  id: string,
  signal: AbortSignal | undefined,
): Promise<{ readonly runId: string; readonly slurmJobId: string }> {
  const result = await shell.run("bash", ["-c", script, "rounds", root, id], signal && { signal });
  const [, runId, slurmJobId] =
    /^rounds-run ([A-Za-z0-9][A-Za-z0-9._-]{0,99}) (\d+)$/mu.exec(result.stdout) ?? [];
  if (runId !== undefined) return { runId, slurmJobId: slurmJobId! };
  const [, why] = /^rounds-run none (.*)$/mu.exec(result.stdout) ?? [];
  const lost = result.exitCode === undefined ? "the connection was lost" : remoteText(result.stderr);
  throw new JobError(`Job ${id} cannot be taken up from ${shell.name}: ${remoteText(why ?? lost)}`, {
    jobId: id,
    state: "UNKNOWN",
  });
}

async function readRemoteJson(
  shell: ClusterShell,
  path: string,
  signal: AbortSignal | undefined,
): Promise<unknown> {
  const { exitCode, stdout, stderr } = await shell.run("cat", ["--", path], signal && { signal });
  try {
    if (exitCode === 0) return JSON.parse(stdout);
  } catch {
    // Damaged: as if it could not be read.
  }
  throw new JobError(`${path} on ${shell.name} cannot be read: ${remoteText(stderr)}`, {
    jobId: path,
    state: "UNKNOWN",
  });
}
