import { existsSync } from "node:fs";
import { link, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { ArgumentError, JobError } from "../../core/errors.ts";
import { fingerprint } from "../../core/hash.ts";
import { writeFileAtomically } from "../../core/write-file-atomically.ts";
import type { Sensitivity } from "../../table/sensitivity.ts";
import { finalStates, type JobState } from "../job.ts";
import type { JobSpec } from "../job-spec.ts";
import { packFolder, packagePath, type PackedCode } from "../package/pack-code.ts";
import { uploadPackage } from "../package/upload-package.ts";
import { planOnCluster, type JobPlan } from "../plan/plan-job.ts";
import { finishDraftFolder, makeDraftFolder } from "../run-folder.ts";
import { recordCommand, recordRun } from "../record-run.ts";
import { sensitivityOfSpec } from "../sensitivity-of-spec.ts";
import { whileAlone } from "../run-lock.ts";
import { renderBatchScript } from "../slurm/batch-script.ts";
import { sendOnce, type SendOutcome } from "../slurm/send-once.ts";
import {
  changedRecord,
  clusterOf,
  readClusterRecord,
  writeObservedRecord,
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
  readonly code: CodeVersion;
}

export interface CodeVersion {
  /** Null where the code is no git checkout. */
  readonly commit: string | null;
  readonly hasChanges: boolean;
  readonly package: string;
  readonly files: number;
  /** Files whose names say that they hold secrets; a plan refuses them. */
  readonly secrets: readonly string[];
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
  /** After each change of the state is written down. */
  readonly onState?: ((state: JobState, evidence: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** How the cluster is reached; left out, as its description says. */
  readonly openShell?: (cluster: Cluster) => Promise<ClusterShell>;
}

/**
 * Write a submission down before anything is sent, with its code and its script, or find the one that has this token.
 *
 * @param spec with absolute paths
 * @param target with the sensitivity of the job, left out that of what it names; and the code as it was packed for
 *   several submissions, on the disk of `runs`, left out it is packed
 * @throws {ArgumentError} the token belongs to another request
 */
export async function openOutbox(
  runs: string,
  token: string,
  spec: JobSpec,
  target: {
    readonly cluster: Cluster;
    readonly clustersFile: string;
    readonly sensitivity?: Sensitivity;
    readonly packed?: (() => Promise<PackedCode>) | undefined;
  },
): Promise<string> {
  const folder = join(runs, token);
  const { cluster, clustersFile, sensitivity, packed } = target;
  const specFingerprint = fingerprint({ cluster: cluster.name, job: spec });
  if (!existsSync(folder)) {
    if (spec.kind === "train") recordRun(folder, spec.config!, sensitivity);
    else recordCommand(folder, spec.inputs ?? [], sensitivity ?? sensitivityOfSpec(spec, folder));
    const draft = await makeDraftFolder(folder);
    try {
      const request = { runId: token, cluster: cluster.name, clustersFile, specFingerprint };
      const code = packed === undefined ? await packFolder(spec.code.path, draft) : await packed();
      if (packed !== undefined) await link(code.path, packagePath(draft, code.sha256));
      await finishDraftFolder(draft, folder, outboxFiles(code, spec, cluster, request));
    } finally {
      await rm(draft, { recursive: true, force: true });
    }
  }
  const held = await readClusterRecord(folder);
  if (held.specFingerprint !== specFingerprint) throw otherRequest(token, folder);
  return folder;
}

/** What is sent is fixed here. */
function outboxFiles(
  { commit, hasChanges, secrets, sha256, files, locks }: PackedCode,
  spec: JobSpec,
  cluster: Cluster,
  request: Pick<ClusterJobRecord, "runId" | "cluster" | "clustersFile" | "specFingerprint">,
): Record<string, object | string> {
  const { runId, specFingerprint } = request;
  const createdAt = new Date().toISOString();
  const { config } = spec;
  const whole: ClusterRunSpec = {
    version: 1,
    runId,
    name: spec.name,
    createdAt,
    backend: "slurm",
    cluster: cluster.name,
    specFingerprint,
    job: spec,
    ...(config && {
      recipe: config.recipe,
      seed: config.seed,
      configFingerprint: `sha256:${fingerprint(config)}`,
    }),
    code: { commit, hasChanges, package: sha256, files, secrets, locks },
  };
  const planned = {
    state: "PLANNED",
    time: createdAt,
    evidence: `written down, with ${files} files of code`,
  } as const;
  const record: ClusterJobRecord = {
    version: 1,
    ...request,
    backend: "slurm",
    tasks: spec.array?.tasks ?? null,
    packageSha256: sha256,
    slurmJobId: null,
    attempts: 0,
    state: planned.state,
    evidence: planned.evidence,
    createdAt,
    history: [planned],
  };
  const place = {
    id: runId,
    folder: clusterRunFolder(cluster, runId),
    packageFolder: clusterPackageFolder(cluster, sha256),
  };
  return {
    "spec.json": whole,
    ...(config && { "train.config.json": config }),
    "job.sbatch": scriptOf(spec, cluster, place),
    "job.json": record,
  };
}

/** Empty where it cannot be: the plan says why, with everything else that speaks against the job. */
function scriptOf(...[spec, cluster, place]: Parameters<typeof renderBatchScript>): string {
  try {
    return renderBatchScript(spec, cluster, place);
  } catch (error) {
    if (error instanceof ArgumentError) return "";
    throw error;
  }
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
    // That it may have been sent must not be forgotten; what became of it the cluster tells again.
    const isLasting = record.state === "SENDING" || finalStates.has(record.state);
    await (isLasting ? writeRecordDurably : writeObservedRecord)(folder, record);
    options.onState?.(record.state, record.evidence);
  };
  const deadline = Date.now() + options.patienceMs;
  try {
    for (let tries = 1; ; tries++) {
      try {
        if (record.state === "PLANNED")
          await change(await plan(folder, record, shell, cluster, options.signal));
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

/** @throws {JobPlanError} and takes the submission back */
async function plan(
  folder: string,
  record: ClusterJobRecord,
  shell: ClusterShell,
  cluster: Cluster,
  signal: AbortSignal | undefined,
): Promise<RecordChange> {
  const spec = await readSpec(folder);
  const made = await planOnCluster(shell, cluster, spec.job, {
    code: spec.code,
    estimateQueue: false,
    ...(signal && { signal }),
  });
  if (made.objections.length > 0) {
    await rm(folder, { recursive: true, force: true });
    throw new JobPlanError(record.runId, made);
  }
  if (made.manifests.size > 0) {
    const data = [...made.manifests].map(([path, digest]) => ({ path, fingerprint: `sha256:${digest}` }));
    await writeFileAtomically(join(folder, "spec.json"), `${JSON.stringify({ ...spec, data }, null, 2)}\n`);
  }
  return { state: "SENDING", evidence: "nothing speaks against it" };
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

/**
 * Take back a submission of which nothing was sent.
 *
 * @returns whether that was so; otherwise the cluster has to be told
 */
export async function takeBack(folder: string, signal?: AbortSignal): Promise<boolean> {
  return whileAlone(
    folder,
    async () => {
      const record = await readClusterRecord(folder);
      if (record.state !== "PLANNED") return false;
      const change = { state: "CANCELLED", evidence: "cancelled before anything was sent" } as const;
      await writeRecordDurably(folder, changedRecord(record, change));
      return true;
    },
    { waitMs: 300_000, signal },
  );
}

export async function readSpec(folder: string): Promise<ClusterRunSpec> {
  return JSON.parse(await readFile(join(folder, "spec.json"), "utf8")) as ClusterRunSpec;
}

function signalOf({ signal }: DeliverOptions) {
  return signal === undefined ? undefined : { signal };
}
