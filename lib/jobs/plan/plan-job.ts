import { posix, resolve } from "node:path";

import { ArgumentError } from "../../core/errors.ts";
import { checkOptions, objectOption, textOption } from "../../core/options.ts";
import { withAbsolutePaths } from "../absolute-paths.ts";
import { clustersFile, findCluster } from "../cluster/clusters-file.ts";
import { openClusterShell, type ClusterShell } from "../cluster/cluster-shell.ts";
import type { Cluster } from "../cluster/cluster.ts";
import { remoteText } from "../cluster/remote-text.ts";
import { clusterPackageFolder, clusterRunFolder } from "../cluster/run-files.ts";
import { checkJobSpec, type JobSpec } from "../job-spec.ts";
import { planLocally } from "../local/plan-locally.ts";
import { listCode } from "../package/list-code.ts";
import { renderBatchScript } from "../slurm/batch-script.ts";
import { resolveResources, type ResolvedResources } from "../slurm/resolve-resources.ts";
import { askCluster } from "./cluster-facts.ts";
import { findObjections } from "./find-objections.ts";

/** What a job would be, and everything that speaks against it. Nothing was sent. */
export interface JobPlan {
  readonly cluster: string;
  /** The batch script as it would be sent; its run and its code have no numbers yet. Empty on this machine. */
  readonly script: string;
  readonly resources: ResolvedResources & {
    /** Of one start that takes its whole time limit, all tasks of an array together. */
    readonly gpuHours: number;
    /** With every restart that is allowed. */
    readonly gpuHoursMaximum: number;
  };
  /** When the scheduler would start it as things stand, and its words; null where it was not asked or did not say. */
  readonly queue: { readonly earliestStart: string | null; readonly detail: string } | null;
  /** SHA-256 of the manifest of each folder of token shards; null where it is not there. */
  readonly manifests: ReadonlyMap<string, string | null>;
  /** Empty: it would be submitted. */
  readonly objections: readonly string[];
}

/** What of the code may speak against a job. */
export interface CodeLook {
  readonly files: number;
  /** Files whose names say that they hold secrets. */
  readonly secrets: readonly string[];
}

export interface PlanJobOptions {
  /** "local", or a name of the clusters file. */
  readonly cluster: string;
  /** @default the environment's ROUNDS_CLUSTERS, else clusters.json of the project */
  readonly config?: string;
  /** What the path of the code is relative to. @default the working folder */
  readonly directory?: string;
  readonly signal?: AbortSignal;
}

const rules = {
  cluster: textOption(undefined),
  config: textOption(undefined),
  directory: textOption(undefined),
  signal: objectOption<AbortSignal>("an AbortSignal", (value) => value instanceof AbortSignal),
};

/**
 * Say what a job would take and what speaks against it, before anything is sent: too many nodes, GPUs that a node has
 * not got, an unknown dependency, a missing path, a time limit under the checkpoint interval.
 *
 * @throws {JobSpecError} with every fault of the request itself
 * @throws {JobError} the cluster was not reached, or its scheduler does not answer
 *
 * @example
 * const plan = await planJob(spec, { cluster: "h100" });
 * plan.objections; // [] if it would be submitted
 */
export async function planJob(spec: JobSpec, options: PlanJobOptions): Promise<JobPlan> {
  const { cluster: name, config, directory, signal } = checkOptions(options, rules);
  if (name === undefined) throw new ArgumentError("cluster", '"local" or the name of a cluster', name);
  const checked = checkJobSpec(spec);
  const here = directory ?? process.cwd();
  if (name === "local") return planLocally({ ...checked, code: { path: resolve(here, checked.code.path) } });
  const cluster = await findCluster(name, clustersFile(config));
  const request = onCluster(checked, cluster, here);
  const shell = await openClusterShell(cluster);
  try {
    return await planOnCluster(shell, cluster, request, {
      code: await lookAtCode(request.code.path),
      estimateQueue: true,
      ...(signal && { signal }),
    });
  } finally {
    await shell.close();
  }
}

