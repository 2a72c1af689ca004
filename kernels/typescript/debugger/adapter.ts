import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import type { WantedBreakpoint } from "./breakpoints.ts";
import { describeFrame, type Frame } from "./call-stack.ts";
import { Debugger, type Step, type Stop } from "./debugger.ts";
import { EXCEPTION_FILTERS } from "./exceptions.ts";
import { argumentOf } from "./main-thread.ts";
import {
  type DebugEvent,
  type DebugRequest,
  type DebugResponse,
  isRecord,
  numberOf,
  readRequest,
  textOf,
} from "./protocol.ts";
import { scopesOf } from "./scopes.ts";
import { CELL_PATHS, cellPath } from "./source-paths.ts";
import { valueText } from "./value-text.ts";
import { OBJECTS } from "./variables.ts";

/** The only thread that can be debugged. */
const THREAD = 1;

/** How often it is looked whether a kernel that has just started can be debugged. */
const LOAD_MILLISECONDS = 20;

const CAPABILITIES = {
  supportsConfigurationDoneRequest: true,
  supportsConditionalBreakpoints: true,
  supportsEvaluateForHovers: true,
  supportsSetVariable: true,
  supportsExceptionInfoRequest: true,
  supportsModulesRequest: true,
  supportsTerminateRequest: true,
  exceptionBreakpointFilters: EXCEPTION_FILTERS,
} as const;

export interface DebugAdapterOptions {
  /** Whether the kernel has loaded what runs cells. */
  readonly isLoaded: () => boolean;
  readonly onEvent: (event: DebugEvent) => void;
  /** How long the program may stand still with nobody asking; then it goes on without the debugger. */
  readonly forgottenMilliseconds: number;
  readonly onForgotten: () => void;
}

type Parameters = DebugRequest["arguments"];
type Handler = (parameters: Parameters) => object | void | Promise<object | void>;

/** Answers Jupyter's debug messages: the Debug Adapter Protocol with what JupyterLab adds. */
export class DebugAdapter {
  readonly #options: DebugAdapterOptions;
  /** Sources of cells that front ends have told of, by path. */
  readonly #cells = new Map<string, string>();
  #debugger: Debugger | undefined;
  #seq = 0;
  #last: Promise<unknown> = Promise.resolve();
  #forgotten: NodeJS.Timeout | undefined;

  constructor(options: DebugAdapterOptions) {
    this.#options = options;
  }

  /** Answer a request, after those before it; never rejects. */
  handle(content: Readonly<Record<string, unknown>>): Promise<DebugResponse> {
    const answer = this.#last.then(() => this.#answer(readRequest(content)));
    this.#last = answer;
    return answer;
  }

  /** Let go of the program, which is about to be interrupted. */
  release(): void {
    this.#debugger?.release();
  }

  /** The interrupt is over. */
  async resumeStops(): Promise<void> {
    await this.#debugger?.resumeStops();
  }

  get isAttached(): boolean {
    return this.#debugger !== undefined;
  }

  /** End the debugger, whoever uses it; the program goes on. */
  detach(): void {
    const wasStopped = this.#debugger?.stop !== undefined;
    this.#debugger?.detach();
    this.#debugger = undefined;
    this.#watchStop();
    if (wasStopped) this.#tellContinued();
  }

