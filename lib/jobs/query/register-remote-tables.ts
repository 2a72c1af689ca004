import { setRemoteOpener } from "../../table/remote.ts";
import { requireApprovedCluster } from "../approve-cluster.ts";
import { clustersFile, findCluster } from "../cluster/clusters-file.ts";
import { openClusterTable } from "./open-cluster-table.ts";

/** Importing this file lets `open("NAME:/path/*.parquet")` ask the cluster NAME. */
setRemoteOpener(async (name, path, sensitivity) => {
  const relation = await openClusterTable(name, path);
  if (sensitivity === "restricted" || relation.isRestricted)
    requireApprovedCluster(await findCluster(name, clustersFile()), `${name}:${path}`);
  return relation;
});
