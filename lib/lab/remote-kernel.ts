import type { Kernel, KernelManager, KernelMessage } from "@jupyterlab/services";

import { ArgumentError, JobError } from "../core/errors.ts";
import {
  callbackOption,
  checkOptions,
  choiceOption,
  integerOption,
  objectOption,
  textOption,
  type OptionRule,
} from "../core/options.ts";
import { openSession, sessionCode, type ClusterSession } from "../jobs/session/open-session.ts";
import { cellSignal } from "./cell-signal.ts";
import { RemoteOutput, type RemoteResult } from "./remote-output.ts";
import { statusLine } from "./status-line.ts";

export interface RemoteKernelOptions {
  /** A name of the clusters file. */
  readonly cluster: string;
  /** @default 0 */
  readonly gpus?: number;
  /** Of the allocation. @default 60 */
  readonly timeLimitMinutes?: number;
  /** The allocation ends when no cell has run for so long, or when this process has been gone for so long. @default 15 */
  readonly idleMinutes?: number;
  /** @default "python" */
  readonly language?: "python" | "typescript";
  /** @default the environment's ROUNDS_CLUSTERS, else clusters.json of the project */
  readonly config?: string;
  /** Folder of run folders. @default ROUNDS_RUNS, else `runs/` of the project */
  readonly runs?: string;
  /** Told where the allocation stands. @default a line in the cell's output */
  readonly onStatus?: (status: string) => void;
  readonly signal?: AbortSignal;
}

/** Minutes, parts of one included. */
export const minutesOption = (fallback: number): OptionRule<number> => ({
  expected: "a number of minutes > 0",
  default: fallback,
  accepts: (value) => Number.isFinite(value) && (value as number) > 0,
});

const rules = {
  cluster: textOption(undefined),
  gpus: integerOption(0, { minimum: 0 }),
  timeLimitMinutes: integerOption(60, { minimum: 1 }),
  idleMinutes: minutesOption(15),
  language: choiceOption("python", ["python", "typescript"]),
  config: textOption(undefined),
  runs: textOption(undefined),
  onStatus: callbackOption<(status: string) => void>(),
  signal: objectOption<AbortSignal>("an AbortSignal", (value) => value instanceof AbortSignal),
};

/** It asks for no browser, and trusts whoever has the token: the socket is its user's alone. */
const jupyterServer =
  "python3 -m jupyter server --no-browser --allow-root --ServerApp.sock={socket} --ServerApp.sock_mode=0600".split(
    " ",
  );

/**
 * Get a node of a cluster and a kernel on it, for cells that need its GPUs or its data.
 *
 * A Jupyter server runs there in a job of yours, on a Unix socket that is yours alone, reached through SSH and Slurm.
 * The environment of the cluster's jobs needs `jupyter_server` and `ipykernel`. The allocation ends with `close()`,
 * when it has been idle, and when this process is gone, however that came.
 *
 * @throws {JobPlanError} what speaks against the allocation on that cluster
 * @throws {JobError} it ended before the kernel was there, with the end of its log
 * @throws {ArgumentError} the cluster has no kernel of the language
 *
 * @example
 * await using node = await remoteKernel({ cluster: "h100", gpus: 1, timeLimitMinutes: 60 });
 * await node.run(`import torch; torch.cuda.get_device_name()`);
 */
export async function remoteKernel(options: RemoteKernelOptions): Promise<RemoteKernel> {
  const checked = checkOptions(options, rules);
  const { cluster, gpus, timeLimitMinutes, idleMinutes, language, onStatus = statusLine() } = checked;
  if (cluster === undefined) throw new ArgumentError("cluster", "the name of a cluster", cluster);
  const signal = cellSignal(checked.signal);
  const session = await openSession({
    cluster,
    name: "kernel",
    resources: { nodes: 1, gpusPerNode: gpus, timeLimitMinutes },
    command: jupyterServer,
    target: "socket",
    idleMinutes,
    code: { path: sessionCode, session: "session.py" },
    config: checked.config,
    runs: checked.runs,
    onStatus,
    signal,
  });
  try {
    const { manager, kernel } = await startKernel(session, language);
    onStatus(`a ${language} kernel on ${cluster} is ready`);
    return new RemoteKernel(session, manager, kernel, idleMinutes);
  } catch (error) {
    await session.close();
    throw error;
  }
}

interface StartedKernel {
  readonly manager: KernelManager;
  readonly kernel: Kernel.IKernelConnection;
}