  async #answer(request: DebugRequest): Promise<DebugResponse> {
    const { seq, command } = request;
    const head = { type: "response", seq: ++this.#seq, request_seq: seq, command } as const;
    this.#watchStop();
    try {
      const handler = Object.hasOwn(this.#handlers, command) ? this.#handlers[command] : undefined;
      if (handler === undefined) throw new Error(`there is no debug command ${JSON.stringify(command)}`);
      const body = await handler(request.arguments);
      return { ...head, success: true, body: body ?? {} };
    } catch (error) {
      return {
        ...head,
        success: false,
        message: error instanceof Error ? error.message : String(error),
        body: {},
      };
    }
  }

  readonly #handlers: Readonly<Record<string, Handler>> = {
    debugInfo: () => this.#info(),
    initialize: () => CAPABILITIES,
    attach: () => this.#attach(),
    configurationDone: () => {},
    disconnect: () => this.detach(),
    terminate: () => this.detach(),
    dumpCell: (parameters) => {
      const code = textOf(parameters, "code");
      const sourcePath = cellPath(code);
      this.#cells.set(sourcePath, code);
      return { sourcePath };
    },
    source: (parameters) => this.#source(parameters),
    modules: () => this.#modules(),
    threads: () => ({ threads: [{ id: THREAD, name: "cells" }] }),
    setBreakpoints: (parameters) => this.#setBreakpoints(parameters),
    setExceptionBreakpoints: async ({ filters }) => {
      const names = Array.isArray(filters) ? filters.map(String) : [];
      await this.#started.exceptions.stopAt(names);
      return { breakpoints: names.map(() => ({ verified: true })) };
    },
    exceptionInfo: () => {
      const { reason, text = "" } = this.#stopped;
      if (reason !== "exception") throw new Error("the program is not stopped at an exception");
      return { exceptionId: text.split(":", 1)[0], description: text, breakMode: "always" };
    },
    stackTrace: async () => {
      const frames = await Promise.all((this.#debugger?.stop?.frames ?? []).map(describeFrame));
      return { stackFrames: frames, totalFrames: frames.length };
    },
    scopes: (parameters) => this.#scopes(this.#frame(numberOf(parameters, "frameId"))),
    variables: async (parameters) => {
      const reference = numberOf(parameters, "variablesReference");
      return { variables: await this.#started.variables.partsOf(reference) };
    },
    inspectVariables: async () => {
      const { variables } = this.#started;
      return { variables: await variables.partsOf(await this.#notebookVariables()) };
    },
    richInspectVariables: (parameters) => this.#richVariable(parameters),
    copyToGlobals: async (parameters) => {
      const frame = this.#frame(numberOf(parameters, "srcFrameId"));
      const { main, evaluator } = this.#started;
      const value = await evaluator.evaluate(textOf(parameters, "srcVariableName"), frame);
      await main.setVariable(textOf(parameters, "dstVariableName"), value);
    },
    evaluate: (parameters) => this.#evaluate(parameters),
    setVariable: (parameters) => this.#setVariable(parameters),
    continue: async () => {
      await this.#started.continue();
      return { allThreadsContinued: true };
    },
    next: () => this.#step("next"),
    stepIn: () => this.#step("stepIn"),
    stepOut: () => this.#step("stepOut"),
    pause: () => this.#started.pause(),
  };

  get #started(): Debugger {
    if (this.#debugger === undefined) throw new Error("the debugger is not attached");
    return this.#debugger;
  }

  get #stopped(): Stop {
    const { stop } = this.#started;
    if (stop === undefined) throw new Error("the program is not stopped");
    return stop;
  }

  #info(): object {
    const breakpoints = [...(this.#debugger?.breakpoints.bySource ?? [])];
    return {
      ...CELL_PATHS,
      isStarted: this.isAttached,
      breakpoints: breakpoints.map(([source, found]) => ({ source, breakpoints: found })),
      stoppedThreads: this.#debugger?.stop === undefined ? [] : [THREAD],
      richRendering: true,
      copyToGlobals: true,
      exceptionPaths: [],
    };
  }

  async #attach(): Promise<void> {
    if (this.#debugger === undefined) {
      while (!this.#options.isLoaded()) await sleep(LOAD_MILLISECONDS);
      this.#debugger = await Debugger.attach({
        onStopped: (stop) => this.#tellStopped(stop),
        onContinued: () => this.#tellContinued(),
      });
    }
    this.#tell("initialized", {});
  }

  async #setBreakpoints(parameters: Parameters): Promise<object> {
    const { source, breakpoints } = parameters;
    const path = textOf(isRecord(source) ? source : {}, "path");
    const wanted = (Array.isArray(breakpoints) ? breakpoints : [])
      .filter(isRecord)
      .map((breakpoint): WantedBreakpoint => ({
        line: numberOf(breakpoint, "line"),
        ...(typeof breakpoint["condition"] === "string" && { condition: breakpoint["condition"] }),
      }));
    const set = await this.#started.breakpoints.set(path, wanted, this.#cells.get(path));
    return { breakpoints: set.map((breakpoint) => ({ ...breakpoint, source: { path } })) };
  }

  async #source(parameters: Parameters): Promise<object> {
    const { source } = parameters;
    const path = textOf(isRecord(source) ? source : {}, "path");
    const script = this.#debugger?.scripts.ofSource(path).at(-1);
    const content = this.#cells.get(path) ?? (await script?.source()) ?? (await readFile(path, "utf8"));
    return { content, mimeType: /\.[mc]?ts$/.test(path) ? "text/typescript" : "text/javascript" };
  }

  async #modules(): Promise<object> {
    const modules = [];
    for (const { id, file } of this.#debugger?.scripts.files() ?? []) {
      modules.push({ id, name: basename(file), path: file });
    }
    return { modules, totalModules: modules.length };
  }

