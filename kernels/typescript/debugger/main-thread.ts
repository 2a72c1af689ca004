import type { Runtime, Session } from "node:inspector";

import { connectToMainThread } from "../wire/interrupt.ts";
import { PROBE } from "./names.ts";

type Probe = typeof import("./probe.ts");

/** What a call of the inspector answers with where the call itself can fail. */
export interface Evaluated {
  readonly result: Runtime.RemoteObject;
  readonly exceptionDetails?: Runtime.ExceptionDetails;
}

/** A value that the inspector has told of, to be handed back. */
export function argumentOf(value: Runtime.RemoteObject): Runtime.CallArgument {
  const { objectId, unserializableValue } = value;
  if (objectId !== undefined) return { objectId };
  return unserializableValue === undefined ? { value: value.value as unknown } : { unserializableValue };
}

/** The text of an exception, without its stack. */
export function exceptionText({ exception, text }: Runtime.ExceptionDetails): string {
  const description = exception?.description ?? String(exception?.value ?? text);
  const stack = description.search(/\n +at /);
  return stack < 0 ? description : description.slice(0, stack);
}

/** The inspector of the thread that runs cells, which answers also while that thread is busy or paused. */
export class MainThread {
  readonly #inspector: Session;
  /** The module `probe.ts` over there. */
  #probe: Promise<string> | undefined;

  private constructor(inspector: Session) {
    this.#inspector = inspector;
  }

  static async connect(): Promise<MainThread> {
    return new MainThread(await connectToMainThread());
  }

  on<Parameters>(event: string, listener: (parameters: Parameters) => void): void {
    this.#inspector.on(event, ({ params }: { params: Parameters }) => listener(params));
  }

  /** @throws Error what the inspector says against the call */
  post<Result>(method: string, parameters: object = {}): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#inspector.post(method, parameters, (error: Error | null, result?: unknown) => {
        if (error === null) resolve(result as Result);
        else reject(new Error(`${method}: ${error.message}`));
      });
    });
  }

  /** Call a function of `probe.ts`; gives what it returns, by value. */
  async ask<Name extends keyof Probe & string>(
    name: Name,
    ...parameters: Probe[Name] extends (...values: infer Values) => unknown ? Values : never
  ): Promise<Probe[Name] extends (...values: never[]) => infer Result ? Result : never> {
    const { value } = await this.askForObject(name, parameters, { returnByValue: true });
    return value as never;
  }

  /** Call a function of `probe.ts`; gives a reference to what it returns. */
  async askForObject(
    name: keyof Probe,
    parameters: readonly unknown[] = [],
    options: { readonly returnByValue?: boolean; readonly objectGroup?: string } = {},
  ): Promise<Runtime.RemoteObject> {
    return await this.#callProbe(
      name,
      parameters.map((value) => ({ value })),
      options,
    );
  }

  /** Make a value a variable of the notebook. */
  async setVariable(name: string, value: Runtime.RemoteObject): Promise<void> {
    await this.#callProbe("setVariable", [{ value: name }, argumentOf(value)], {});
  }

  /** The forms of a value that can be shown without waiting. */
  async display(value: Runtime.RemoteObject): Promise<object> {
    const bundle = await this.#callProbe("display", [argumentOf(value)], { returnByValue: true });
    return bundle.value as object;
  }

  /** Call a function with an object of that thread as its `this`. */
  async call(
    objectId: string,
    functionDeclaration: string,
    options: {
      readonly parameters?: readonly Runtime.CallArgument[];
      readonly returnByValue?: boolean;
      readonly objectGroup?: string;
    } = {},
  ): Promise<Runtime.RemoteObject> {
    const { parameters = [], ...rest } = options;
    const { result, exceptionDetails } = await this.post<Evaluated>("Runtime.callFunctionOn", {
      objectId,
      functionDeclaration,
      arguments: parameters,
      silent: true,
      ...rest,
    });
    if (exceptionDetails !== undefined) throw new Error(exceptionText(exceptionDetails));
    return result;
  }

  /** Let that thread go on as if there had never been a debugger. */
  disconnect(): void {
    this.#inspector.disconnect();
  }

  async #callProbe(
    name: keyof Probe,
    parameters: readonly Runtime.CallArgument[],
    options: { readonly returnByValue?: boolean; readonly objectGroup?: string },
  ): Promise<Runtime.RemoteObject> {
    this.#probe ??= this.#findProbe();
    return await this.call(await this.#probe, "function (name, ...values) { return this[name](...values) }", {
      parameters: [{ value: name }, ...parameters],
      ...options,
    });
  }

  async #findProbe(): Promise<string> {
    const expression = `globalThis[Symbol.for("${PROBE}")]`;
    const { result } = await this.post<Evaluated>("Runtime.evaluate", { expression });
    return result.objectId!;
  }
}
