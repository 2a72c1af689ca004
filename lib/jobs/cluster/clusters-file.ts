import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";

import { checkText } from "../../core/arguments.ts";
import { DataError } from "../../core/errors.ts";
import { readFailure } from "../../core/read-failure.ts";
import { unknownName } from "../../core/nearest-name.ts";
import { schemaFaults } from "../../core/schema-faults.ts";
import { projectRoot } from "../project.ts";
import type { Cluster } from "./cluster.ts";

const schema = new URL("../schemas/clusters.schema.json", import.meta.url);
let compiled: ValidateFunction | undefined;

/** Where the clusters are described: the path given, else the environment's ROUNDS_CLUSTERS, else `clusters.json` of the project. */
export function clustersFile(path?: string): string {
  return resolve(path ?? process.env["ROUNDS_CLUSTERS"] ?? join(projectRoot, "clusters.json"));
}

/** The clusters file of the documentation: H100 nodes and a made-up price, to plan for without a cluster of one's own. */
export const exampleClustersFile = join(projectRoot, "docs", "clusters.example.json");

/**
 * The clusters of a clusters file, by name; an ssh configuration that it names is relative to it.
 *
 * @throws {DataError} no such file, or one with faults: all of them, unknown keys with the nearest names
 */
export async function readClusters(path: string): Promise<ReadonlyMap<string, Cluster>> {
  let given: unknown;
  try {
    given = JSON.parse(await readFile(path, "utf8"));
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === "ENOENT";
    const problem = isMissing
      ? "is not there: docs/jobs.md says how a cluster is described; ROUNDS_CLUSTERS or --config name another file"
      : readFailure(error);
    throw new DataError(`The clusters file ${path} ${problem}`, { path }, { cause: error });
  }
  compiled ??= new Ajv2020({ allErrors: true, verbose: true, strict: false, discriminator: true }).compile(
    JSON.parse(readFileSync(schema, "utf8")),
  );
  if (!compiled(given)) {
    const faults = schemaFaults(compiled.errors!).map((fault) => `  ${fault}`);
    throw new DataError(`The clusters file ${path} has faults:\n${faults.join("\n")}`, { path });
  }
  const { clusters } = given as { clusters: Record<string, Omit<Cluster, "name">> };
  return new Map(
    Object.entries(clusters).map(([name, { ssh, ...cluster }]) => {
      if (ssh === undefined) return [name, { name, ...cluster }];
      const configFile = ssh.configFile && resolve(dirname(path), ssh.configFile);
      return [name, { name, ...cluster, ssh: { host: ssh.host, ...(configFile && { configFile }) } }];
    }),
  );
}

/**
 * One cluster of a clusters file.
 *
 * @throws {ArgumentError} no cluster of this name; the nearest and all are listed
 */
export async function findCluster(name: string, path: string): Promise<Cluster> {
  checkText("name", "the name of a cluster", name);
  const clusters = await readClusters(path);
  const cluster = clusters.get(name);
  if (cluster === undefined) throw unknownName("cluster", name, ["local", ...clusters.keys()]);
  return cluster;
}
