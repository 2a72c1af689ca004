import { availableParallelism, totalmem } from "node:os";

import { listCode } from "../package/list-code.ts";
import type { JobPlan } from "../plan/plan-job.ts";
import type { JobSpec } from "../job-spec.ts";
import { resolveResources } from "../slurm/resolve-resources.ts";

/** What a job would be on this machine, where there is no script and no queue. */
export async function planLocally(spec: JobSpec): Promise<JobPlan> {
  const { gpusPerNode, timeLimitMinutes } = spec.resources;
  const machine = {
    gpusPerNode: Math.max(1, gpusPerNode),
    processorsPerNode: availableParallelism(),
    memoryGibPerNode: totalmem() / 2 ** 30,
  };
  const gpuHours = (gpusPerNode * timeLimitMinutes) / 60;
  const { paths } = await listCode(spec.code.path);
  return {
    cluster: "local",
    script: "",
    resources: { ...resolveResources(spec, machine), gpuHours, gpuHoursMaximum: gpuHours },
    queue: null,
    manifests: new Map(),
    objections: [
      ...localObjections(spec),
      ...(paths.length === 0 ? [`${spec.code.path} holds no files of code`] : []),
    ],
  };
}

/** What needs more than one machine, or a queue. */
export function localObjections({ resources, dependsOn = [], array }: JobSpec): string[] {
  const objections: string[] = [];
  if (resources.nodes > 1) objections.push(`nodes: ${resources.nodes} asked for, there is one`);
  if (dependsOn.length > 0)
    objections.push("dependsOn: there is no queue; await the other job's completed()");
  if (array !== undefined) objections.push("array: there is no queue; submit the tasks one by one");
  return objections;
}
