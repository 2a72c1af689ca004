import type { Session } from "node:inspector";
import { setTimeout as sleep } from "node:timers/promises";
import type { ChildProcesses } from "./child-processes.ts";
import { Signal } from "./thread-messages.ts";

/** How long running code may take to come back to its event loop before it is stopped where it is. */
const GRACE_MILLISECONDS = 30;
const RETRY_MILLISECONDS = 50;
const TAKE_MILLISECONDS = 500;
/** How long a process that the thread waits for may take to end. */
const CHILD_MILLISECONDS = 250;
/** After this time the code is inside a call that nothing can stop. */
const STUCK_MILLISECONDS = 2_000;
const STUCK_RETRY_MILLISECONDS = 500;

export interface InterrupterOptions {
  readonly signals: Int32Array;
  readonly children: ChildProcesses;
  /** Ask the thread that runs cells, which reads the request when it is back at its event loop. */
  readonly askHost: (asked: number) => void;
  /** Told once when the code does not stop. */
  readonly onStuck: () => void;
}

/**
 * Stops what the main thread runs.
 *
 * A pending `await` needs no force: the host ends the cell when it reads the request. Code that keeps the
 * thread busy never reads it, so after a moment its execution is terminated through the inspector, again and
 * again until the host reports that it has the thread back.
 */
export class Interrupter {
  readonly #options: InterrupterOptions;
  #isAtWork = false;
  #isEnded = false;
  #wake: (() => void) | undefined;
  #done: Promise<void> = Promise.resolve();

  constructor(options: InterrupterOptions) {
    this.#options = options;
  }

  /** Resolves when nothing is about to be stopped: only then may the next cell start. */
  get done(): Promise<void> {
    return this.#done;
  }

  /** The host has dealt with an interrupt. */
  hostIsBack(): void {
    this.#wake?.();
  }

  /** The process is about to end: nothing is stopped any more. */
  end(): void {
    this.#isEnded = true;
  }

  /** @param cell the one that runs, if any; its processes are stopped too */
  async interrupt(cell: number | undefined): Promise<void> {
    if (this.#isEnded) return;
    const { signals, children } = this.#options;
    const asked = Atomics.add(signals, Signal.interruptsAsked, 1) + 1;
    Atomics.compareExchange(signals, Signal.input, 0, 2);
    Atomics.notify(signals, Signal.input);
    this.#options.askHost(asked);
    if (cell !== undefined) children.interrupt(cell);
    // One at a time; it goes on until the last request is dealt with.
    if (this.#isAtWork) return;
    this.#isAtWork = true;
    try {
      await (this.#done = this.#stop());
    } finally {
      this.#isAtWork = false;
    }
  }

  async #stop(): Promise<void> {
    const { signals, children } = this.#options;
    const isHandled = (asked: number): boolean => Atomics.load(signals, Signal.interruptsHandled) >= asked;
    const isLoaded = (): boolean => Atomics.load(signals, Signal.loaded) === 1;
    let inspector: Session | undefined;
    try {
      const started = performance.now();
      let hasKilled = false;
      let isStuck = false;
      for (let wait = GRACE_MILLISECONDS; ; wait = isStuck ? STUCK_RETRY_MILLISECONDS : RETRY_MILLISECONDS) {
        await this.#waitForHost(wait);
        const asked = Atomics.load(signals, Signal.interruptsAsked);
        // It takes a moment, after which the host may be back.
        if (!isHandled(asked) && isLoaded()) inspector ??= await connectToMainThread();
        if (isHandled(asked)) {
          if (inspector !== undefined) await takeTermination(inspector);
          // Another one may have come meanwhile.
          if (!isHandled(Atomics.load(signals, Signal.interruptsAsked))) continue;
          return;
        }
        if (inspector === undefined || !isLoaded()) continue;
        inspector.post("Runtime.terminateExecution");
        // What was stopped may have been the host at work on the request.
        this.#options.askHost(asked);
        const elapsed = performance.now() - started;
        if (!hasKilled && elapsed > CHILD_MILLISECONDS) {
          hasKilled = true;
          children.killAwaited();
        }
        if (!isStuck && elapsed > STUCK_MILLISECONDS) {
          isStuck = true;
          this.#options.onStuck();
        }
      }
    } finally {
      // A session that stays open makes the process wait for a debugger at its end.
      inspector?.disconnect();
    }
  }

  async #waitForHost(milliseconds: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = undefined;
  }
}

/** A debugger session on the thread that runs cells; it answers while that thread is busy. */
export async function connectToMainThread(): Promise<Session> {
  const { Session } = await import("node:inspector");
  const session = new Session();
  session.connectToMainThread();
  return session;
}

/** A termination that came too late would stop whatever runs next: let that be nothing. */
async function takeTermination(inspector: Session): Promise<void> {
  const taken = new Promise<void>((resolve) =>
    inspector.post("Runtime.evaluate", { expression: "0" }, () => resolve()),
  );
  await Promise.race([taken, sleep(TAKE_MILLISECONDS)]);
}
