import { nearestName } from "../../core/nearest-name.ts";
import { trainingFlops } from "../../train/plan/training-flops.ts";
import type { TrainConfig } from "../../train/train-config.ts";
import type { Cluster } from "../cluster/cluster.ts";
import { clusterRunFolder } from "../cluster/run-files.ts";
import type { JobSpec } from "../job-spec.ts";
import type { ResolvedResources } from "../slurm/resolve-resources.ts";
import type { ClusterFacts, JobFact, Partition } from "./cluster-facts.ts";

/** Faster than any there is: an interval that even these do not reach is never reached. */
const fastestGpuTeraflops = 2500;
const fastestProcessorTeraflops = 0.2;

/** Everything that speaks against a job on a cluster, each in a sentence; none is left for later. */
export function findObjections(
  spec: JobSpec,
  resources: ResolvedResources,
  cluster: Cluster,
  facts: ClusterFacts,
): string[] {
  return [
    ...(facts.rootProblem === null ? [] : [`${cluster.root} cannot be written to: ${facts.rootProblem}`]),
    ...resourceObjections(spec, resources, cluster, facts),
    ...checkpointObjections(spec, resources),
    ...dependencyObjections(spec, facts),
    ...[...facts.paths]
      .filter(([path, isThere]) => !isThere && !isMadeBefore(path, spec, cluster))
      .map(([path]) => `${path} is not on ${cluster.name}`),
    ...[...facts.manifests]
      .filter(([path, digest]) => digest === null && !isMadeBefore(path, spec, cluster))
      .map(([path]) => `${path} is not on ${cluster.name}: these token shards are missing or not finished`),
  ];
}

/** What lies in the run folder of a job that this one waits for is not there yet. */
function isMadeBefore(path: string, { dependsOn = [] }: JobSpec, cluster: Pick<Cluster, "root">): boolean {
  return dependsOn.some(({ job }) => path.startsWith(`${clusterRunFolder(cluster, job)}/`));
}

function resourceObjections(
  spec: JobSpec,
  resources: ResolvedResources,
  cluster: Cluster,
  facts: ClusterFacts,
): string[] {
  const objections: string[] = [];
  const { nodes, gpusPerNode, processesPerNode, processorsPerNode, memoryGib, timeLimitMinutes } = resources;
  const atMost = (what: string, asked: number, has: number, whose: string): void => {
    if (asked > has) objections.push(`${what}: ${asked} asked for, ${whose} has ${has}`);
  };
  const named = facts.partitions.filter(({ name, isDefault }) =>
    cluster.partition === undefined ? isDefault : name === cluster.partition,
  );
  atMost("nodes", nodes, cluster.nodes, cluster.name);
  atMost("GPUs of a node", gpusPerNode, cluster.gpusPerNode, `a node of ${cluster.name}`);
  // A share that follows from too many GPUs is too large as well; once is enough.
  if (gpusPerNode <= cluster.gpusPerNode) {
    atMost("processors of a node", processorsPerNode, cluster.processorsPerNode, `a node of ${cluster.name}`);
    atMost("GiB of a node", memoryGib ?? 0, cluster.memoryGibPerNode, `a node of ${cluster.name}`);
  }
  if (processesPerNode > processorsPerNode)
    objections.push(
      `${processesPerNode} processes of a node share ${processorsPerNode} processors: ask for more`,
    );
  if (cluster.hoursLimit !== undefined && timeLimitMinutes > cluster.hoursLimit * 60)
    objections.push(
      `the time limit is ${timeLimitMinutes} minutes, ${cluster.name} allows ${cluster.hoursLimit * 60}`,
    );
  const { array } = spec;
  if (array !== undefined)
    atMost("tasks of an array", array.tasks, facts.arrayTasksMaximum ?? Infinity, cluster.name);
  if (named.length === 0) return [...objections, partitionObjection(cluster, facts.partitions)];
  return objections.length > 0 ? objections : partitionLimits(resources, named);
}

