import { setTimeout as sleep } from "node:timers/promises";
import type { LanguageClient } from "../language/client.ts";
import type { Channel } from "./channel.ts";
import type { ChildProcesses } from "./child-processes.ts";
import { CodeQuestions } from "./code-questions.ts";
import { DebugRequests } from "./debug-requests.ts";
import { ExecutionQueue } from "./execution-queue.ts";
import { History } from "./history.ts";
import { InputQuestion } from "./input-question.ts";
import type { Interrupter } from "./interrupt.ts";
import type { Iopub } from "./iopub.ts";
import { KERNEL_INFO } from "./kernel-info.ts";
import { log } from "./log.ts";
import type { Header, Message } from "./message.ts";
import { DEBUGGER_OFF, STUCK, stoppedForMemory } from "./notices.ts";
import { OpenComms } from "./open-comms.ts";
import { outputBytes, streamBytes } from "./output-bytes.ts";
import { Request } from "./request.ts";
import type { FromHost, InputAnswer, ToHost } from "./thread-messages.ts";

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
  readonly #comms = new OpenComms();
  readonly #queue: ExecutionQueue;
  readonly #questions: CodeQuestions;
  readonly #input: InputQuestion;
  readonly #debug: DebugRequests;
  /** Requests that the host is at work on, or that wait for it. */
  readonly #requests = new Map<number, Request>();
  /** Headers of all cells, whose output may still come: a timer of the first can print during the hundredth. */
  readonly #parents = new Map<number, Header>();
  /** Resolves when the interrupts so far can no longer reach the next cell, and the debugger stops again. */
  #interrupted: Promise<void> = Promise.resolve();

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
    this.#input = new InputQuestion(options);
    this.#questions = new CodeQuestions({
      language,
      post,
      isBusy: () => this.#queue.running !== undefined,
      finish: (request, content) => {
        const contentJson = JSON.stringify({ status: "ok", ...content });
        this.#finish({ type: "reply", request: request.id, contentJson, ok: true });
      },
    });
    this.#debug = new DebugRequests({
      iopub,
      isLoaded: options.isLoaded,
      forgottenMilliseconds: options.forgottenStopMilliseconds,
      runningCell: () => this.#queue.running?.message.header ?? NO_PARENT,
    });
  }

  /** Handle a message from the shell or the control socket. */
  receive(message: Message, channel: Channel): void {
    const request = new Request(message, channel, this.#options.iopub);
    if (request.type === "execute_request") {
      this.#accept(request);
      this.#queue.add(request);
      return;
    }
    request.status("busy");
    switch (request.type) {
      case "complete_request":
        this.#accept(request);
        void this.#questions.complete(request);
        return;
      case "inspect_request":
        this.#accept(request);
        void this.#questions.inspect(request);
        return;
      case "is_complete_request": {
        this.#accept(request);
        const code = String(message.content["code"] ?? "");
        this.#options.post({ type: "is_complete", request: request.id, code });
        return;
      }
      case "comm_open":
      case "comm_msg":
      case "comm_close": {
        this.#accept(request);
        const comm = this.#comms.receive(message);
        this.#options.post({
          type: "comm",
          request: request.id,
          message: comm,
          buffers: [...message.buffers],
        });
        return;
      }
      case "debug_request":
        void this.#debug.answer(request).then(() => this.#idle(request));
        return;
      case "shutdown_request":
        void this.#shutDown(request);
        return;
      case "interrupt_request":
        void this.interrupt();
        void request.reply({ status: "ok" });
        break;
      case "kernel_info_request":
        void request.reply(KERNEL_INFO);
        break;
      case "history_request":
        void request.reply({ status: "ok", history: this.#history.find(message.content) });
        break;
      case "comm_info_request":
        void request.reply(this.#comms.info(message.content));
        break;
      default:
        log(`unknown message type ${JSON.stringify(request.type)}`);
    }
    this.#idle(request);
  }

  /** Handle a message from the stdin socket. */
  receiveInput(message: Message): void {
    this.#input.receive(message);
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
        this.#comms.sent(message.messageType, message.contentJson);
        const parentHeader = this.#parents.get(message.cell) ?? NO_PARENT;
        const { messageType: type, cell: _cell, ...rest } = message;
        iopub.publish({ ...rest, type, parentHeader }, outputBytes(message));
        return;
      }
      case "reply":
        this.#finish(message);
        return;
      case "input":
        void this.#input.ask(this.#requests.get(message.cell), message);
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

  /** Stop what runs: a cell, or what a cell that has ended left behind. */
  async interrupt(): Promise<void> {
    this.#input.drop();
    const { interrupter } = this.#options;
    this.#debug.release();
    this.#interrupted = interrupter
      .interrupt(this.#queue.running?.id)
      .then(() => interrupter.done)
      .then(() => this.#debug.resumeStops());
    await this.#interrupted;
  }

  /** End the debugger; a cell that is stopped in it goes on. */
  endDebugger(): void {
    this.#debug.end();
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
    const parent = this.#queue.latest?.message.header;
    const text = stoppedForMemory(limitBytes) + (this.#debug.isAttached ? DEBUGGER_OFF : "");
    if (parent !== undefined) this.#options.iopub.stream("stderr", text, parent);
    await this.interrupt();
    // The engine takes its limit back only when nobody debugs.
    this.endDebugger();
  }

  /** Show a text in the cell that runs, below what it shows itself at once. */
  tell(text: string): void {
    const parent = this.#queue.running?.message.header;
    if (parent !== undefined) setImmediate(() => this.#options.iopub.stream("stderr", text, parent));
  }

  /** Say that the interrupt does not stop the cell. */
  reportStuck(): void {
    const parent = this.#queue.running?.message.header;
    if (parent !== undefined) this.#options.iopub.stream("stderr", STUCK, parent);
  }

  /** Show type errors of a cell as its late output. */
  warn(cell: number, lines: readonly string[]): void {
    const parent = this.#parents.get(cell) ?? NO_PARENT;
    this.#options.iopub.stream("stderr", lines.map((line) => `${line}\n`).join(""), parent);
  }

  #accept(request: Request): void {
    this.#requests.set(request.id, request);
    this.#parents.set(request.id, request.message.header);
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
    if (request.type === "complete_request" || request.type === "inspect_request") {
      void request.reply(this.#questions.reply(request, reply.contentJson));
    } else if (request.type.endsWith("_request")) {
      void request.reply(reply.contentJson);
    }
    this.#idle(request);
    this.#parents.delete(reply.request);
  }

  /** End a request; a front end that takes any idle for the kernel's own is told that a cell still runs. */
  #idle(request: Request): void {
    request.status("idle");
    this.#queue.running?.status("busy");
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
