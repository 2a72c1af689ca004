import { setRemoteOpener } from "../../table/remote.ts";
import { openClusterTable } from "./open-cluster-table.ts";

/** Importing this file lets `open("NAME:/path/*.parquet")` ask the cluster NAME. */
setRemoteOpener((name, path) => openClusterTable(name, path));