async function startKernel(session: ClusterSession, language: string): Promise<StartedKernel> {
  // Only those who use a remote kernel wait until it is loaded.
  const services = await import("@jupyterlab/services");
  const baseUrl = `http://127.0.0.1:${session.port}/`;
  const serverSettings = services.ServerConnection.makeSettings({
    baseUrl,
    wsUrl: baseUrl.replace("http", "ws"),
    token: session.token,
    appendToken: true,
  });
  const specs = (await services.KernelSpecAPI.getSpecs(serverSettings)).kernelspecs;
  const found = Object.values(specs).find((spec) => spec?.language === language);
  if (found === undefined) {
    const languages = Object.values(specs).map((spec) => spec?.language);
    throw new ArgumentError(
      "language",
      `one that the cluster has a kernel of: ${languages.join(", ")}`,
      language,
    );
  }
  const manager = new services.KernelManager({ serverSettings, standby: "never" });
  const model = await services.KernelAPI.startNew({ name: found.name }, serverSettings);
  const kernel = manager.connectTo({ model });
  const reconnect = kernel.reconnect.bind(kernel);
  // The package calls it itself and looks at no failure: one that comes of closing would end this process.
  kernel.reconnect = () => reconnect().catch(() => {});
  await kernel.info;
  return { manager, kernel };
}

/** A kernel on a node of a cluster. */
export class RemoteKernel {
  readonly #session: ClusterSession;
  readonly #manager: KernelManager;
  readonly #kernel: Kernel.IKernelConnection;
  readonly #idleMs: number;
  #idle: NodeJS.Timeout | undefined;
  #running = 0;

  constructor(
    session: ClusterSession,
    manager: KernelManager,
    kernel: Kernel.IKernelConnection,
    idleMinutes: number,
  ) {
    this.#session = session;
    this.#manager = manager;
    this.#kernel = kernel;
    this.#idleMs = idleMinutes * 60_000;
    this.#rest();
  }

  /** Resolves with why, once the allocation is over. */
  get ended(): Promise<string> {
    return this.#session.ended;
  }

  /** The run folder of its job. */
  get folder(): string {
    return this.#session.job.folder;
  }

  /**
   * Run a cell there; its output appears here as it comes.
   *
   * A lost connection is made again, and what was said meanwhile comes then.
   *
   * @param options `signal` interrupts the cell there, not the kernel; in a notebook the stop button does
   * @returns what the cell's last expression gave, as the kernel showed it
   * @throws {RemoteCellError} the cell failed
   * @throws {JobError} the kernel died, or the allocation is over
   */
  async run(code: string, options: { readonly signal?: AbortSignal } = {}): Promise<RemoteResult> {
    const signal = cellSignal(options.signal);
    signal?.throwIfAborted();
    clearTimeout(this.#idle);
    this.#running++;
    const output = new RemoteOutput();
    const future = this.#kernel.requestExecute({ code, allow_stdin: false, stop_on_error: true });
    future.onIOPub = (message: KernelMessage.IIOPubMessage) => output.take(message);
    const interrupt = (): void => void this.#kernel.interrupt().catch(() => {});
    signal?.addEventListener("abort", interrupt);
    const death = Promise.withResolvers<JobError>();
    const watch = (_kernel: unknown, status: KernelMessage.Status): void => {
      // A kernel that its server starts again has lost its variables: the cell must not go on as if it had not.
      if (status === "dead" || status === "autorestarting" || status === "terminating")
        death.resolve(this.#gone("its kernel died; its variables are gone"));
    };
    this.#kernel.statusChanged.connect(watch);
    try {
      const over = this.#session.ended.then((reason) => this.#gone(`the allocation is over: ${reason}`));
      const reply = await Promise.race([future.done, over, death.promise]);
      signal?.throwIfAborted();
      if (reply instanceof Error) throw reply;
      return output.result(reply.content);
    } finally {
      future.dispose();
      this.#kernel.statusChanged.disconnect(watch);
      signal?.removeEventListener("abort", interrupt);
      if (--this.#running === 0) this.#rest();
    }
  }

  /** End the kernel, and give the node back. */
  async close(): Promise<void> {
    clearTimeout(this.#idle);
    // With its kernels, and what asks the server about them.
    this.#manager.dispose();
    await this.#session.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Nobody has the use of a node on which nothing runs. */
  #rest(): void {
    this.#idle = setTimeout(() => void this.close(), this.#idleMs).unref();
  }

  #gone(what: string): JobError {
    const { runId } = this.#session.job;
    return new JobError(`${runId}: ${what}`, { jobId: runId, state: "UNKNOWN" });
  }
}
