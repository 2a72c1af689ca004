import { setTimeout as sleep } from "node:timers/promises";
import type { DebugAdapter } from "../debugger/adapter.ts";
import type { ChildProcesses } from "./child-processes.ts";
import type { LanguageClient } from "../language/client.ts";
import { type Inspection, mergeInspections } from "../session/inspection.ts";
import { utf16Index, unicodeIndex } from "./cursor.ts";
import type { Channel } from "./channel.ts";
import { ExecutionQueue } from "./execution-queue.ts";
import { History } from "./history.ts";
import type { Interrupter } from "./interrupt.ts";
import type { Iopub } from "./iopub.ts";
import { KERNEL_INFO } from "./kernel-info.ts";
import { log } from "./log.ts";
import type { Header, Message } from "./message.ts";
import { outputBytes, streamBytes } from "./output-bytes.ts";
import { Request } from "./request.ts";
import type { FromHost, InputAnswer, ToHost } from "./thread-messages.ts";

/** How long a question about values may wait for a cell that keeps their thread busy. */
const BUSY_MILLISECONDS = 1_000;
/** How long the end of the kernel waits for clients to take its last output. */
const LAST_OUTPUT_MILLISECONDS = 1_000;
const NO_PARENT: Partial<Header> = {};

export interface KernelServerOptions {
  readonly iopub: Iopub;
  readonly stdin: Channel;
  readonly interrupter: Interrupter;
  readonly children: ChildProcesses;
  readonly language: LanguageClient;
  /** How long a cell may stay stopped in the debugger while nobody asks the debugger for anything. */
  readonly forgottenStopMilliseconds: number;
  /** Whether the host has loaded what runs cells; no debugger may look into it before. */
  readonly isLoaded: () => boolean;
  /** Hand over, through {@link KernelServer.streamOfProcess}, what the process has written by now. */
  readonly takeOutput: () => void;
  /** Told when a cell begins and ends. */
  readonly onRunning: (isRunning: boolean) => void;
  readonly post: (message: ToHost) => void;
  readonly answerInput: (answer: InputAnswer) => void;
  /** Resolves when the memory is guarded again after a cell was stopped for having filled it. */
  readonly memorySettled: () => Promise<void>;
  /** Ask the host to end the process. */
  readonly exit: () => void;
  /** Close the sockets. */
  readonly close: () => Promise<void>;
}

/**
 * The kernel as its clients see it. It never waits for user code: what needs the thread that runs cells is
 * posted to it, everything else is answered here at once.
 */
export class KernelServer {
  readonly #options: KernelServerOptions;
  readonly #history = new History();
  readonly #queue: ExecutionQueue;
  /** Requests that the host is at work on, or that wait for it. */
  readonly #requests = new Map<number, Request>();
  /** Headers of all cells, whose output may still come: a timer of the first can print during the hundredth. */
  readonly #parents = new Map<number, Header>();
  /** Target names of the open comms, by comm id. */
  readonly #comms = new Map<string, string>();
  /** What types say of questions that the host is at work on. */
  readonly #typed = new Map<number, Inspection>();
  #inputRequest: number | undefined;
  /** Resolves when the interrupts so far can no longer reach the next cell, and the debugger stops again. */
  #interrupted: Promise<void> = Promise.resolve();
  #debugAdapter: DebugAdapter | undefined;
  /** The debug request that came last. */
  #debugParent: Partial<Header> = NO_PARENT;

