import { Worker } from "node:worker_threads";

/**
 * Hear of SIGINT in this thread, whatever the main thread does.
 *
 * Node delivers signals to the main thread's event loop, which busy code never lets run. But it stops a
 * script that runs with `breakOnSigint` from a native thread, in a worker too: so a worker waits in one.
 */
export function watchSigint(onSigint: () => void): void {
  const watcher = new Worker(WAIT_FOR_SIGINT, {
    eval: true,
    resourceLimits: { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 1, stackSizeMb: 1 },
  });
  watcher.on("message", onSigint);
  watcher.unref();
}

// Each script keeps the handler installed while the one inside it, which a signal has ended, starts anew: without a
// handler a signal would end the process.
const WAIT_FOR_SIGINT = `
  const { parentPort } = require("node:worker_threads");
  const { Script } = require("node:vm");
  const nothing = new Int32Array(new SharedArrayBuffer(4));
  globalThis.sleep = () => Atomics.wait(nothing, 0, 0);
  globalThis.repeat = (script) => {
    for (;;) {
      try {
        script.runInThisContext({ breakOnSigint: true });
      } catch {
        parentPort.postMessage("SIGINT");
      }
    }
  };
  globalThis.inner = new Script("sleep()");
  globalThis.middle = new Script("repeat(inner)");
  // A signal that comes before the others are entered ends this one.
  repeat(new Script("repeat(middle)"));
`;
