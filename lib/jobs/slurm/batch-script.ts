import { readFileSync } from "node:fs";

import { ArgumentError } from "../../core/errors.ts";
import { slurmJobName } from "../cluster/run-files.ts";
import { shellWord } from "../cluster/shell-word.ts";
import type { Cluster, ClusterEnvironment } from "../cluster/cluster.ts";
import type { JobSpec } from "../job-spec.ts";
import { resolveResources, type ResolvedResources } from "./resolve-resources.ts";
import { saveLeadSeconds } from "./save-lead.ts";

/** Where a job's files are on the cluster. */
export interface ScriptPlace {
  /** The run's, which is the submission's token as well. */
  readonly id: string;
  /** The run folder. */
  readonly folder: string;
  /** The unpacked code. */
  readonly packageFolder: string;
}

/** What every job does, whatever it is asked to be; the lines before it say what that is. */
const body = new URL("run-job.sh", import.meta.url);

/**
 * The batch script of a job: what it asks of Slurm, what it is to do, and how it claims, checks, saves and restarts.
 *
 * Every text of the request stands in it as one quoted word; a text that Slurm itself would read is refused.
 *
 * @throws {ArgumentError} a path or name with letters that Slurm or a shell would read
 */
export function renderBatchScript(spec: JobSpec, cluster: Cluster, place: ScriptPlace): string {
  const resources = resolveResources(spec, cluster);
  const sections = [
    "#!/bin/bash",
    directives(spec, cluster, place, resources),
    variables(spec, place, resources),
    environmentFunction(spec, cluster),
    readFileSync(body, "utf8"),
  ];
  return sections.join("\n");
}

function directives(
  spec: JobSpec,
  cluster: Cluster,
  { id, folder }: ScriptPlace,
  resources: ResolvedResources,
): string {
  const { nodes, gpusPerNode, memoryGib, timeLimitMinutes, isExclusive } = resources;
  const tasks = tasksPerNode(spec, resources);
  const { array } = spec;
  const atOnce = array?.atOnce === undefined ? "" : `%${array.atOnce}`;
  const settings: Record<string, string | number | true | undefined> = {
    "job-name": slurmJobName(id),
    partition: cluster.partition,
    account: cluster.account,
    qos: cluster.qos,
    nodes,
    "ntasks-per-node": tasks,
    "cpus-per-task": Math.max(1, Math.floor(resources.processorsPerNode / tasks)),
    gres: gpusPerNode > 0 ? `gpu:${gpusPerNode}` : undefined,
    mem: memoryGib === undefined ? undefined : `${Math.ceil(memoryGib * 1024)}M`,
    exclusive: isExclusive || undefined,
    time: timeLimitMinutes,
    signal: `B:USR1@${saveLeadSeconds(spec, resources)}`,
    [spec.restartsMaximum > 0 ? "requeue" : "no-requeue"]: true,
    array: array === undefined ? undefined : `0-${array.tasks - 1}${atOnce}`,
    chdir: folder,
    output: `${folder}/${array === undefined ? "log.txt" : "log-%a.txt"}`,
    "open-mode": "append",
  };
  return Object.entries(settings)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) =>
      value === true ? `#SBATCH --${name}` : `#SBATCH --${name}=${plainWord(name, String(value))}`,
    )
    .join("\n");
}

/** Slurm reads quotes, backslashes and % in its directives, and a line ends with its line. */
function plainWord(name: string, value: string): string {
  const allowed = name === "output" || name === "array" ? /^[\w./+@:,%-]+$/u : /^[\w./+@:,-]+$/u;
  if (!allowed.test(value)) {
    throw new ArgumentError(name, "of letters, digits and _ . / + @ : , - (Slurm reads others)", value);
  }
  return value;
}

