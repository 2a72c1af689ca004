/**
 * A client of its own process that submits one job, and dies where it is told to.
 *
 * `node submit-client.ts REQUEST.json`: { spec, options, killAt } with killAt a state, or "run N": before the Nth
 * program of the cluster's shell is started, "after N": after it has ended.
 */
import { readFileSync } from "node:fs";
import { openClusterShell, type ClusterShell } from "../../lib/jobs/cluster/cluster-shell.ts";
import type { Cluster } from "../../lib/jobs/cluster/cluster.ts";
import { clustersFile } from "../../lib/jobs/cluster/clusters-file.ts";
import { deliver, openOutbox } from "../../lib/jobs/cluster/outbox.ts";
import { onCluster } from "../../lib/jobs/plan/plan-job.ts";
import { findCluster } from "../../lib/jobs/cluster/clusters-file.ts";
import type { JobSpec } from "../../lib/jobs/job-spec.ts";

export interface ClientRequest {
  readonly spec: JobSpec;
  readonly cluster: string;
  readonly config: string;
  readonly runs: string;
  readonly token: string;
  readonly patienceMs: number;
  /** A state, "before N" or "after N" of the Nth program on the cluster. */
  readonly killAt?: string;
}

const request = JSON.parse(readFileSync(process.argv[2]!, "utf8")) as ClientRequest;
const { spec, runs, token, patienceMs, killAt } = request;
const path = clustersFile(request.config);
const cluster = await findCluster(request.cluster, path);
const folder = await openOutbox(runs, token, onCluster(spec, cluster, "/"), {
  cluster,
  clustersFile: path,
});
dieAt("written");
const record = await deliver(folder, { patienceMs, onState: dieAt, openShell: mortalShell });
process.stdout.write(`${JSON.stringify(record)}\n`);

function dieAt(place: string): void {
  if (place === killAt) process.kill(process.pid, "SIGKILL");
}

async function mortalShell(reached: Cluster): Promise<ClusterShell> {
  const shell = await openClusterShell(reached);
  let calls = 0;
  return {
    name: shell.name,
    async run(...parameters) {
      calls++;
      dieAt(`before ${calls}`);
      const result = await shell.run(...parameters);
      dieAt(`after ${calls}`);
      return result;
    },
    stream: (...parameters) => shell.stream(...parameters),
    connect: (...parameters) => shell.connect(...parameters),
    close: () => shell.close(),
  };
}