  constructor(options: KernelServerOptions) {
    this.#options = options;
    const { iopub, language, post, takeOutput, onRunning } = options;
    this.#queue = new ExecutionQueue({
      iopub,
      language,
      post,
      takeOutput,
      onRunning,
      isFree: async () => {
        await this.#interrupted;
        await options.memorySettled();
      },
      history: this.#history,
    });
  }

  /** Handle a message from the shell or the control socket. */
  receive(message: Message, channel: Channel): void {
    const request = new Request(message, channel, this.#options.iopub);
    switch (request.type) {
      case "execute_request":
        this.#accept(request);
        this.#queue.add(request);
        return;
      case "complete_request":
      case "inspect_request":
      case "is_complete_request":
      case "comm_open":
      case "comm_msg":
      case "comm_close":
        request.status("busy");
        this.#accept(request);
        this.#forward(request);
        return;
      case "interrupt_request":
        request.status("busy");
        void this.interrupt();
        void request.reply({ status: "ok" });
        break;
      case "shutdown_request":
        request.status("busy");
        void this.#shutDown(request);
        return;
      case "debug_request":
        request.status("busy");
        void this.#debug(request);
        return;
      default:
        request.status("busy");
        this.#answer(request);
    }
    this.#idle(request);
  }

  /** Stop what runs: a cell, or what a cell that has ended left behind. */
  async interrupt(): Promise<void> {
    this.#inputRequest = undefined;
    const { interrupter } = this.#options;
    this.#debugAdapter?.release();
    this.#interrupted = interrupter
      .interrupt(this.#queue.running?.id)
      .then(() => interrupter.done)
      .then(() => this.#debugAdapter?.resumeStops());
    await this.#interrupted;
  }

  /** End the debugger; a cell that is stopped in it goes on. */
  endDebugger(): void {
    this.#debugAdapter?.detach();
  }

  /**
   * Show what came past `process.stdout`, in the cell that runs: nothing says which one it is of.
   *
   * @returns what it counts for while it waits to be sent
   */
  streamOfProcess(name: "stdout" | "stderr", text: string): number {
    const request = this.#queue.latest;
    if (request === undefined || request.message.content["silent"] === true) return 0;
    const bytes = streamBytes(text);
    this.#options.iopub.stream(name, text, request.message.header, bytes);
    return bytes;
  }

  /** Stop what runs before it takes the process, and all variables, with it. */
  async stopForMemory(limitBytes: number): Promise<void> {
    const limit = Math.round(limitBytes / 1e6).toLocaleString("en");
    const text =
      `The cell is stopped: it has filled the ${limit} MB of memory that JavaScript objects can have here.\n` +
      "Variables are kept; free what you do not need. Large tables belong in files, which are read piece by piece;\n" +
      "NODE_OPTIONS=--max-old-space-size=MEGABYTES in the server's environment gives a kernel more.\n";
    const parent = (this.#queue.running ?? this.#queue.latest)?.message.header;
    if (parent !== undefined) this.#options.iopub.stream("stderr", text, parent);
    await this.interrupt();
  }

  /** Show a text in the cell that runs, below what it shows itself at once. */
  tell(text: string): void {
    const parent = this.#queue.running?.message.header;
    if (parent !== undefined) setImmediate(() => this.#options.iopub.stream("stderr", text, parent));
  }

  /** Tell the user that only a restart stops the cell; it is the last resort, since it loses the variables. */
  reportStuck(): void {
    const parent = this.#queue.running?.message.header;
    if (parent === undefined) return;
    const text =
      "The interrupt has not stopped this cell: it is inside a native call, and stops when the call returns.\n" +
      "To end it now, restart the kernel; its variables are lost then.\n";
    this.#options.iopub.stream("stderr", text, parent);
  }

  /** Handle a message from the stdin socket. */
  receiveInput(message: Message): void {
    if (message.header.msg_type !== "input_reply" || this.#inputRequest === undefined) return;
    this.#inputRequest = undefined;
    this.#options.answerInput({ value: String(message.content["value"] ?? "") });
  }

  /** Handle a message from the thread that runs cells. */
  receiveFromHost(message: FromHost): void {
    const { iopub } = this.#options;
    switch (message.type) {
      case "stream": {
        const parent = this.#parents.get(message.cell) ?? NO_PARENT;
        iopub.stream(message.name, message.text, parent, outputBytes(message));
        return;
      }
      case "publish": {
        this.#trackComm(message.messageType, message.contentJson);
        const parentHeader = this.#parents.get(message.cell) ?? NO_PARENT;
        const { messageType: type, cell: _cell, ...rest } = message;
        iopub.publish({ ...rest, type, parentHeader }, outputBytes(message));
        return;
      }
      case "reply":
        this.#finish(message);
        return;
      case "input":
        void this.#askInput(message);
        return;
      case "interrupted":
        this.#options.interrupter.hostIsBack();
        return;
      case "child":
        if (message.state === "started") this.#options.children.started(message.pid, message.cell);
        else this.#options.children.ended(message.pid);
        return;
      case "types":
        this.#options.language.types(message.cell, message.types);
        return;
      case "forgotten":
        this.#options.language.forget(message.names);
        return;
      case "close":
        // Node would wait at its end for the debugger to go.
        this.endDebugger();
        this.#options.takeOutput();
        void this.#lastOutput().then(this.#options.close);
    }
  }

  #accept(request: Request): void {
    this.#requests.set(request.id, request);
    this.#parents.set(request.id, request.message.header);
  }

  #answer(request: Request): void {
    const { content } = request.message;
    switch (request.type) {
      case "kernel_info_request":
        void request.reply(KERNEL_INFO);
        return;
      case "history_request":
        void request.reply({ status: "ok", history: this.#history.find(content) });
        return;
      case "comm_info_request": {
        const target = content["target_name"];
        const comms = [...this.#comms].filter(
          ([, name]) => target === undefined || target === "" || name === target,
        );
        void request.reply({
          status: "ok",
          comms: Object.fromEntries(comms.map(([id, name]) => [id, { target_name: name }])),
        });
        return;
      }
      default:
        log(`unknown message type ${JSON.stringify(request.type)}`);
    }
  }

  #forward(request: Request): void {
    const { content, buffers } = request.message;
    const { post } = this.#options;
    const code = String(content["code"] ?? "");
    const cursorPosition = utf16Index(code, Number(content["cursor_pos"] ?? code.length));
    switch (request.type) {
      case "complete_request":
        void this.#complete(request, code, cursorPosition);
        return;
      case "inspect_request": {
        const detailLevel = content["detail_level"] === 1 ? 1 : 0;
        void this.#inspect(request, { code, cursorPosition, detailLevel });
        return;
      }
      case "is_complete_request":
        post({ type: "is_complete", request: request.id, code });
        return;
      default: {
        const type = request.type as "comm_open" | "comm_msg" | "comm_close";
        const id = String(content["comm_id"]);
        const target = String(content["target_name"] ?? "");
        if (type === "comm_open") this.#comms.set(id, target);
        if (type === "comm_close") this.#comms.delete(id);
        const message = { type, id, target, data: content["data"] ?? {} };
        post({ type: "comm", request: request.id, message, buffers: [...buffers] });
      }
    }
  }

  /** Types answer, also while a cell runs; values do where types know nothing. */
  async #complete(request: Request, code: string, cursorPosition: number): Promise<void> {
    const found = this.#usesTypes
      ? await this.#options.language.complete(request.id, code, cursorPosition)
      : undefined;
    if (found !== undefined) {
      const { matches, cursorStart, cursorEnd, metadata } = found;
      this.#finishWith(request, { matches, cursor_start: cursorStart, cursor_end: cursorEnd, metadata });
      return;
    }
    this.#options.post({ type: "complete", request: request.id, code, cursorPosition });
    const nothing = { matches: [], cursor_start: cursorPosition, cursor_end: cursorPosition, metadata: {} };
    this.#finishIfBusy(request, nothing);
  }

  async #inspect(
    request: Request,
    question: { code: string; cursorPosition: number; detailLevel: 0 | 1 },
  ): Promise<void> {
    const { code, cursorPosition } = question;
    const typed = this.#usesTypes
      ? await this.#options.language.inspect(request.id, code, cursorPosition)
      : undefined;
    if (typed !== undefined && this.#queue.running !== undefined) {
      this.#finishWith(request, { found: true, data: typed.data, metadata: {} });
      return;
    }
    if (typed !== undefined) this.#typed.set(request.id, typed);
    this.#options.post({ type: "inspect", request: request.id, ...question });
    this.#finishIfBusy(request, { found: false, data: {}, metadata: {} });
  }

  /** Values answer while types are still loading, unless a cell keeps their thread. */
  get #usesTypes(): boolean {
    const { language } = this.#options;
    language.start();
    return language.isReady || this.#queue.running !== undefined;
  }

  #finishWith(request: Request, content: object): void {
    const contentJson = JSON.stringify({ status: "ok", ...content });
    this.#finish({ type: "reply", request: request.id, contentJson, ok: true });
  }

  #finishIfBusy(request: Request, content: object): void {
    if (this.#queue.running === undefined) return;
    setTimeout(() => this.#finishWith(request, content), BUSY_MILLISECONDS);
  }

  #finish(reply: FromHost & { type: "reply" }): void {
    const request = this.#requests.get(reply.request);
    if (request === undefined) return;
    this.#requests.delete(reply.request);
    if (request.type === "execute_request") {
      this.#options.language.cellEnds(request.id, { ok: reply.ok });
      void this.#queue.finish(reply);
      return;
    }
    if (request.type === "complete_request") {
      void request.reply(withUnicodeCursor(reply.contentJson, String(request.message.content["code"] ?? "")));
    } else if (request.type === "inspect_request") {
      void request.reply(this.#withTypes(request, reply.contentJson));
    } else if (request.type.endsWith("_request")) {
      void request.reply(reply.contentJson);
    }
    this.#idle(request);
    this.#parents.delete(reply.request);
  }

  #withTypes(request: Request, contentJson: string): object {
    const { found, data, description, ...rest } = JSON.parse(contentJson) as Inspection;
    const live: Inspection = { found, data, ...(description && { description }) };
    const merged = mergeInspections(this.#typed.get(request.id), live);
    this.#typed.delete(request.id);
    return { ...rest, found: merged.found, data: merged.data };
  }

  /** Show type errors of a cell as its late output. */
  warn(cell: number, lines: readonly string[]): void {
    const parent = this.#parents.get(cell) ?? NO_PARENT;
    this.#options.iopub.stream("stderr", lines.map((line) => `${line}\n`).join(""), parent);
  }

  /** End a request; a front end that takes any idle for the kernel's own is told that a cell still runs. */
  #idle(request: Request): void {
    request.status("idle");
    this.#queue.running?.status("busy");
  }

  #trackComm(type: string, contentJson: string): void {
    if (type !== "comm_open" && type !== "comm_close") return;
    const content = JSON.parse(contentJson) as { comm_id: string; target_name: string };
    if (type === "comm_open") this.#comms.set(content.comm_id, content.target_name);
    else this.#comms.delete(content.comm_id);
  }

  async #askInput(message: FromHost & { type: "input" }): Promise<void> {
    const request = this.#requests.get(message.cell);
    if (request === undefined) {
      // The cell has ended, and its client no longer listens for questions.
      this.#options.answerInput({ value: null });
      return;
    }
    this.#inputRequest = request.id;
    // What the cell printed stands above its question.
    await this.#options.iopub.drained();
    await this.#options.stdin.send({
      identities: request.message.identities,
      type: "input_request",
      contentJson: JSON.stringify({ prompt: message.prompt, password: message.password }),
      parentHeader: request.message.header,
    });
  }

  /** The debugger is loaded when it is first asked for something. */
  async #debug(request: Request): Promise<void> {
    this.#debugParent = request.message.header;
    const { DebugAdapter: Adapter } = await import("../debugger/adapter.ts");
    this.#debugAdapter ??= this.#createDebugAdapter(Adapter);
    await request.reply(await this.#debugAdapter.handle(request.message.content));
    this.#idle(request);
  }

  #createDebugAdapter(Adapter: typeof DebugAdapter): DebugAdapter {
    const { iopub, isLoaded, forgottenStopMilliseconds: forgottenMilliseconds } = this.#options;
    return new Adapter({
      isLoaded,
      forgottenMilliseconds,
      onEvent: (event) => {
        const contentJson = JSON.stringify(event);
        iopub.publish({ type: "debug_event", contentJson, parentHeader: this.#debugParent });
      },
      onForgotten: () => {
        const parent = this.#queue.running?.message.header ?? NO_PARENT;
        const minutes = Math.round(forgottenMilliseconds / 60_000);
        const text = `The debugger is off and the cell goes on: for ${minutes} min nobody asked the debugger for anything.\n`;
        iopub.stream("stderr", text, parent);
      },
    });
  }

  async #shutDown(request: Request): Promise<void> {
    const restart = request.message.content["restart"] === true;
    await request.reply({ status: "ok", restart });
    request.publish("shutdown_reply", { status: "ok", restart });
    request.status("idle");
    await this.#lastOutput();
    this.#options.exit();
  }

  async #lastOutput(): Promise<void> {
    await Promise.race([this.#options.iopub.drained(), sleep(LAST_OUTPUT_MILLISECONDS)]);
  }
}

function withUnicodeCursor(contentJson: string, code: string): object {
  const content = JSON.parse(contentJson) as { cursor_start?: number; cursor_end?: number };
  if (content.cursor_start === undefined || content.cursor_end === undefined) return content;
  return {
    ...content,
    cursor_start: unicodeIndex(code, content.cursor_start),
    cursor_end: unicodeIndex(code, content.cursor_end),
  };
}
