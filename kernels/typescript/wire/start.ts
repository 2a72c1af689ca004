/* oxlint-disable unicorn/require-post-message-target-origin -- a MessagePort has no origin */
import { fileURLToPath } from "node:url";
import { workerData } from "node:worker_threads";
import { LanguageClient, type TypesMode, typesModes } from "../language/client.ts";
import { Channel } from "./channel.ts";
import { MAXIMUM_PENDING_BYTES } from "./output-bytes.ts";
import { ChildProcesses } from "./child-processes.ts";
import { readConnectionFile } from "./connection.ts";
import { Descriptors } from "./descriptors.ts";
import { Heartbeat } from "./heartbeat.ts";
import { Interrupter } from "./interrupt.ts";
import { Iopub } from "./iopub.ts";
import { isCaptured, log } from "./log.ts";
import { MemoryNote } from "./memory-note.ts";
import { MemoryWatch } from "./memory-watch.ts";
import { MessageCodec, type Refusal } from "./message.ts";
import { KernelServer } from "./server.ts";
import { watchSigint } from "./sigint.ts";
import { bindSockets } from "./sockets.ts";
import type { FromHost, InputAnswer, ToHost, WireData } from "./thread-messages.ts";
import { Signal } from "./thread-messages.ts";

/** How long the host may take to end the process before it is killed. */
const EXIT_MILLISECONDS = 4_000;
/** How long a client that has stopped reading can hold up the kernel. */
const STALLED_MILLISECONDS = 10_000;
/** How often it is looked whether the server still lives. */
const PARENT_MILLISECONDS = 1_000;
/** The watcher of SIGINT starts after the kernel has answered its first requests. */
const WATCH_MILLISECONDS = 250;

