import type { Cluster } from "../cluster/cluster.ts";
import type { JobSpec } from "../job-spec.ts";

/** What a job takes of each of its nodes, with what its request left open. */
export interface ResolvedResources {
  readonly nodes: number;
  readonly gpusPerNode: number;
  /** Of a training one a GPU, of a command one. */
  readonly processesPerNode: number;
  readonly processorsPerNode: number;
  /** Undefined: the scheduler's default. */
  readonly memoryGib: number | undefined;
  readonly timeLimitMinutes: number;
  /** Whether nobody else's job may be on the nodes: it takes all GPUs, or all processors, of them. */
  readonly isExclusive: boolean;
}

/**
 * A job's share of its nodes: where it does not say, processors and memory go with the GPUs.
 *
 * @example
 * resolveResources(spec, { gpusPerNode: 8, processorsPerNode: 96, memoryGibPerNode: 2000 }).processorsPerNode
 */
export function resolveResources(
  { kind, resources }: Pick<JobSpec, "kind" | "resources">,
  cluster: Pick<Cluster, "gpusPerNode" | "processorsPerNode" | "memoryGibPerNode">,
): ResolvedResources {
  const { nodes, gpusPerNode, timeLimitMinutes } = resources;
  const share = gpusPerNode === 0 ? 0 : gpusPerNode / cluster.gpusPerNode;
  const processesPerNode = resources.processesPerNode ?? (kind === "train" ? Math.max(1, gpusPerNode) : 1);
  const processorsPerNode =
    resources.processorsPerNode ?? Math.max(1, Math.floor(share * cluster.processorsPerNode));
  const memoryGib =
    resources.memoryGib ?? (share === 0 ? undefined : Math.floor(share * cluster.memoryGibPerNode * 0.95));
  const isExclusive = share === 1 || processorsPerNode === cluster.processorsPerNode;
  return {
    nodes,
    gpusPerNode,
    processesPerNode,
    processorsPerNode,
    memoryGib,
    timeLimitMinutes,
    isExclusive,
  };
}
