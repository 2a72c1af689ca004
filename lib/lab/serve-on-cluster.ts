import { clusterPlace } from "../jobs/approve-cluster.ts";
import { clustersFile, findCluster } from "../jobs/cluster/clusters-file.ts";
import { noteForwarded } from "../models/confirm-endpoint.ts";
import { posix } from "node:path";

import { ArgumentError } from "../core/errors.ts";
import {
  callbackOption,
  checkOptions,
  choiceOption,
  integerOption,
  objectOption,
  textOption,
} from "../core/options.ts";
import { projectRoot } from "../jobs/project.ts";
import { openSession, sessionCode, type ClusterSession } from "../jobs/session/open-session.ts";
import { cellSignal } from "./cell-signal.ts";
import { minutesOption } from "./remote-kernel.ts";
import { statusLine } from "./status-line.ts";

/** vLLM, which the environment of the cluster's jobs has to have, or the project's own server. */
export type InferenceEngine = "vllm" | "rounds";

export interface ServeOnClusterOptions {
  /** A name of the clusters file. */
  readonly cluster: string;
  /** A folder of the cluster; for vLLM also a name that it knows how to find. */
  readonly model: string;
  /** @default "vllm" */
  readonly engine?: InferenceEngine;
  /** The model is split over all of them. @default 1 */
  readonly gpus?: number;
  /** What requests call the model. @default the last part of `model` */
  readonly name?: string;
  /** Of the allocation. @default 240 */
  readonly timeLimitMinutes?: number;
  /** The allocation ends when this process has been gone for so long. @default 15 */
  readonly idleMinutes?: number;
  /** @default the environment's ROUNDS_CLUSTERS, else clusters.json of the project */
  readonly config?: string;
  /** Folder of run folders. @default ROUNDS_RUNS, else `runs/` of the project */
  readonly runs?: string;
  /** Told where the allocation stands. @default a line in the cell's output */
  readonly onStatus?: (status: string) => void;
  readonly signal?: AbortSignal;
}

const rules = {
  cluster: textOption(undefined),
  model: textOption(undefined),
  engine: choiceOption<InferenceEngine>("vllm", ["vllm", "rounds"]),
  gpus: integerOption(1, { minimum: 0 }),
  name: textOption(undefined),
  timeLimitMinutes: integerOption(240, { minimum: 1 }),
  idleMinutes: minutesOption(15),
  config: textOption(undefined),
  runs: textOption(undefined),
  onStatus: callbackOption<(status: string) => void>(),
  signal: objectOption<AbortSignal>("an AbortSignal", (value) => value instanceof AbortSignal),
};

/**
 * Serve a model on a node of a cluster, and give an endpoint on this machine that leads there.
 *
 * The server runs in a job of yours, asks for a token that stands in no command line and no log, and listens on its
 * node's 127.0.0.1 alone. The allocation ends with `close()`, and when this process is gone.
 *
 * @throws {JobPlanError} what speaks against the allocation on that cluster, such as a model that is not there
 * @throws {JobError} it ended before the server answered, with the end of its log
 *
 * @example
 * await using served = await serveOnCluster({ cluster: "h100", model: "/models/clinical-7b", engine: "vllm" });
 * const model = await connectModel(served.url, { apiKey: served.token });
 */
export async function serveOnCluster(options: ServeOnClusterOptions): Promise<ClusterEndpoint> {
  const checked = checkOptions(options, rules);
  const { cluster, model, engine, gpus, timeLimitMinutes, idleMinutes } = checked;
  if (cluster === undefined) throw new ArgumentError("cluster", "the name of a cluster", cluster);
  if (model === undefined) throw new ArgumentError("model", "a folder of the cluster", model);
  const isFolder = posix.isAbsolute(model);
  if (engine === "rounds" && !isFolder)
    throw new ArgumentError("model", "an absolute folder of the cluster", model);
  const name = checked.name ?? posix.basename(model);
  const onStatus = checked.onStatus ?? statusLine();
  const session = await openSession({
    cluster,
    name: "serve",
    resources: { nodes: 1, gpusPerNode: gpus, timeLimitMinutes },
    command: serveCommand(engine, { model, name, gpus }),
    target: "port",
    idleMinutes,
    inputs: isFolder ? [model] : [],
    // The project's own server is code of the project.
    code:
      engine === "rounds"
        ? { path: projectRoot, session: posix.relative(projectRoot, `${sessionCode}/session.py`) }
        : { path: sessionCode, session: "session.py" },
    config: checked.config,
    runs: checked.runs,
    onStatus,
    signal: cellSignal(checked.signal),
  });
  onStatus(`${name} answers on ${cluster}`);
  const served = new ClusterEndpoint(session, name);
  // The port is of this machine, what answers behind it is not.
  noteForwarded(served.url, clusterPlace(await findCluster(cluster, clustersFile(checked.config))));
  return served;
}

/**
 * The words that start an inference server; what stands in braces the session fills in.
 *
 * @example
 * serveCommand("vllm", { model: "/models/clinical-7b", name: "clinical", gpus: 8 }).slice(0, 3)
 * //=> ["vllm", "serve", "/models/clinical-7b"]
 */
export function serveCommand(
  engine: InferenceEngine,
  { model, name, gpus }: { readonly model: string; readonly name: string; readonly gpus: number },
): string[] {
  if (engine === "rounds") {
    const place = ["--port", "{port}", "--token-file", "{token_file}"];
    return ["python3", "-m", "trainer", "serve", "--model", model, "--name", name, ...place];
  }
  // Its token comes by the environment, VLLM_API_KEY.
  const place = ["--host", "127.0.0.1", "--port", "{port}"];
  const split = ["--tensor-parallel-size", String(Math.max(1, gpus))];
  return ["vllm", "serve", model, "--served-model-name", name, ...place, ...split];
}

/** A model of a cluster behind the OpenAI protocol, on a port of this machine. */
export class ClusterEndpoint {
  /** `http://127.0.0.1:PORT/v1` */
  readonly url: string;
  /** Sent as `Authorization: Bearer TOKEN`. */
  readonly token: string;
  /** What requests call the model. */
  readonly model: string;
  readonly #session: ClusterSession;

  constructor(session: ClusterSession, model: string) {
    this.#session = session;
    this.url = `http://127.0.0.1:${session.port}/v1`;
    this.token = session.token;
    this.model = model;
  }

  /** Resolves with why, once the allocation is over. */
  get ended(): Promise<string> {
    return this.#session.ended;
  }

  /** The run folder of its job. */
  get folder(): string {
    return this.#session.job.folder;
  }

  /** End the server, and give the node back. */
  close(): Promise<void> {
    return this.#session.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
