import { basename } from "node:path";

import { clusterOf, readClusterRecord, type ClusterJobRecord } from "./cluster-record.ts";
import { openClusterShell, type ClusterShell } from "./cluster-shell.ts";
import type { Cluster } from "./cluster.ts";
import { clusterRunFolder } from "./run-files.ts";

/** A run on a cluster with its copy here, and the way between them. */
export interface ClusterRun {
  readonly id: string;
  /** On this machine. */
  readonly folder: string;
  /** On the cluster. */
  readonly remote: string;
  readonly record: ClusterJobRecord;
  readonly cluster: Cluster;
  readonly shell: ClusterShell;
}

/** Work with a run on its cluster; the way there is closed afterwards. */
export async function withClusterRun<Result>(
  folder: string,
  work: (run: ClusterRun) => Promise<Result>,
): Promise<Result> {
  const record = await readClusterRecord(folder);
  const cluster = await clusterOf(record);
  const shell = await openClusterShell(cluster);
  const id = basename(folder);
  try {
    return await work({ id, folder, remote: clusterRunFolder(cluster, id), record, cluster, shell });
  } finally {
    await shell.close();
  }
}