/** The request with every path absolute: the code's on this machine, all others on the cluster. */
export function onCluster(spec: JobSpec, { root }: Pick<Cluster, "root">, directory: string): JobSpec {
  return {
    ...spec,
    code: { path: resolve(directory, spec.code.path) },
    ...(spec.config && { config: withAbsolutePaths(spec.config, root) }),
    ...(spec.inputs && { inputs: spec.inputs.map((path) => posix.resolve(root, path)) }),
  };
}

/** The plan of a request whose paths are absolute. */
export async function planOnCluster(
  shell: ClusterShell,
  cluster: Cluster,
  spec: JobSpec,
  options: { readonly estimateQueue: boolean; readonly code: CodeLook; readonly signal?: AbortSignal },
): Promise<JobPlan> {
  const { nodes, gpusPerNode, timeLimitMinutes } = spec.resources;
  const resources = resolveResources(spec, cluster);
  const facts = await askCluster(shell, cluster.root, questionsOf(spec), options.signal);
  const place = {
    id: "plan",
    folder: clusterRunFolder(cluster, "plan"),
    packageFolder: clusterPackageFolder(cluster, "code"),
  };
  const { script, problems } = rendered(spec, cluster, place);
  const objections = [
    ...findObjections(spec, resources, cluster, facts),
    ...codeObjections(spec, options.code),
    ...problems,
  ];
  const gpuHours = (nodes * gpusPerNode * timeLimitMinutes * (spec.array?.tasks ?? 1)) / 60;
  return {
    cluster: cluster.name,
    script,
    resources: { ...resources, gpuHours, gpuHoursMaximum: gpuHours * (1 + spec.restartsMaximum) },
    queue: options.estimateQueue && objections.length === 0 ? await askQueue(shell, script) : null,
    manifests: facts.manifests,
    objections,
  };
}

function questionsOf({ config, inputs = [], dependsOn = [], array }: JobSpec) {
  const from = config?.model.initializeFrom;
  const model = from?.kind === "safetensors" ? [from.path] : [];
  const tokenizer = config?.model.tokenizer ?? null;
  const shards = [...(config?.data.train ?? []), ...(config?.data.heldOut ?? [])];
  return {
    paths: [...inputs, ...model, ...(tokenizer === null ? [] : [tokenizer])],
    manifests: [...new Set(shards.map(({ path }) => `${path}/manifest.json`))],
    jobs: [...new Set(dependsOn.map(({ job }) => job))],
    array: array !== undefined,
  };
}

async function lookAtCode(folder: string): Promise<CodeLook> {
  const { paths, secrets } = await listCode(folder);
  return { files: paths.length, secrets };
}

function codeObjections({ code }: JobSpec, { files, secrets }: CodeLook): string[] {
  if (files === 0) return [`${code.path} holds no files of code`];
  return secrets.map(
    (path) => `${code.path}/${path} looks like a secret: let git ignore it, or take it away`,
  );
}

function rendered(spec: JobSpec, cluster: Cluster, place: Parameters<typeof renderBatchScript>[2]) {
  try {
    return { script: renderBatchScript(spec, cluster, place), problems: [] };
  } catch (error) {
    if (!(error instanceof ArgumentError)) throw error;
    return { script: "", problems: [error.message] };
  }
}

/** The scheduler's own guess; asking makes no job, though it takes a number. */
async function askQueue(shell: ClusterShell, script: string): Promise<JobPlan["queue"]> {
  const result = await shell.run("sbatch", ["--test-only", "--job-name=rounds-plan", "--chdir=/"], {
    input: script,
  });
  const start = /to start at (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)/u.exec(result.stderr)?.[1] ?? null;
  return { earliestStart: start, detail: remoteText(result.stderr.replace(/^sbatch: /u, "")) };
}
