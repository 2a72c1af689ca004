import { basename } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { JobError } from "../../core/errors.ts";
import { cancelJob } from "../cancel-job.ts";
import { ClusterJob, type ClusterJobStatus } from "../cluster/cluster-job.ts";
import { readClusterRecord } from "../cluster/cluster-record.ts";
import { openClusterShell, type ClusterShell } from "../cluster/cluster-shell.ts";
import { clustersFile, findCluster } from "../cluster/clusters-file.ts";
import type { Cluster } from "../cluster/cluster.ts";
import { inEnvironment } from "../cluster/in-environment.ts";
import { clusterRunFolder } from "../cluster/run-files.ts";
import { shellWord } from "../cluster/shell-word.ts";
import { finalStates } from "../job.ts";
import type { JobResources } from "../job-spec.ts";
import { submitJob } from "../submit-job.ts";
import { relayProgram, Tunnel } from "./tunnel.ts";

/** The folder that is sent with a session that needs no code of the project. */
export const sessionCode = fileURLToPath(new URL("remote", import.meta.url));

export interface SessionRequest {
  /** A name of the clusters file. */
  readonly cluster: string;
  /** What people know it by. */
  readonly name: string;
  readonly resources: JobResources;
  /** The server's program and parameters; see `remote/session.py`. */
  readonly command: readonly string[];
  /** Whether the server listens on a Unix socket, or on a port of its node's 127.0.0.1. */
  readonly target: "socket" | "port";
  /** The session ends when nobody has been there for so long. */
  readonly idleMinutes: number;
  /** Folder of code, and the path of `session.py` in it. */
  readonly code: { readonly path: string; readonly session: string };
  /** Paths that must be on the cluster. */
  readonly inputs?: readonly string[];
  readonly config?: string | undefined;
  readonly runs?: string | undefined;
  readonly onStatus?: ((status: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What `session.json` of its run says of a session. */
interface SessionPlace {
  readonly folder: string;
  readonly node: string;
  readonly python: string;
}

/** How often the scheduler is asked while a session waits: its start should not be noticed late. */
const pollMs = 2000;

/**
 * A server on a node of a cluster, reached through a port of this machine's 127.0.0.1.
 *
 * It lives as long as somebody is there: this process gives signs of life; without them for `idleMinutes`, whatever the
 * reason, the server is ended there and the nodes are free.
 */
export class ClusterSession {
  readonly job: ClusterJob;
  /** Asked for by the server. */
  readonly token: string;
  readonly #tunnel: Tunnel;
  readonly #shell: ClusterShell;

  constructor(job: ClusterJob, tunnel: Tunnel, token: string, shell: ClusterShell) {
    this.job = job;
    this.token = token;
    this.#tunnel = tunnel;
    this.#shell = shell;
  }

  /** Of 127.0.0.1, on this machine. */
  get port(): number {
    return this.#tunnel.port;
  }

  /** Resolves with why, once it is over. */
  get ended(): Promise<string> {
    return this.#tunnel.ended;
  }

  /** End the server and give the nodes back. */
  async close(): Promise<void> {
    await this.#tunnel.close();
    await cancelJob(this.job, { save: false }).catch(() => {
      // It ends by itself as soon as nobody is there.
    });
    await this.#shell.close();
  }
}

/**
 * Submit the job of a session, wait for its nodes, and connect to its server.
 *
 * @throws {JobPlanError} what speaks against the job on that cluster
 * @throws {JobError} it ended before the server answered, with the end of its log
 */
export async function openSession(request: SessionRequest): Promise<ClusterSession> {
  const { cluster: name, idleMinutes, signal, onStatus } = request;
  const cluster = await findCluster(name, clustersFile(request.config));
  const job = await submitSession(request, cluster);
  const shell = await openClusterShell(cluster);
  let tunnel: Tunnel | undefined;
  try {
    const place = await waitForPlace(job, shell, cluster, { onStatus, signal });
    const { slurmJobId } = await readClusterRecord(job.folder);
    tunnel = await Tunnel.open({
      connect: () => shell.connect("srun", relayParameters(cluster, slurmJobId!, place)),
      signOfLifeMs: Math.min(5000, (idleMinutes * 60_000) / 5),
      patienceMs: idleMinutes * 60_000,
      name: job.runId,
    });
    onStatus?.(`the server starts on ${place.node}`);
    const token = await tunnel.ready(signal);
    return new ClusterSession(job, tunnel, token, shell);
  } catch (error) {
    await tunnel?.close();
    await cancelJob(job, { save: false }).catch(() => {});
    const failure = await explained(job, error);
    await shell.close();
    throw failure;
  }
}

async function submitSession(request: SessionRequest, cluster: Cluster): Promise<ClusterJob> {
  const { name, resources, command, target, idleMinutes, code, inputs = [], config, runs, signal } = request;
  const session = ["python3", code.session, "--idle-seconds", String(idleMinutes * 60), "--target", target];
  // The run folder is known on the node alone.
  const launch = `exec ${session.map(shellWord).join(" ")} --run "$RUN_FOLDER" -- "$@"`;
  const job = await submitJob(
    {
      version: 1,
      name,
      kind: "command",
      command: ["bash", "-c", launch, "session", ...command],
      resources: { ...resources, processesPerNode: 1 },
      restartsMaximum: 0,
      code: { path: code.path },
      inputs,
    },
    { cluster: cluster.name, ...(config && { config }), ...(runs && { runs }), ...(signal && { signal }) },
  );
  return job as ClusterJob;
}

async function waitForPlace(
  job: ClusterJob,
  shell: ClusterShell,
  cluster: Cluster,
  { onStatus, signal }: Pick<SessionRequest, "onStatus" | "signal">,
): Promise<SessionPlace> {
  const path = `${clusterRunFolder(cluster, job.runId)}/session.json`;
  let told = "";
  for (;;) {
    const read = await shell.run("cat", [path], signal && { signal });
    if (read.exitCode === 0) return JSON.parse(read.stdout) as SessionPlace;
    const status = await job.status(signal && { signal });
    if (finalStates.has(status.state)) throw ended(job, status);
    const words = `${status.state}: ${status.evidence}`;
    if (words !== told) onStatus?.(words);
    told = words;
    await sleep(pollMs, undefined, signal && { signal });
  }
}

function ended(job: ClusterJob, { state, evidence }: ClusterJobStatus): JobError {
  return new JobError(`The session ${job.runId} is over: ${evidence}`, { jobId: job.runId, state });
}

/** A step of the session's own job, on its node, in its environment. */
function relayParameters(
  cluster: Cluster,
  slurmJobId: string,
  { node, python, folder }: SessionPlace,
): string[] {
  const { stepOptions, words } = inEnvironment(cluster, [python, "-c", relayProgram, folder]);
  const step = ["--overlap", `--jobid=${slurmJobId}`, `--nodelist=${node}`, "--nodes=1", "--ntasks=1"];
  return [...step, "--mpi=none", "--quiet", ...stepOptions, "bash", ...words];
}

/** What its log says, where it ended by itself. */
async function explained(job: ClusterJob, error: unknown): Promise<unknown> {
  if (!(error instanceof JobError)) return error;
  await job.sync().catch(() => {});
  const tail = await job.logTail().catch(() => "");
  const { message, state } = error;
  return new JobError(`${message}${tail === "" ? "" : `\n${tail}`}`, {
    jobId: basename(job.folder),
    state,
    logTail: tail,
  });
}