/** Bind the five sockets and serve them from now on. Runs in a worker thread. */
export async function startWire(): Promise<void> {
  // By default warnings of this thread would show in the cell that runs.
  process.removeAllListeners("warning").on("warning", (warning) => log(String(warning)));
  const { port, inputPort, signals: shared, heapLimitBytes } = workerData as WireData;
  const signals = new Int32Array(shared);
  const path = process.argv[2];
  if (path === undefined) throw new Error("usage: main.mjs CONNECTION_FILE");
  const connection = readConnectionFile(path);
  const codec = new MessageCodec(connection);

  const sockets = await bindSockets(connection);

  const iopub = new Iopub(sockets.iopub, codec, {
    stalledMilliseconds: STALLED_MILLISECONDS,
    onSent(bytes) {
      Atomics.sub(signals, Signal.pendingBytes, bytes);
      Atomics.notify(signals, Signal.pendingBytes);
      if (Atomics.load(signals, Signal.pendingBytes) < MAXIMUM_PENDING_BYTES) descriptors?.resume();
    },
  });
  const descriptors = isCaptured
    ? new Descriptors({
        onText(name, text) {
          const bytes = server.streamOfProcess(name, text);
          if (Atomics.add(signals, Signal.pendingBytes, bytes) > MAXIMUM_PENDING_BYTES) descriptors?.pause();
        },
      })
    : undefined;
  const countRefused = (why: Refusal): void => {
    Atomics.add(signals, why === "bad signature" ? Signal.badSignatures : Signal.malformedMessages, 1);
  };
  const shell = new Channel(sockets.shell, codec, countRefused);
  const control = new Channel(sockets.control, codec, countRefused);
  const stdin = new Channel(sockets.stdin, codec, countRefused);
  const heartbeat = new Heartbeat(sockets.hb);
  const post = (message: ToHost): void => port.postMessage(message);
  const children = new ChildProcesses();
  const interrupter = new Interrupter({
    signals,
    children,
    askHost: (asked) => post({ type: "interrupt", asked }),
    onStuck: () => server.reportStuck(),
  });
  const note = new MemoryNote(path);
  let news = note.take();
  const memory = new MemoryWatch({
    heapLimitBytes,
    onMuch: (residentBytes) => note.write(residentBytes),
    onFull: () => server.stopForMemory(heapLimitBytes),
  });
  const language = new LanguageClient({
    directory: process.cwd(),
    projectRoot: fileURLToPath(new URL("../../..", import.meta.url)),
    mode: typesMode(),
    onWarnings: (cell, lines) => server.warn(cell, lines),
  });
  const server: KernelServer = new KernelServer({
    iopub,
    stdin,
    interrupter,
    children,
    language,
    forgottenStopMilliseconds: forgottenStopMilliseconds(),
    isLoaded: () => Atomics.load(signals, Signal.loaded) === 1,
    takeOutput: () => descriptors?.drain(),
    onRunning(isRunning) {
      if (isRunning) {
        memory.start();
        if (news !== undefined) server.tell(news);
        news = undefined;
      } else {
        memory.stop();
        note.remove();
      }
    },
    post,
    answerInput(answer: InputAnswer) {
      inputPort.postMessage(answer);
      Atomics.store(signals, Signal.input, 1);
      Atomics.notify(signals, Signal.input);
    },
    memorySettled: () => memory.settled,
    exit: () => exit(0),
    async close() {
      memory.close();
      // Closed sockets still deliver what was sent last; open ones make the process abort at its end, and so does
      // any call of a socket, open or closed, that is under way then.
      for (const socket of [shell, control, stdin, iopub, heartbeat]) socket.close();
      await Promise.allSettled(served);
      Atomics.store(signals, Signal.closed, 1);
      Atomics.notify(signals, Signal.closed);
    },
  });

  let isExiting = false;
  const exit = (exitCode: number): void => {
    if (isExiting) return;
    isExiting = true;
    note.remove();
    // A stopped or busy cell must not keep the host from reading the request.
    server.endDebugger();
    setTimeout(() => process.kill(process.pid, "SIGKILL"), EXIT_MILLISECONDS);
    // What stops the cell must not stop exit handlers too.
    void server.interrupt().finally(() => {
      interrupter.end();
      post({ type: "shutdown", exitCode });
    });
  };
  process.on("uncaughtException", (error) => {
    // Nobody could rely on this kernel any more; its server starts another one.
    log(`the kernel ends: the thread with its sockets failed: ${error.stack ?? String(error)}`);
    exit(1);
  });

  port.on("message", (message: FromHost) => server.receiveFromHost(message));
  const served = [
    shell.receive((message, channel) => server.receive(message, channel)),
    control.receive((message, channel) => server.receive(message, channel)),
    stdin.receive((message) => server.receiveInput(message)),
    heartbeat.serve(),
    iopub.subscribed,
  ];
  // A socket that fails is an uncaught exception.
  void Promise.all(served);
  iopub.publish({ type: "status", contentJson: '{"execution_state":"starting"}' });
  exitWithParent();
  setTimeout(() => {
    watchSigint(() => void server.interrupt());
    // What the first interrupt needs must not be loaded while it waits.
    void import("node:inspector");
  }, WATCH_MILLISECONDS);
}

/**
 * End with the server that started this kernel, which would otherwise stay for ever when the server is killed.
 *
 * Servers name themselves in `JPY_PARENT_PID`; a kernel that is to outlive its starter has no such variable.
 */
function exitWithParent(): void {
  const server = Number(process.env["JPY_PARENT_PID"]);
  if (!(server > 0)) return;
  const parent = process.ppid;
  setInterval(() => {
    // The first process takes over a child whose parent was gone before we looked.
    const isOrphan = process.ppid !== parent || (parent === 1 && server !== 1);
    if (isOrphan) process.kill(process.pid, "SIGKILL");
  }, PARENT_MILLISECONDS);
}

/** What type errors do: warn after a cell, keep it from running, or nothing, without a language service at all. */
function typesMode(): TypesMode {
  const wanted = process.env["ROUNDS_TYPES"] || "warn";
  const mode = typesModes.find((candidate) => candidate === wanted);
  if (mode === undefined)
    log(`ROUNDS_TYPES must be one of ${typesModes.join(", ")}, got ${wanted}; it is "warn" now`);
  return mode ?? "warn";
}

/** How long a cell may stay stopped in the debugger while nobody asks the debugger for anything: an hour. */
function forgottenStopMilliseconds(): number {
  const minutes = Number(process.env["ROUNDS_DEBUGGER_MINUTES"] || 60);
  return minutes > 0 ? Math.min(minutes * 60_000, 2 ** 31 - 1) : 60 * 60_000;
}
