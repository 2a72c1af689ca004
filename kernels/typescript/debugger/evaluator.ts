import type { Debugger, Runtime } from "node:inspector";

import type { Frame } from "./call-stack.ts";
import { type Evaluated, exceptionText, type MainThread } from "./main-thread.ts";
import { PROBE } from "./names.ts";
import { scopesOf } from "./scopes.ts";
import { OBJECTS } from "./variables.ts";

/** Code that never ends would leave the program held. */
const MAXIMUM_MILLISECONDS = 10_000;

/** Evaluates TypeScript where the program stands. */
export class Evaluator {
  readonly #main: MainThread;

  constructor(main: MainThread) {
    this.#main = main;
  }

  /**
   * The value of an expression, or of the last expression of some code.
   *
   * @param frame the call whose variables it may use; without one it sees the notebook's only
   * @throws Error with the text of the exception that the code throws
   */
  async evaluate(source: string, frame: Frame | undefined): Promise<Runtime.RemoteObject> {
    const locals = frame === undefined ? [] : await this.#localsOf(frame);
    const code = await this.#main.ask("evaluation", source, locals);
    const expression = `(${code})(...globalThis[Symbol.for("${PROBE}")].parameters())?.[0]`;
    const { result, exceptionDetails } = await this.#run(expression, frame?.call);
    if (exceptionDetails !== undefined) throw new Error(exceptionText(exceptionDetails));
    return result;
  }

  /** Whether the condition of a breakpoint holds; one that throws does, so that it is seen. */
  async isTrue(condition: string, frame: Frame | undefined): Promise<boolean> {
    try {
      const { value } = await this.evaluate(`Boolean(${condition}\n)`, frame);
      return value === true;
    } catch {
      return true;
    }
  }

  async #run(expression: string, call: Debugger.CallFrame | undefined): Promise<Evaluated> {
    const options = {
      expression,
      objectGroup: OBJECTS,
      generatePreview: true,
      silent: true,
      timeout: MAXIMUM_MILLISECONDS,
    };
    if (call === undefined) return await this.#main.post<Evaluated>("Runtime.evaluate", options);
    const { callFrameId } = call;
    return await this.#main.post<Evaluated>("Debugger.evaluateOnCallFrame", { callFrameId, ...options });
  }

  /** Names that mean something else at the call than in the notebook. */
  async #localsOf(frame: Frame): Promise<string[]> {
    const names = [];
    for (const { objects } of await scopesOf(frame)) {
      for (const { objectId, isHidden } of objects) {
        const { result } = await this.#main.post<Runtime.GetPropertiesReturnType>("Runtime.getProperties", {
          objectId,
          ownProperties: true,
        });
        names.push(...result.map(({ name }) => name).filter((name) => !isHidden(name)));
      }
    }
    return names;
  }
}
