import type { Debugger, Runtime } from "node:inspector";

import { CatchBlocks } from "./catch-blocks.ts";
import type { MainThread } from "./main-thread.ts";
import type { Scripts } from "./scripts.ts";

/** Which exceptions the program stops at, as front ends show the choice. */
export const EXCEPTION_FILTERS = [
  { filter: "uncaught", label: "Uncaught Exceptions" },
  { filter: "all", label: "All Exceptions" },
] as const;

/**
 * Tells the exceptions that end a cell from those that the user's code catches.
 *
 * The engine cannot: the kernel itself catches whatever a cell throws. A `catch` method of a promise is not seen.
 */
export class Exceptions {
  readonly #main: MainThread;
  readonly #scripts: Scripts;
  readonly #blocks = new Map<string, Promise<CatchBlocks>>();
  #filters: ReadonlySet<string> = new Set();

  constructor(main: MainThread, scripts: Scripts) {
    this.#main = main;
    this.#scripts = scripts;
  }

  async stopAt(filters: readonly string[]): Promise<void> {
    this.#filters = new Set(filters);
    const state = this.#filters.has("all") || this.#filters.has("uncaught") ? "all" : "none";
    await this.#main.post("Debugger.setPauseOnExceptions", { state });
  }

  /** Whether the program stays where an exception was thrown. */
  async isStop({ callFrames, asyncStackTrace }: Debugger.PausedEventDataType): Promise<boolean> {
    let isInside = true;
    for (const { location } of callFrames) {
      const script = this.#scripts.get(location.scriptId);
      if (script === undefined || script.isKernel) continue;
      if (isInside && script.isHidden) {
        // Node throws and catches a lot by itself.
        if (await this.#isCaught(location)) return false;
        continue;
      }
      isInside = false;
      if (this.#filters.has("all")) return true;
      if (!script.isHidden && (await this.#isCaught(location))) return false;
    }
    return !isInside && !(await this.#isCaughtByWaiting(asyncStackTrace));
  }

  async #isCaughtByWaiting(waiting: Runtime.StackTrace | undefined): Promise<boolean> {
    for (let trace = waiting; trace?.description === "await"; trace = trace.parent) {
      const [innermost] = trace.callFrames;
      const script = this.#scripts.get(innermost?.scriptId ?? "");
      if (innermost === undefined || script === undefined || script.isHidden) continue;
      if (await this.#isCaught(innermost)) return true;
    }
    return false;
  }

  async #isCaught(location: Debugger.Location | Runtime.CallFrame): Promise<boolean> {
    const { scriptId } = location;
    let blocks = this.#blocks.get(scriptId);
    if (blocks === undefined) {
      blocks = this.#main
        .post<Debugger.GetScriptSourceReturnType>("Debugger.getScriptSource", { scriptId })
        .then(({ scriptSource }) => new CatchBlocks(scriptSource));
      this.#blocks.set(scriptId, blocks);
    }
    return (await blocks).covers(location);
  }
}
