import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { ArgumentError, JobError } from "../../core/errors.ts";
import { fingerprint } from "../../core/hash.ts";
import { writeFileAtomically } from "../../core/write-file-atomically.ts";
import type { JobState } from "../job.ts";
import type { JobSpec } from "../job-spec.ts";
import { listCode } from "../package/list-code.ts";
import { packCode, packagePath } from "../package/pack-code.ts";
import { uploadPackage } from "../package/upload-package.ts";
import { planOnCluster, type JobPlan } from "../plan/plan-job.ts";
import { makeWholeFolder } from "../run-folder.ts";
import { whileAlone } from "../run-lock.ts";
import { renderBatchScript } from "../slurm/batch-script.ts";
import { sendOnce, type SendOutcome } from "../slurm/send-once.ts";
import {
  changedRecord,
  clusterOf,
  readClusterRecord,
  writeRecordDurably,
  type ClusterJobRecord,
  type RecordChange,
} from "./cluster-record.ts";
import { openClusterShell, type ClusterShell } from "./cluster-shell.ts";
import type { Cluster } from "./cluster.ts";
import { clusterPackageFolder, clusterRunFolder } from "./run-files.ts";

/** `spec.json` of a run on a cluster: the whole request, and what its code was. */
export interface ClusterRunSpec {
  readonly version: 1;
  readonly runId: string;
  readonly name: string;
  readonly createdAt: string;
  readonly backend: "slurm";
  readonly cluster: string;
  readonly specFingerprint: string;
  /** With absolute paths. */
  readonly job: JobSpec;
  readonly recipe?: string;
  readonly seed?: number;
  /** Of a training: of `train.config.json`, as canonical JSON. */
  readonly configFingerprint?: string;
  /** SHA-256 of each manifest of token shards, once the cluster has told it. */
  readonly data?: readonly { readonly path: string; readonly fingerprint: string }[];
  /** Null until the code is packed. */
  readonly code: CodeVersion | null;
}

export interface CodeVersion {
  /** Null where the code is no git checkout. */
  readonly commit: string | null;
  readonly hasChanges: boolean;
  readonly package: string;
  readonly files: number;
  readonly locks: Readonly<Record<string, string>>;
}

/** A job was planned, and cannot be what it is asked to be on that cluster; nothing was sent. */
export class JobPlanError extends JobError {
  readonly objections: readonly string[];

  constructor(runId: string, { cluster, objections }: Pick<JobPlan, "cluster" | "objections">) {
    const lines = objections.map((objection) => `  ${objection}`).join("\n");
    super(`The job cannot run on ${cluster}:\n${lines}`, { jobId: runId, state: "PLANNED" });
    this.objections = objections;
  }
}