function partitionObjection({ name, partition }: Cluster, partitions: readonly Partition[]): string {
  const names = [...new Set(partitions.map((each) => each.name))];
  if (partition === undefined) return `${name} has no default partition: name one of ${names.join(", ")}`;
  const nearest = nearestName(partition, names);
  const suggestion = nearest === undefined ? "" : ` (did you mean ${nearest}?)`;
  return `partition ${partition} is not on ${name}${suggestion}; there are ${names.join(", ")}`;
}

/** What the scheduler says, where the clusters file promises more. */
function partitionLimits(resources: ResolvedResources, groups: readonly Partition[]): string[] {
  const { nodes, gpusPerNode, processorsPerNode, memoryGib = 0, timeLimitMinutes } = resources;
  const name = groups[0]!.name;
  const fitting = groups.filter(
    ({ processors, memoryMib, gpus }) =>
      gpus >= gpusPerNode && processors >= processorsPerNode && memoryMib >= memoryGib * 1024,
  );
  const count = fitting.reduce((sum, group) => sum + group.nodes, 0);
  const minutesLimit = groups[0]!.minutesLimit ?? Infinity;
  const objections: string[] = [];
  if (!groups[0]!.isUp) objections.push(`partition ${name} is down`);
  if (count < nodes) {
    objections.push(
      `partition ${name} has ${count} nodes with ${gpusPerNode} GPUs, ${processorsPerNode} processors and ${memoryGib} GiB, ${nodes} are asked for`,
    );
  }
  if (timeLimitMinutes > minutesLimit)
    objections.push(
      `the time limit is ${timeLimitMinutes} minutes, partition ${name} allows ${minutesLimit}`,
    );
  return objections;
}

/** A start that ends before its first checkpoint would begin at the same step for ever. */
function checkpointObjections({ kind, config }: JobSpec, resources: ResolvedResources): string[] {
  if (kind !== "train" || config === undefined) return [];
  const interval = fastestIntervalMinutes(config, resources);
  const { timeLimitMinutes } = resources;
  if (interval <= timeLimitMinutes) return [];
  const { everySteps } = config.checkpoint;
  return [
    `the time limit of ${timeLimitMinutes} minutes is under the checkpoint interval: ${everySteps} steps take at least ${Math.ceil(interval)} minutes`,
  ];
}

function fastestIntervalMinutes(
  { model, data, optimization, checkpoint, compute }: TrainConfig,
  { nodes, gpusPerNode, processorsPerNode }: ResolvedResources,
): number {
  if (model.shape === null) return 0;
  const steps = Math.min(checkpoint.everySteps, optimization.steps);
  const tokens = steps * optimization.rowsPerStep * data.contextLength;
  const teraflops =
    gpusPerNode > 0
      ? gpusPerNode * (compute.peakTeraflops ?? fastestGpuTeraflops)
      : processorsPerNode * fastestProcessorTeraflops;
  return (tokens * trainingFlops(model.shape, data.contextLength)) / (nodes * teraflops * 1e12) / 60;
}

function dependencyObjections({ dependsOn = [] }: JobSpec, facts: ClusterFacts): string[] {
  return dependsOn.flatMap(({ job, condition }) => {
    const fact: JobFact = facts.jobs.get(job) ?? { kind: "none" };
    switch (fact.kind) {
      case "none":
        return [`dependency on job ${job}, which is unknown: it was not submitted there`];
      case "gone":
        return [
          `dependency on job ${job} (Slurm ${fact.slurmJobId}), which the scheduler has forgotten and which left no exit.json`,
        ];
      case "known":
        return [];
      case "ended":
        return condition === "success" && fact.exitCode !== 0
          ? [
              `dependency on the success of job ${job}, which ended with exit code ${fact.exitCode ?? "unknown"}`,
            ]
          : [];
    }
  });
}
