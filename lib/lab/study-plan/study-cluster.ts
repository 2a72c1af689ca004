import { clustersFile, findCluster } from "../../jobs/cluster/clusters-file.ts";
import type { ClusterPrice } from "../../jobs/cluster/cluster.ts";
import { clusterNames, resolveCluster, type Cluster } from "../../train/plan/cluster.ts";

/** What a study's plan knows of the cluster. */
export interface StudyCluster extends Omit<Cluster, "gpuMemoryGiB"> {
  /** Null where nobody declared it. */
  readonly gpuMemoryGiB: number | null;
  readonly price: ClusterPrice | null;
  /** Longest time limit of one job, in hours; null for none known. */
  readonly hoursLimit: number | null;
}

/**
 * A cluster of the clusters file, or one of the names that `rounds plan` knows, as a study's plan takes it.
 *
 * @throws {ArgumentError} no such name
 * @throws {DataError} a name of neither, and no clusters file or one with faults
 */
export async function studyCluster(name: string, config?: string): Promise<StudyCluster> {
  if (clusterNames.includes(name)) return { ...resolveCluster(name), price: null, hoursLimit: null };
  const { nodes, gpusPerNode, hardware, price, hoursLimit } = await findCluster(name, clustersFile(config));
  return {
    name,
    nodes,
    gpusPerNode,
    gpuMemoryGiB: hardware?.gpuMemoryGiB ?? null,
    peakTeraflops: hardware?.peakTeraflops ?? null,
    networkGigabytesPerSecond: hardware?.networkGigabytesPerSecond ?? null,
    writeGigabytesPerSecond: hardware?.writeGigabytesPerSecond ?? null,
    runtimeGiB: 4,
    price: price ?? null,
    hoursLimit: hoursLimit ?? null,
  };
}
