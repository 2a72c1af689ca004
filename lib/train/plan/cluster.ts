import { totalmem } from "node:os";

import { ArgumentError } from "../../core/errors.ts";
import { unknownName } from "../../core/nearest-name.ts";
import { checkOptions, type OptionRule, textOption } from "../../core/options.ts";

/** What a plan must know of the machines; a null is a number that nobody gave, and what needs it is left out. */
export interface Cluster {
  readonly name: string;
  readonly nodes: number;
  /** GPUs of a node, or processes on a machine without. */
  readonly gpusPerNode: number;
  /** Memory of one GPU, in GiB (1024³ bytes). */
  readonly gpuMemoryGiB: number;
  /** Peak of one GPU in the precision of the run, dense, in 10¹² FLOP/s, from its data sheet. */
  readonly peakTeraflops: number | null;
  /** What the network cards of one node move together, in 10⁹ bytes a second. */
  readonly networkGigabytesPerSecond: number | null;
  /** What the whole job writes to its checkpoint storage, in 10⁹ bytes a second. */
  readonly writeGigabytesPerSecond: number | null;
  /** Memory of one GPU that driver, NCCL and the allocator's gaps take, in GiB. */
  readonly runtimeGiB: number;
}

/** The paper's hardware: "a maximum of 10 nodes", each with eight H100 (section 3.5). The two rates are assumed. */
const h100x80: Cluster = {
  name: "h100-80",
  nodes: 10,
  gpusPerNode: 8,
  gpuMemoryGiB: 80,
  peakTeraflops: 989,
  networkGigabytesPerSecond: 360,
  writeGigabytesPerSecond: 10,
  runtimeGiB: 4,
};

/** One process on this machine, without a GPU; its peak and its disk are not known. */
function thisMachine(): Cluster {
  return {
    name: "this-machine",
    nodes: 1,
    gpusPerNode: 1,
    gpuMemoryGiB: totalmem() / 2 ** 30,
    peakTeraflops: null,
    networkGigabytesPerSecond: null,
    writeGigabytesPerSecond: null,
    runtimeGiB: 0.5,
  };
}

const named: Readonly<Record<string, () => Cluster>> = {
  "h100-80": () => h100x80,
  "this-machine": thisMachine,
};

/** Names that a plan takes for a cluster; the first is the usual one. */
export const clusterNames: readonly string[] = Object.keys(named);

const count: OptionRule<number | undefined> = {
  expected: "a whole number >= 1",
  default: undefined,
  accepts: (value) => Number.isSafeInteger(value) && (value as number) >= 1,
};

function amount<Fallback extends number | null | undefined>(
  fallback: Fallback,
): OptionRule<number | Fallback> {
  return {
    expected: fallback === null ? "a number > 0, or null where it is not known" : "a number > 0",
    default: fallback,
    accepts: (value) =>
      (fallback === null && value === null) ||
      (typeof value === "number" && value > 0 && Number.isFinite(value)),
  };
}

const rules = {
  name: textOption("cluster"),
  nodes: count,
  gpusPerNode: count,
  gpuMemoryGiB: amount(undefined),
  peakTeraflops: amount(null),
  networkGigabytesPerSecond: amount(null),
  writeGigabytesPerSecond: amount(null),
  runtimeGiB: amount(4),
};

/**
 * A cluster by its name, or a description of one, checked and with what it leaves out.
 *
 * The names are `h100-80`, the paper's ten nodes of eight H100, and `this-machine`, one process here.
 *
 * @throws {ArgumentError} a name or a key that there is none of, a value out of range, or one of `nodes`,
 *   `gpusPerNode` and `gpuMemoryGiB` left out
 *
 * @example
 * resolveCluster({ nodes: 1, gpusPerNode: 8, gpuMemoryGiB: 80 }).runtimeGiB //=> 4
 */
export function resolveCluster(cluster: string | object): Cluster {
  if (typeof cluster === "string") {
    const make = Object.hasOwn(named, cluster) ? named[cluster] : undefined;
    if (make === undefined) throw unknownName("cluster", cluster, clusterNames);
    return make();
  }
  const { nodes, gpusPerNode, gpuMemoryGiB, ...rest } = checkOptions(cluster, rules, "cluster");
  const required = { nodes, gpusPerNode, gpuMemoryGiB };
  for (const [name, value] of Object.entries(required)) {
    if (value === undefined)
      throw new ArgumentError(`cluster.${name}`, rules[name as "nodes"].expected, value);
  }
  return { ...rest, ...(required as Record<keyof typeof required, number>) };
}
