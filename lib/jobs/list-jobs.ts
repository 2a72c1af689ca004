import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";

import { checkText } from "../core/arguments.ts";
import { DataError } from "../core/errors.ts";
import { unknownName } from "../core/nearest-name.ts";
import { checkOptions, objectOption, textOption } from "../core/options.ts";
import { clustersFile, readClusters } from "./cluster/clusters-file.ts";
import { ClusterJob } from "./cluster/cluster-job.ts";
import type { ClusterJobRecord } from "./cluster/cluster-record.ts";
import { refreshJobs } from "./cluster/refresh-jobs.ts";
import { readJob, type JobHistory, type JobRecord, type JobState } from "./job.ts";
import { LocalJob } from "./local/local-job.ts";
import { runsFolder } from "./run-folder.ts";
import type { Job } from "./submit-job.ts";

/** One job in a list: where it is, where it stands, and what that is concluded from. */
export interface JobSummary {
  readonly id: string;
  /** "local" on this machine. */
  readonly cluster: string;
  readonly state: JobState;
  readonly evidence: string;
  readonly slurmJobId: string | null;
  /** Starts so far. */
  readonly attempts: number;
  /** When its state changed last; ISO 8601. */
  readonly since: string;
  readonly folder: string;
}

/** A job with its whole story and its request. */
export interface JobDetail extends JobSummary {
  readonly history: JobHistory;
  /** spec.json of the run folder. */
  readonly spec: Readonly<Record<string, unknown>>;
}

export interface ListJobsOptions {
  /** Folder of run folders. @default ROUNDS_RUNS, else `runs/` of the project */
  readonly runs?: string;
  /** Jobs of this cluster alone; "local" for this machine. */
  readonly cluster?: string;
  readonly signal?: AbortSignal;
}

const rules = {
  runs: textOption(undefined),
  cluster: textOption(undefined),
  signal: objectOption<AbortSignal>("an AbortSignal", (value) => value instanceof AbortSignal),
};

/**
 * All jobs that were submitted from this machine, newest first, as they stand now: one call of each cluster's
 * scheduler. A submission that was cut off is delivered first.
 *
 * @throws {ArgumentError} a cluster that neither a job here nor the clusters file names
 *
 * @example
 * const jobs = await listJobs({ cluster: "h100" });
 * jobs.filter(({ state }) => state === "RUNNING");
 */
export async function listJobs(options: ListJobsOptions = {}): Promise<JobSummary[]> {
  const { runs, cluster, signal } = checkOptions(options, rules);
  const root = resolve(runs ?? runsFolder());
  const names = (await readdir(root).catch(() => [])).filter((name) => !name.startsWith("."));
  const records = await Promise.all(names.map((name) => recordOf(join(root, name))));
  const held = records.filter((record) => record !== undefined);
  if (cluster !== undefined)
    await checkCluster(
      cluster,
      held.map(({ record }) => nameOfCluster(record)),
    );
  const remote = held.filter(
    ({ record }) => record.backend === "slurm" && (cluster ?? record.cluster) === record.cluster,
  );
  const local = held.filter(({ record }) => record.backend === "local" && (cluster ?? "local") === "local");
  const folders = remote.map(({ folder }) => folder);
  const [refreshed, here] = await Promise.all([
    refreshJobs(folders, signal && { signal }),
    Promise.all(local.map(({ folder }) => summaryOfLocal(folder))),
  ]);
  const summaries = refreshed.map((record, index) => summaryOf(folders[index]!, record));
  return [...summaries, ...here].toSorted((left, right) => (left.since < right.since ? 1 : -1));
}

function nameOfCluster(record: JobRecord | ClusterJobRecord): string {
  return record.backend === "slurm" ? record.cluster : "local";
}

async function checkCluster(cluster: string, ofJobs: readonly string[]): Promise<void> {
  const path = clustersFile();
  const described = existsSync(path) ? [...(await readClusters(path)).keys()] : [];
  const known = [...new Set(["local", ...described, ...ofJobs])];
  if (!known.includes(cluster)) throw unknownName("cluster", cluster, known);
}

/**
 * One job as it stands now, with every state that it has had and what each was concluded from.
 *
 * @param id of the job, or its run folder
 * @throws {ArgumentError} no such job; the nearest is named
 */
export async function showJob(
  id: string,
  options: Omit<ListJobsOptions, "cluster"> = {},
): Promise<JobDetail> {
  const { signal } = options;
  const job = await openJob(id, options);
  const spec = JSON.parse(await readFile(join(job.folder, "spec.json"), "utf8")) as JobDetail["spec"];
  if (job instanceof LocalJob) {
    const { history } = await readJob(job.folder);
    return { ...(await summaryOfLocal(job.folder)), history, spec };
  }
  const [record] = await refreshJobs([job.folder], signal && { signal });
  return { ...summaryOf(job.folder, record!), history: record!.history, spec };
}

/**
 * Take up a job that was started before, by this process or another.
 *
 * @param id of the job, or its run folder
 * @throws {ArgumentError} no such job; the nearest is named
 */
export async function openJob(id: string, options: Pick<ListJobsOptions, "runs"> = {}): Promise<Job> {
  checkText("id", "the id of a job, or its run folder", id);
  const root = resolve(options.runs ?? runsFolder());
  const folder = id.includes("/") ? resolve(id) : join(root, id);
  const found = await recordOf(folder);
  if (found !== undefined)
    return found.record.backend === "slurm" ? new ClusterJob(folder) : new LocalJob(folder);
  const names = (await readdir(root).catch(() => [])).filter((name) =>
    existsSync(join(root, name, "job.json")),
  );
  throw unknownName("job", id, names.slice(-20));
}

async function recordOf(
  folder: string,
): Promise<{ folder: string; record: JobRecord | ClusterJobRecord } | undefined> {
  const path = join(folder, "job.json");
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch {
    return undefined;
  }
  try {
    return { folder, record: JSON.parse(text) as JobRecord | ClusterJobRecord };
  } catch (error) {
    throw new DataError(`${path} is damaged: ${(error as Error).message}`, { path }, { cause: error });
  }
}

function summaryOf(folder: string, record: ClusterJobRecord): JobSummary {
  const { cluster, state, evidence, slurmJobId, attempts, createdAt, history } = record;
  const since = history.at(-1)?.time ?? createdAt;
  return { id: basename(folder), cluster, state, evidence, slurmJobId, attempts, since, folder };
}

async function summaryOfLocal(folder: string): Promise<JobSummary> {
  const { state, evidence, attempts } = await new LocalJob(folder).status();
  const since = (await readJob(folder)).history.at(-1)?.time ?? "";
  return {
    id: basename(folder),
    cluster: "local",
    state,
    evidence,
    slurmJobId: null,
    attempts,
    since,
    folder,
  };
}