/** How an undelivered submission is brought to its end. */
export interface DeliverOptions {
  /** How long unknown outcomes are tried again, in milliseconds; each try is safe. */
  readonly patienceMs: number;
  /** After each change of the state is on the disk. */
  readonly onState?: ((state: JobState, evidence: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** How the cluster is reached; left out, as its description says. */
  readonly openShell?: (cluster: Cluster) => Promise<ClusterShell>;
}

/**
 * Write a submission down before anything is sent, or find the one that has this token.
 *
 * @param spec with absolute paths
 * @throws {ArgumentError} the token belongs to another request
 */
export async function openOutbox(
  runs: string,
  token: string,
  spec: JobSpec,
  target: { readonly cluster: string; readonly clustersFile: string },
): Promise<string> {
  const folder = join(runs, token);
  const specFingerprint = fingerprint({ cluster: target.cluster, job: spec });
  const createdAt = new Date().toISOString();
  const { config } = spec;
  const whole: ClusterRunSpec = {
    version: 1,
    runId: token,
    name: spec.name,
    createdAt,
    backend: "slurm",
    cluster: target.cluster,
    specFingerprint,
    job: spec,
    ...(config && {
      recipe: config.recipe,
      seed: config.seed,
      configFingerprint: `sha256:${fingerprint(config)}`,
    }),
    code: null,
  };
  const planned = { state: "PLANNED", time: createdAt, evidence: "written down" } as const;
  const record: ClusterJobRecord = {
    version: 1,
    runId: token,
    backend: "slurm",
    ...target,
    specFingerprint,
    tasks: spec.array?.tasks ?? null,
    packageSha256: null,
    slurmJobId: null,
    attempts: 0,
    state: planned.state,
    evidence: planned.evidence,
    createdAt,
    history: [planned],
  };
  await makeWholeFolder(folder, {
    "spec.json": whole,
    ...(config && { "train.config.json": config }),
    "job.json": record,
  });
  const held = await readClusterRecord(folder);
  if (held.specFingerprint !== specFingerprint) throw otherRequest(token, folder);
  return folder;
}

export function otherRequest(token: string, folder: string): ArgumentError {
  return new ArgumentError(
    "token",
    `new for another request: this one belongs to the job in ${folder}`,
    token,
  );
}

/** Whether the scheduler may not have the job yet. */
export function isUndelivered({ state, slurmJobId }: ClusterJobRecord): boolean {
  return slurmJobId === null && (state === "PLANNED" || state === "SENDING" || state === "UNKNOWN");
}

/**
 * Bring a submission to the scheduler, however far it had come; any number of processes may do so at once.
 *
 * @returns the record afterwards; UNKNOWN where the patience ended first
 * @throws {JobPlanError} the cluster cannot run it; the submission is taken back, nothing was sent
 * @throws {JobError} the cluster cannot be reached before anything was sent
 */
export async function deliver(folder: string, options: DeliverOptions): Promise<ClusterJobRecord> {
  return whileAlone(folder, () => deliverAlone(folder, options), {
    waitMs: options.patienceMs + 300_000,
    signal: options.signal,
  });
}

async function deliverAlone(folder: string, options: DeliverOptions): Promise<ClusterJobRecord> {
  let record = await readClusterRecord(folder);
  if (!isUndelivered(record)) return record;
  const cluster = await clusterOf(record);
  const shell = await (options.openShell ?? openClusterShell)(cluster);
  const change = async (next: RecordChange): Promise<void> => {
    record = changedRecord(record, next);
    await writeRecordDurably(folder, record);
    options.onState?.(record.state, record.evidence);
  };
  const deadline = Date.now() + options.patienceMs;
  try {
    for (let tries = 1; ; tries++) {
      try {
        if (record.packageSha256 === null)
          await change(await prepare(folder, record, shell, cluster, options.signal));
        await change(changeOf(await send(folder, record, shell, cluster, options.signal), tries));
        if (record.state !== "UNKNOWN" || Date.now() > deadline) break;
      } catch (error) {
        // Of a cluster that was not reached before anything was sent.
        if (!(error instanceof JobError) || error instanceof JobPlanError || Date.now() > deadline)
          throw error;
      }
      await sleep(Math.min(500 * 2 ** tries, 8000), undefined, signalOf(options));
    }
    if (record.state === "SUBMITTED") await rm(packagePath(folder, record.packageSha256!), { force: true });
    return record;
  } finally {
    await shell.close();
  }
}

/** Plan, pack and render; from here on what is sent is fixed. */
async function prepare(
  folder: string,
  record: ClusterJobRecord,
  shell: ClusterShell,
  cluster: Cluster,
  signal: AbortSignal | undefined,
): Promise<RecordChange> {
  const spec = await readSpec(folder);
  const { job } = spec;
  const listing = await listCode(job.code.path);
  const packing = packCode(job.code.path, listing, folder);
  packing.catch(() => {}); // Told below, after the plan's.
  const plan = await planOnCluster(shell, cluster, job, {
    code: listing,
    estimateQueue: false,
    ...(signal && { signal }),
  });
  const packed = await packing;
  if (plan.objections.length > 0) {
    await rm(folder, { recursive: true, force: true });
    throw new JobPlanError(record.runId, plan);
  }
  const script = renderBatchScript(job, cluster, {
    id: record.runId,
    folder: clusterRunFolder(cluster, record.runId),
    packageFolder: clusterPackageFolder(cluster, packed.sha256),
  });
  const { commit, hasChanges } = listing;
  const { sha256, files, locks } = packed;
  const code: CodeVersion = { commit, hasChanges, package: sha256, files, locks };
  const data = [...plan.manifests].map(([path, digest]) => ({ path, fingerprint: `sha256:${digest}` }));
  await writeFileAtomically(join(folder, "job.sbatch"), script);
  await writeJson(join(folder, "spec.json"), { ...spec, ...(data.length > 0 && { data }), code });
  return {
    state: "SENDING",
    evidence: `package ${sha256.slice(0, 12)}, ${files} files`,
    packageSha256: sha256,
  };
}

/** One try, with the code brought there first where it is missing. */
async function send(
  folder: string,
  { runId, specFingerprint, packageSha256 }: ClusterJobRecord,
  shell: ClusterShell,
  { root }: Cluster,
  signal: AbortSignal | undefined,
): Promise<SendOutcome> {
  const { job } = await readSpec(folder);
  const names = ["spec.json", "job.sbatch", ...(job.kind === "train" ? ["train.config.json"] : [])];
  const files = await Promise.all(
    names.map(async (name) => [name, await readFile(join(folder, name), "utf8")] as const),
  );
  const request = {
    id: runId,
    root,
    specFingerprint,
    packageSha256: packageSha256!,
    dependsOn: job.dependsOn ?? [],
    files: Object.fromEntries(files),
  };
  const outcome = await sendOnce(shell, request, signal);
  if (outcome.kind !== "package") return outcome;
  const archive = { sha256: packageSha256!, path: packagePath(folder, packageSha256!) };
  try {
    await uploadPackage(shell, root, archive, { ...(signal && { signal }) });
  } catch (error) {
    if (error instanceof JobError) return { kind: "unknown", evidence: error.message };
    throw error;
  }
  return sendOnce(shell, request, signal);
}

function changeOf(outcome: SendOutcome, tries: number): RecordChange {
  switch (outcome.kind) {
    case "submitted":
      return { state: "SUBMITTED", evidence: outcome.evidence, slurmJobId: outcome.slurmJobId };
    case "refused":
      return { state: "FAILED", evidence: `refused: ${outcome.evidence}` };
    case "conflict":
      return { state: "FAILED", evidence: "refused: on the cluster this token belongs to another request" };
    case "cancelled":
      return { state: "CANCELLED", evidence: "cancelled before it was submitted" };
    case "package":
      return { state: "UNKNOWN", evidence: "the code was brought there and is gone again" };
    case "unknown":
      return { state: "UNKNOWN", evidence: `try ${tries}: ${outcome.evidence}` };
  }
}

export async function readSpec(folder: string): Promise<ClusterRunSpec> {
  return JSON.parse(await readFile(join(folder, "spec.json"), "utf8")) as ClusterRunSpec;
}

function signalOf({ signal }: DeliverOptions) {
  return signal === undefined ? undefined : { signal };
}

async function writeJson(path: string, value: object): Promise<void> {
  await writeFileAtomically(path, `${JSON.stringify(value, null, 2)}\n`);
}
