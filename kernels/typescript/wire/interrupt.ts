import type { Session } from "node:inspector";
import { setTimeout as sleep } from "node:timers/promises";
import { Signal } from "./thread-messages.ts";
import { log } from "./log.ts";

/** How long running code may take to come back to its event loop before it is stopped where it is. */
const GRACE_MILLISECONDS = 30;
const RETRY_MILLISECONDS = 50;
const GIVE_UP_MILLISECONDS = 10_000;

/**
 * Stops what the main thread runs.
 *
 * A pending `await` needs no force: the host ends the cell when it reads the request. Code that keeps the
 * thread busy never reads it, so after a moment its execution is terminated through the inspector, again and
 * again until the host reports that it has the thread back.
 */
export class Interrupter {
  readonly #signals: Int32Array;
  readonly #askHost: () => void;

  constructor(signals: Int32Array, askHost: () => void) {
    this.#signals = signals;
    this.#askHost = askHost;
  }

  async interrupt(): Promise<void> {
    const asked = Atomics.add(this.#signals, Signal.interruptsAsked, 1) + 1;
    Atomics.compareExchange(this.#signals, Signal.input, 0, 2);
    Atomics.notify(this.#signals, Signal.input);
    this.#askHost();
    let inspector: Session | undefined;
    try {
      const deadline = performance.now() + GIVE_UP_MILLISECONDS;
      for (let wait = GRACE_MILLISECONDS; performance.now() < deadline; wait = RETRY_MILLISECONDS) {
        await sleep(wait);
        if (Atomics.load(this.#signals, Signal.interruptsHandled) >= asked) return;
        if (Atomics.load(this.#signals, Signal.loaded) !== 1) continue;
        inspector ??= await connectToMainThread();
        inspector.post("Runtime.terminateExecution");
      }
      log("the interrupted code does not stop; it may be inside a native call");
    } finally {
      // A session that stays open makes the process wait for a debugger at its end.
      inspector?.disconnect();
    }
  }
}

async function connectToMainThread(): Promise<Session> {
  const { Session } = await import("node:inspector");
  const session = new Session();
  session.connectToMainThread();
  return session;
}
