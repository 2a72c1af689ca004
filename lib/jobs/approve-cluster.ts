import { approve, isApproved, type Place } from "../care/approvals.ts";
import { ApprovalError } from "../core/errors.ts";
import { checkOptions, textOption } from "../core/options.ts";
import { clustersFile, findCluster } from "./cluster/clusters-file.ts";
import type { Cluster } from "./cluster/cluster.ts";

export interface ApproveClusterOptions {
  /** Why restricted data may go there; kept with the approval and in the audit log. */
  readonly reason: string;
  /** @default the environment's ROUNDS_CLUSTERS, else clusters.json of the project */
  readonly config?: string;
}

/**
 * Say once that restricted data may go to a cluster; it ends when its host, user or folder in the clusters file changes.
 *
 * @throws {ArgumentError} no such cluster, or no reason
 *
 * @example
 * await approveCluster("h100", { reason: "the hospital's own cluster, data protection plan 12" });
 */
export async function approveCluster(name: string, options: ApproveClusterOptions): Promise<void> {
  const { reason, config } = checkOptions(options, {
    reason: textOption(undefined),
    config: textOption(undefined),
  });
  const cluster = await findCluster(name, clustersFile(config));
  await approve(clusterPlace(cluster), "restricted", reason);
}

/** A cluster as approvals know it. */
export function clusterPlace({ name, ssh, root }: Cluster): Place {
  return { kind: "cluster", name, address: JSON.stringify([ssh?.host ?? null, root]) };
}

/** @throws {ApprovalError} a cluster that was not approved for restricted data */
export function requireApprovedCluster(cluster: Cluster, what: string): void {
  const place = clusterPlace(cluster);
  if (isApproved(place, "restricted")) return;
  throw new ApprovalError(
    `${what} is restricted, and the cluster ${place.name} is not approved for it: nothing was sent. Who may decide that says so once: await approveCluster("${place.name}", { reason: "..." })`,
    place.name,
  );
}
