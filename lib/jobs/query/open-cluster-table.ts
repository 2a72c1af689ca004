import { ArgumentError, DataError } from "../../core/errors.ts";
import { cellInterrupt } from "../../table/engine.ts";
import { readParquet } from "../../table/read-parquet.ts";
import { Relation } from "../../table/relation.ts";
import { sql } from "../../table/sql.ts";
import { openClusterShell } from "../cluster/cluster-shell.ts";
import { clustersFile, findCluster } from "../cluster/clusters-file.ts";
import type { Cluster } from "../cluster/cluster.ts";
import { ClusterEngine, type QueryLimits } from "./cluster-engine.ts";

/** More files than this are better one table in fewer files. */
const maximumFiles = 100_000;

/** One engine for each description of a cluster: tables of one cluster can be asked together. */
const engines = new Map<string, Promise<ClusterEngine>>();

/**
 * Parquet files of a cluster as one relation whose queries run there.
 *
 * @param path absolute there: a file, a folder, or a glob
 * @throws {ArgumentError} no such cluster, or files of another format
 * @throws {DataError} nothing there, a file that is not whole, or a column whose type differs between files
 */
export async function openClusterTable(
  name: string,
  path: string,
  limits: Partial<QueryLimits> = {},
): Promise<Relation> {
  const cluster = await findCluster(name, clustersFile());
  const engine = await engineOf(cluster, limits);
  const files = await parquetFiles(engine, path);
  return readParquet(files, engine);
}

function engineOf(cluster: Cluster, limits: Partial<QueryLimits>): Promise<ClusterEngine> {
  const key = JSON.stringify([cluster, limits]);
  let engine = engines.get(key);
  if (engine === undefined) {
    engine = openClusterShell(cluster).then((shell) => new ClusterEngine(cluster, shell, limits));
    engines.set(key, engine);
  }
  return engine;
}

async function parquetFiles(engine: ClusterEngine, path: string): Promise<string[]> {
  const isFile = /\.[A-Za-z]\w*(?:\.(?:gz|zst))?$/u.test(path);
  const pattern = isFile ? path : `${path.replace(/\/+$/u, "")}/**/*.parquet`;
  if (!/\.(?:parquet|pq)$/iu.test(pattern)) {
    throw new ArgumentError(
      "path",
      "Parquet, which alone is queried on a cluster (write it there once)",
      path,
    );
  }
  const listing = new Relation(
    sql`SELECT file FROM glob(${pattern}) ORDER BY file LIMIT ${maximumFiles + 1}`,
    [],
    [],
    { engine },
  );
  const rows = await listing.rows<{ file: string }>(listing.query, { signal: cellInterrupt() });
  if (rows.length === 0)
    throw new DataError(`no file on ${engine.name} matches ${pattern}`, { path: pattern });
  if (rows.length > maximumFiles)
    throw new ArgumentError("path", `of at most ${maximumFiles.toLocaleString("en-US")} files`, path);
  return rows.map(({ file }) => file);
}
