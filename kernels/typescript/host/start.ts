import { fileURLToPath } from "node:url";
import type { MessagePort, Worker } from "node:worker_threads";
import type { Kernel } from "../kernel-object.ts";
import type { Session } from "../session/session.ts";
import { log } from "../wire/log.ts";
import { Signal, type ToHost } from "../wire/thread-messages.ts";
import { captureOutput } from "./capture.ts";
import { type Cell, currentCell, runInCell } from "./cell.ts";
import { captureChildOutput } from "./child-output.ts";
import { CellRunner } from "./cell-runner.ts";
import { parseHelpQuery } from "./help-query.ts";
import { DISPLAY, JupyterHost } from "./host.ts";
import { bindListeners } from "./listeners.ts";
import { Interruption } from "./interruption.ts";
import { KeyboardInterrupt } from "./keyboard-interrupt.ts";
import { createInput } from "./input.ts";
import { createKernel } from "./kernel-object/kernel.ts";
import { answerIpywidgets } from "./ipywidgets.ts";
import { Outbox, toJson } from "./outbox.ts";
import { listenForGood } from "./own-listeners.ts";

/** As it was before any cell could replace it; an import of "node:process" would make descriptors 1 and 2 non-blocking. */
const { exit } = process;

export interface HostOptions {
  /** The thread that owns the sockets. */
  readonly wire: Worker;
  readonly port: MessagePort;
  readonly inputPort: MessagePort;
  readonly signals: SharedArrayBuffer;
}

/** Serve the requests that need user code, on the main thread, until the process ends. */
export function startHost(options: HostOptions): void {
  const { wire, port, inputPort } = options;
  const signals = new Int32Array(options.signals);
  wire.on("error", (error) => {
    log(`the sockets' thread failed: ${error instanceof Error ? error.stack : String(error)}`);
  });
  wire.on("exit", () => {
    // Nobody is there to close the sockets.
    Atomics.store(signals, Signal.closed, 1);
    process.exit(1);
  });

  const outbox = new Outbox(port, signals);
  let describeError = (error: unknown): string => String(error instanceof Error ? error.stack : error);
  const host = new JupyterHost({ outbox, describeError: (error) => describeError(error) });
  Object.defineProperty(globalThis, DISPLAY, { value: host, configurable: true });
  answerIpywidgets(host.comms);
  const write = (name: "stdout" | "stderr", text: string): void => outbox.stream(currentCell(), name, text);
  captureOutput(write);
  captureChildOutput({
    emit: write,
    onChild: (cell, pid, state) => outbox.post({ type: "child", cell, pid, state }),
    throwIfInterrupted() {
      const asked = Atomics.load(signals, Signal.interruptsAsked);
      if (Atomics.load(signals, Signal.interruptsHandled) < asked) throw new KeyboardInterrupt();
    },
  });
  bindListeners();
  listenForGood({
    // An error that nothing awaits is shown in its cell, and the kernel lives.
    uncaughtException: (error: unknown) => host.showError(error),
    unhandledRejection: (error: unknown) => host.showError(error),
    // The sockets' thread hears of it even while a cell runs; here it only must not end the process.
    SIGINT: () => {},
    exit: () => outbox.close(),
  });

  const interruption = new Interruption();
  process.on("worker", (worker) => interruption.watchWorker(worker));
  let loadedSession: Session | undefined;
  const kernel = createKernel({
    session: () => loadedSession!,
    directory: process.cwd(),
    signals,
    onForgotten: (names) => outbox.post({ type: "forgotten", names }),
  });
  // What is stopped while it loads modules would find them half loaded for ever.
  const whileLoading = <Result>(load: () => Result): Result => {
    Atomics.store(signals, Signal.loaded, 0);
    try {
      return load();
    } finally {
      Atomics.store(signals, Signal.loaded, 1);
    }
  };
  const session = loadSession({ interruption, kernel, whileLoading }).then((loaded) => {
    loadedSession = loaded;
    loaded.defineGlobals({ input: createInput({ outbox, inputPort, signals }) });
    Atomics.store(signals, Signal.loaded, 1);
    describeError = (error) => loaded.formatError(error).traceback.join("\n");
    return loaded;
  });
  const runner = new CellRunner({ session, outbox, host, interruption });

  const answer = (request: number, content: () => object | Promise<object>): void => {
    const cell: Cell = { id: request, silent: false, allowStdin: false, interrupt: new AbortController() };
    void runInCell(cell, async () => {
      let reply: object;
      try {
        reply = await content();
      } catch (error) {
        const { ename, evalue, traceback } = (await session).formatError(error);
        reply = { status: "error", ename, evalue, traceback };
      }
      outbox.post({ type: "reply", request, contentJson: toJson(reply), ok: !("ename" in reply) });
    });
  };

  port.on("message", (message: ToHost) => {
    switch (message.type) {
      case "execute":
        runner.start(message.request, message);
        return;
      case "complete":
        answer(message.request, async () => {
          const found = (await session).complete(message.code, message.cursorPosition);
          const { matches, cursorStart, cursorEnd, metadata } = found;
          return { status: "ok", matches, cursor_start: cursorStart, cursor_end: cursorEnd, metadata };
        });
        return;
      case "inspect":
        answer(message.request, async () => {
          const { code, cursorPosition, detailLevel } = message;
          return {
            status: "ok",
            metadata: {},
            ...(await session).inspect(code, cursorPosition, detailLevel),
          };
        });
        return;
      case "is_complete":
        answer(message.request, async () =>
          parseHelpQuery(message.code) === undefined
            ? (await session).isComplete(message.code)
            : { status: "complete" },
        );
        return;
      case "comm":
        answer(message.request, async () => {
          await host.comms.receive(message.message, message.buffers);
          return {};
        });
        return;
      case "interrupt":
        if (message.asked <= Atomics.load(signals, Signal.interruptsHandled)) return;
        runner.interrupt();
        // Last: what is stopped before is asked for again.
        Atomics.store(signals, Signal.interruptsHandled, message.asked);
        outbox.post({ type: "interrupted" });
        return;
      case "shutdown":
        exit(message.exitCode);
    }
  });
}

async function loadSession(options: {
  interruption: Interruption;
  kernel: Kernel;
  whileLoading: <Result>(load: () => Result) => Result;
}): Promise<Session> {
  const { interruption, kernel, whileLoading } = options;
  const { Session } = await import("../session/session.ts");
  const projectRoot = fileURLToPath(new URL("../../..", import.meta.url));
  const session = new Session({
    directory: process.cwd(),
    projectRoot,
    awaits: interruption,
    whileLoading,
    names: { ...interruption.timers(), kernel },
  });
  const { openToDebugger } = await import("../debugger/probe.ts");
  await openToDebugger(session);
  return session;
}
