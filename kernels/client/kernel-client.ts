import { type ChildProcess, spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { Dealer, Subscriber } from "zeromq";
import { channelAddress } from "../typescript/wire/connection.ts";
import { type Header, type Message, MessageCodec } from "../typescript/wire/message.ts";
import { type ConnectionFile, createConnectionFile } from "./connection-file.ts";
import { KernelDiedError, KernelTimeoutError } from "./errors.ts";
import { type Kernelspec, readKernelspec } from "./kernelspec.ts";
import { type DisplaysById, type Output, OutputCollector } from "./outputs.ts";

export interface StartOptions {
  /** Folder of the kernelspec. */
  readonly kernelspec: string;
  /** Working folder of the kernel, where the notebook lies. @default the current one */
  readonly directory?: string;
  /** Variables added to the kernel's environment. */
  readonly environment?: Readonly<Record<string, string>>;
  /** How long the kernel may take to answer its first request. @default 30_000 */
  readonly readyTimeoutMilliseconds?: number;
}

export interface ExecuteOptions {
  /** Called with the outputs so far, after each change. */
  readonly onOutput?: (outputs: readonly Output[]) => void;
  /** @default true */
  readonly storeHistory?: boolean;
  /** @default false */
  readonly silent?: boolean;
  /** @default true */
  readonly stopOnError?: boolean;
  /** Answers the questions of the cell; without it the cell may ask none. */
  readonly onInput?: (prompt: string, options: { password: boolean }) => string | Promise<string>;
  /** Tell the cell that questions are answered. @default whether there is `onInput` */
  readonly allowStdin?: boolean;
  readonly userExpressions?: Readonly<Record<string, string>>;
  /** After this time the call rejects; the cell goes on. @default no limit */
  readonly timeoutMilliseconds?: number;
}

export interface ExecuteReply {
  readonly status: "ok" | "error" | "aborted";
  readonly execution_count?: number;
  readonly ename?: string;
  readonly evalue?: string;
  readonly traceback?: string[];
  readonly user_expressions?: Record<string, Record<string, unknown>>;
}

export interface ExecuteOutcome {
  readonly reply: ExecuteReply;
  /** nbformat outputs; late output of the cell is still added here. */
  readonly outputs: Output[];
}

export interface RequestOptions {
  /** After this time the call rejects. @default no limit */
  readonly timeoutMilliseconds?: number;
  /** Routing frames that the reply must come back with, as a proxy adds them. */
  readonly identities?: readonly Uint8Array[];
}

export type RequestChannel = "shell" | "control";

interface Pending {
  readonly collector: OutputCollector | undefined;
  readonly options: ExecuteOptions;
  reply?: Message;
  idle: boolean;
  settle: () => void;
  fail: (error: Error) => void;
}

const RECONNECT_MILLISECONDS = 10;
const PROBE_MILLISECONDS = 50;
const EXIT_MILLISECONDS = 5_000;
const KEPT_LOG_CHARACTERS = 4_000;

/**
 * A Jupyter kernel of our own: its process and the connections to it.
 *
 * Every call rejects with {@link KernelDiedError} as soon as the process ends.
 *
 * @example
 * const kernel = await KernelClient.start({ kernelspec: "kernels/typescript" });
 * const { outputs } = await kernel.execute("1 + 1");
 * outputs[0] //=> { output_type: "execute_result", data: { "text/plain": "2" }, metadata: {}, execution_count: 1 }
 * await kernel.shutdown();
 */
export class KernelClient {
  readonly process: ChildProcess;
  readonly connectionFile: ConnectionFile;
  readonly codec: MessageCodec;
  /** Settles, never rejects, when the process has ended. */
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  readonly #spec: Kernelspec;
  readonly #sockets: { shell: Dealer; control: Dealer; stdin: Dealer; iopub: Subscriber };
  readonly #lastSend = new Map<Dealer, Promise<void>>();
  readonly #pending = new Map<string, Pending>();
  readonly #collectors = new Map<string, { collector: OutputCollector; options: ExecuteOptions }>();
  readonly #displays: DisplaysById = new Map();
  readonly #listeners = new Set<(message: Message) => void>();
  #log = "";
  #died: KernelDiedError | undefined;

  private constructor(spec: Kernelspec, connectionFile: ConnectionFile, options: StartOptions) {
    this.#spec = spec;
    this.connectionFile = connectionFile;
    const { connection } = connectionFile;
    this.codec = new MessageCodec({ ...connection, username: "client" });
    const [command, ...parameters] = spec.argv.map((part) =>
      part.replaceAll("{connection_file}", connectionFile.path),
    );
    this.process = spawn(command!, parameters, {
      cwd: options.directory,
      env: {
        ...process.env,
        // The kernel ends when this process does.
        JPY_PARENT_PID: String(process.pid),
        ...spec.environment,
        ...options.environment,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [this.process.stdout!, this.process.stderr!]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        this.#log = (this.#log + text).slice(-KEPT_LOG_CHARACTERS);
      });
    }
    this.exited = new Promise((resolve) => {
      this.process.once("error", (error) =>
        this.#end(new KernelDiedError(String(error), this.#log), resolve),
      );
      this.process.once("exit", (code, signal) => {
        const how = signal === null ? `with code ${code}` : `by ${signal}`;
        this.#end(new KernelDiedError(`the kernel ended ${how}`, this.#log), resolve, code, signal);
      });
    });
    // The kernel finds the way to stdin by the identity of the shell connection.
    const socketOptions = {
      routingId: this.codec.session,
      linger: 0,
      reconnectInterval: RECONNECT_MILLISECONDS,
    };
    this.#sockets = {
      shell: new Dealer(socketOptions),
      control: new Dealer(socketOptions),
      stdin: new Dealer(socketOptions),
      iopub: new Subscriber({ linger: 0, reconnectInterval: RECONNECT_MILLISECONDS }),
    };
    this.#sockets.iopub.subscribe("");
    for (const name of ["shell", "control", "stdin", "iopub"] as const) {
      this.#sockets[name].connect(channelAddress(connection, name));
      void this.#receive(name);
    }
  }

  /** Start a kernel on free ports; resolves when it answers and its broadcasts arrive. */
  static async start(options: StartOptions): Promise<KernelClient> {
    const kernel = new KernelClient(
      readKernelspec(options.kernelspec),
      await createConnectionFile(),
      options,
    );
    try {
      await kernel.#ready(options.readyTimeoutMilliseconds ?? 30_000);
      return kernel;
    } catch (error) {
      await kernel.kill();
      throw error;
    }
  }

  get pid(): number {
    return this.process.pid!;
  }

  /** Whether the process still runs. */
  get alive(): boolean {
    return this.#died === undefined;
  }

  /** What the process wrote to its own standard output and error; the last 4,000 characters. */
  get log(): string {
    return this.#log;
  }

  /**
   * Run a cell, and wait for its reply and for all its output.
   *
   * @returns the reply, which may tell of an error, and the outputs
   * @throws {@link KernelDiedError} the process ended; {@link KernelTimeoutError} `timeoutMilliseconds` passed
   */
  async execute(code: string, options: ExecuteOptions = {}): Promise<ExecuteOutcome> {
    const collector = new OutputCollector(this.#displays);
    const content = {
      code,
      silent: options.silent ?? false,
      store_history: options.storeHistory ?? true,
      user_expressions: options.userExpressions ?? {},
      allow_stdin: options.allowStdin ?? options.onInput !== undefined,
      stop_on_error: options.stopOnError ?? true,
    };
    const reply = await this.#request("shell", "execute_request", content, options, collector);
    return { reply: reply.content as unknown as ExecuteReply, outputs: collector.outputs };
  }

  /** Send any other request; resolves with its reply when the kernel has also said that it is idle again. */
  request(
    channel: RequestChannel,
    type: string,
    content: object = {},
    options: RequestOptions = {},
  ): Promise<Message> {
    return this.#request(channel, type, content, options);
  }

  /** Send a message that has no reply: a comm message, say. Resolves with its header. */
  async send(
    channel: RequestChannel | "stdin",
    type: string,
    content: object = {},
    options: { parentHeader?: Partial<Header>; buffers?: readonly Uint8Array[] } = {},
  ): Promise<Header> {
    const header = this.codec.header(type);
    const contentJson = JSON.stringify(content);
    await this.#sendFrames(
      this.#sockets[channel],
      this.codec.encode({ type, contentJson, ...options }, header),
    );
    return header;
  }

  /** Send frames as they are, for tests of what a kernel refuses. */
  sendFrames(channel: RequestChannel | "stdin", frames: readonly Uint8Array[]): Promise<void> {
    return this.#sendFrames(this.#sockets[channel], frames);
  }

  /** Hear every message that is broadcast; gives a function that ends it. */
  onBroadcast(listener: (message: Message) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Stop the running cell, in the way the kernelspec asks for. */
  async interrupt(): Promise<void> {
    if (this.#spec.interruptMode === "message") await this.request("control", "interrupt_request");
    else this.process.kill("SIGINT");
  }

  /** Ask the kernel to end, and kill it when it has not after 5 s. Never rejects. */
  async shutdown(options: { restart?: boolean } = {}): Promise<void> {
    if (this.alive) {
      const content = { restart: options.restart ?? false };
      await this.send("control", "shutdown_request", content).catch(() => {});
      await Promise.race([this.exited, sleep(EXIT_MILLISECONDS, undefined, { ref: false })]);
    }
    await this.kill();
  }

  /** Kill the process, and close the connections. */
  async kill(): Promise<void> {
    if (this.alive) this.process.kill("SIGKILL");
    await this.exited;
    for (const socket of Object.values(this.#sockets)) if (!socket.closed) socket.close();
    this.connectionFile.remove();
  }

  async #ready(timeoutMilliseconds: number): Promise<void> {
    const deadline = performance.now() + timeoutMilliseconds;
    // A broadcast sent before the subscription has arrived is lost, so we ask until one comes through.
    while (performance.now() < deadline) {
      const probe = this.request(
        "shell",
        "kernel_info_request",
        {},
        { timeoutMilliseconds: deadline - performance.now() },
      );
      probe.catch(() => {});
      const answer = await Promise.race([probe, sleep(PROBE_MILLISECONDS)]);
      if (answer !== undefined) return;
      if (this.#died !== undefined) throw this.#died;
    }
    throw new KernelTimeoutError("kernel_info_request", timeoutMilliseconds, this.#log);
  }

  async #request(
    channel: RequestChannel,
    type: string,
    content: object,
    options: ExecuteOptions & RequestOptions,
    collector?: OutputCollector,
  ): Promise<Message> {
    if (this.#died !== undefined) throw this.#died;
    const header = this.codec.header(type);
    const { promise, resolve, reject } = Promise.withResolvers<Message>();
    const { timeoutMilliseconds } = options;
    const timer =
      timeoutMilliseconds === undefined
        ? undefined
        : setTimeout(
            () => pending.fail(new KernelTimeoutError(type, timeoutMilliseconds, this.#log)),
            timeoutMilliseconds,
          );
    const pending: Pending = {
      collector,
      options,
      idle: false,
      settle: () => {
        if (pending.reply === undefined || !pending.idle) return;
        clearTimeout(timer);
        this.#pending.delete(header.msg_id);
        resolve(pending.reply);
      },
      fail: (error) => {
        clearTimeout(timer);
        this.#pending.delete(header.msg_id);
        reject(error);
      },
    };
    this.#pending.set(header.msg_id, pending);
    if (collector !== undefined) this.#collectors.set(header.msg_id, { collector, options });
    const contentJson = JSON.stringify(content);
    const frames = this.codec.encode({ type, contentJson, identities: options.identities ?? [] }, header);
    this.#sendFrames(this.#sockets[channel], frames).catch(pending.fail);
    return promise;
  }

  /** A socket takes one message at a time. */
  #sendFrames(socket: Dealer, frames: readonly Uint8Array[]): Promise<void> {
    const send = (): Promise<void> => socket.send(frames as Buffer[]);
    const sent = (this.#lastSend.get(socket) ?? Promise.resolve()).then(send, send);
    this.#lastSend.set(socket, sent);
    return sent;
  }

  async #receive(name: "shell" | "control" | "stdin" | "iopub"): Promise<void> {
    for await (const frames of this.#sockets[name]) {
      const message = this.codec.decode(frames);
      if ("refused" in message) continue;
      if (name === "iopub") this.#broadcast(message);
      else if (name === "stdin") void this.#answerInput(message);
      else this.#reply(message);
    }
  }

  #reply(message: Message): void {
    const pending = this.#pending.get(message.parentHeader.msg_id ?? "");
    if (pending === undefined) return;
    pending.reply = message;
    pending.settle();
  }

  #broadcast(message: Message): void {
    for (const listener of this.#listeners) listener(message);
    const id = message.parentHeader.msg_id ?? "";
    const type = message.header.msg_type;
    if (type === "status" && message.content["execution_state"] === "idle") {
      const pending = this.#pending.get(id);
      if (pending === undefined) return;
      pending.idle = true;
      pending.settle();
      return;
    }
    const cell = this.#collectors.get(id);
    if (cell?.collector.apply(type, message.content) === true)
      cell.options.onOutput?.(cell.collector.outputs);
  }

  async #answerInput(message: Message): Promise<void> {
    const onInput = this.#collectors.get(message.parentHeader.msg_id ?? "")?.options.onInput;
    if (onInput === undefined) return;
    const { prompt, password } = message.content;
    const value = await onInput(String(prompt), { password: password === true });
    await this.send("stdin", "input_reply", { status: "ok", value }, { parentHeader: message.header });
  }

  #end(
    error: KernelDiedError,
    resolve: (how: { code: number | null; signal: NodeJS.Signals | null }) => void,
    code: number | null = null,
    signal: NodeJS.Signals | null = null,
  ): void {
    if (this.#died !== undefined) return;
    this.#died = error;
    for (const pending of this.#pending.values()) pending.fail(error);
    resolve({ code, signal });
  }
}