function variables(spec: JobSpec, place: ScriptPlace, resources: ResolvedResources): string {
  const { kind, command = [], array, restartsMaximum } = spec;
  const { nodes, gpusPerNode, processesPerNode, processorsPerNode } = resources;
  const log = array === undefined ? "log.txt" : "log-$SLURM_ARRAY_TASK_ID.txt";
  const single = nodes * processesPerNode === 1 ? "trainer" : "torchrun";
  return `
run_folder=${shellWord(place.folder)}
package_folder=${shellWord(place.packageFolder)}
log_file="$run_folder/${log}"
time_limit_minutes=${resources.timeLimitMinutes}
restarts_maximum=${restartsMaximum}
tasks_per_node=${tasksPerNode(spec, resources)}
processes_per_node=${processesPerNode}
threads=${Math.max(1, Math.floor(processorsPerNode / processesPerNode))}
export GPUS_PER_NODE=${gpusPerNode} WORK=${kind === "train" ? single : "command"}
work=(${command.map(shellWord).join(" ")})
`;
}

/** torchrun starts a node's processes itself. */
function tasksPerNode({ kind }: JobSpec, { processesPerNode }: ResolvedResources): number {
  return kind === "train" ? 1 : processesPerNode;
}

function environmentFunction({ environment = {} }: JobSpec, cluster: Cluster): string {
  const { container, options, lines } = environmentParts(cluster.environment, cluster.root);
  const exported = Object.entries({ ...cluster.variables, ...environment }).map(
    ([name, value]) => `export ${name}=${shellWord(value)}`,
  );
  const secrets =
    cluster.secretsFile === undefined
      ? []
      : ["set -a", "# shellcheck source=/dev/null", `. ${shellWord(cluster.secretsFile)}`, "set +a"];
  // Where `jobs setup` brings Node, if the environment has none.
  const tools = `export PATH="$PATH":${shellWord(`${cluster.root}/tools/node`)}`;
  const statements = [...lines, tools, ...exported, ...secrets].map((line) => `  ${line}`);
  return `container=(${container.map(shellWord).join(" ")})
srun_options=(${options.map(shellWord).join(" ")})
set_up_environment() {
${[...statements, "  :"].join("\n")}
}
`;
}

/** What a program needs around it to run in a cluster's environment. */
export interface EnvironmentParts {
  /** Words before the program, inside of srun. */
  readonly container: readonly string[];
  readonly options: readonly string[];
  readonly lines: readonly string[];
}

export function environmentParts(environment: ClusterEnvironment, root: string): EnvironmentParts {
  const none: EnvironmentParts = { container: [], options: [], lines: [] };
  const activate = (venv: string): string[] => [
    `export VIRTUAL_ENV=${shellWord(venv)}`,
    `export PATH=${shellWord(`${venv}/bin`)}:"$PATH"`,
  ];
  switch (environment.kind) {
    case "venv":
      return { ...none, lines: activate(environment.path) };
    case "modules": {
      const { modules, venv } = environment;
      // A batch shell reads no profile; sites differ in where the function comes from.
      const lines = [
        "for init in /etc/profile.d/modules.sh /etc/profile.d/lmod.sh /etc/profile.d/z00_lmod.sh; do",
        "  # shellcheck source=/dev/null",
        '  if ! type module > /dev/null 2>&1 && [ -r "$init" ]; then . "$init"; fi',
        "done",
        `for module in ${modules.map(shellWord).join(" ")}; do`,
        '  module load "$module" || { echo "module $module cannot be loaded" >&2; exit 1; }',
        "done",
        ...(venv === undefined ? [] : activate(venv)),
      ];
      return { ...none, lines };
    }
    case "pyxis": {
      const mounts = [root, ...(environment.mounts ?? [])].map(mountOf).join(",");
      return {
        ...none,
        options: [
          `--container-image=${environment.image}`,
          `--container-mounts=${mounts}`,
          "--no-container-mount-home",
        ],
      };
    }
    case "apptainer": {
      const mounts = [root, ...(environment.mounts ?? [])].map(mountOf).join(",");
      return { ...none, container: ["apptainer", "exec", "--nv", "--bind", mounts, environment.image] };
    }
  }
}

/** A folder alone has the same path inside. */
function mountOf(mount: string): string {
  return mount.includes(":") ? mount : `${mount}:${mount}`;
}