  async #scopes(frame: Frame): Promise<object> {
    const { variables } = this.#started;
    const scopes = [];
    for (const { name, objects } of await scopesOf(frame)) {
      const variablesReference = variables.addScope(objects);
      // At the top of a cell all variables are the notebook's.
      const isEmpty = name === "Locals" && (await variables.partsOf(variablesReference)).length === 0;
      if (!isEmpty) scopes.push({ name, variablesReference, expensive: false });
    }
    scopes.push({ name: "Globals", variablesReference: await this.#notebookVariables(), expensive: false });
    return { scopes };
  }

  async #notebookVariables(): Promise<number> {
    const { main, variables } = this.#started;
    const { objectId } = await main.askForObject("variables", [], { objectGroup: OBJECTS });
    return variables.addObject(objectId!);
  }

  async #evaluate(parameters: Parameters): Promise<object> {
    const { evaluator, variables } = this.#started;
    const expression = textOf(parameters, "expression");
    const { frameId, context } = parameters;
    const frame = typeof frameId === "number" ? this.#frame(frameId) : this.#debugger?.stop?.frames[0];
    try {
      const value = await evaluator.evaluate(expression, frame);
      const { value: result, variablesReference } = variables.describe("", expression, value);
      return { result, variablesReference };
    } catch (error) {
      // JupyterLab's console shows results only, and of a failure just that there was one.
      if (context !== "repl") throw error;
      return { result: error instanceof Error ? error.message : String(error), variablesReference: 0 };
    }
  }

  async #setVariable(parameters: Parameters): Promise<object> {
    const { main, evaluator, variables } = this.#started;
    const [name, expression] = [textOf(parameters, "name"), textOf(parameters, "value")];
    const frame = this.#debugger?.stop?.frames[0];
    const object = variables.objectOf(numberOf(parameters, "variablesReference"));
    if (object === undefined) {
      return { value: valueText(await evaluator.evaluate(`${name} = (${expression}\n)`, frame)) };
    }
    const value = await evaluator.evaluate(`(${expression}\n)`, frame);
    await main.call(object, "function (name, value) { this[name] = value }", {
      parameters: [{ value: name }, argumentOf(value)],
    });
    return { value: valueText(value) };
  }

  async #richVariable(parameters: Parameters): Promise<object> {
    const { main, evaluator } = this.#started;
    const { frameId } = parameters;
    const frame = typeof frameId === "number" ? this.#frame(frameId) : this.#debugger?.stop?.frames[0];
    const value = await evaluator.evaluate(textOf(parameters, "variableName"), frame);
    return { data: await main.display(value), metadata: {} };
  }

  #frame(id: number): Frame {
    const frame = this.#stopped.frames.find((candidate) => candidate.id === id);
    if (frame === undefined)
      throw new RangeError(`frameId ${id} is not known; the program has gone on since`);
    return frame;
  }

  async #step(step: Step): Promise<void> {
    await this.#started.step(step);
  }

  #tellStopped({ reason, text, breakpointIds }: Stop): void {
    this.#watchStop();
    this.#tell("stopped", {
      reason,
      threadId: THREAD,
      allThreadsStopped: true,
      hitBreakpointIds: breakpointIds,
      ...(text !== undefined && { description: "Paused on an exception", text }),
    });
  }

  #tellContinued(): void {
    this.#watchStop();
    this.#tell("continued", { threadId: THREAD, allThreadsContinued: true });
  }

  #tell(event: string, body: object): void {
    this.#options.onEvent({ type: "event", seq: ++this.#seq, event, body });
  }

  /** While the program stands still, give it up when nobody asks for long: its front end may be gone for good. */
  #watchStop(): void {
    clearTimeout(this.#forgotten);
    if (this.#debugger?.stop === undefined) return;
    this.#forgotten = setTimeout(() => {
      this.detach();
      this.#options.onForgotten();
    }, this.#options.forgottenMilliseconds);
  }
}
