import type { Debugger as Inspector } from "node:inspector";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";

import type { SourcePosition } from "../session/source-position.ts";
import { Breakpoints } from "./breakpoints.ts";
import { callStack, type Frame } from "./call-stack.ts";
import { Evaluator } from "./evaluator.ts";
import { Exceptions } from "./exceptions.ts";
import { MainThread } from "./main-thread.ts";
import { kernelDirectory } from "./script.ts";
import { Scripts } from "./scripts.ts";
import { Variables } from "./variables.ts";

/** Why the program stands still, in the protocol's words. */
export type StopReason = "breakpoint" | "step" | "exception" | "pause";

/** The program stands still. */
export interface Stop {
  readonly reason: StopReason;
  /** The exception, in one line. */
  readonly text: string | undefined;
  readonly frames: readonly Frame[];
  readonly breakpointIds: readonly number[];
}

export type Step = "next" | "stepIn" | "stepOut";

export interface DebuggerOptions {
  readonly onStopped: (stop: Stop) => void;
  /** Told when the program goes on, unless it stops again at once as it does between two steps. */
  readonly onContinued: () => void;
}

const COMMANDS = {
  next: "Debugger.stepOver",
  stepIn: "Debugger.stepInto",
  stepOut: "Debugger.stepOut",
} as const;
/** A step that takes longer to its next stop is not a stop any more. */
const STEP_MILLISECONDS = 50;
/** How many steps of the engine one step of the user may take through code that is not shown. */
const MAXIMUM_HIDDEN_STEPS = 200;
const ASYNC_STACK_DEPTH = 16;
/** How long the thread may take to hear that it stops again. */
const RESUME_MILLISECONDS = 500;
/** How often it is looked whether a kernel that has run no cell yet can read one. */
const PREPARE_MILLISECONDS = 20;

/** A step that the user has asked for, from a line. */
interface Stepping {
  readonly step: Step | "pause";
  /** Where it begins. */
  readonly position: SourcePosition | undefined;
  readonly functionId: string | undefined;
  hiddenSteps: number;
}

/** Stops and steps the thread that runs cells, from another thread. */
export class Debugger {
  readonly scripts: Scripts;
  readonly breakpoints: Breakpoints;
  readonly variables: Variables;
  readonly exceptions: Exceptions;
  readonly evaluator: Evaluator;
  readonly main: MainThread;
  readonly #options: DebuggerOptions;
  #stop: Stop | undefined;
  #stepping: Stepping | undefined;
  /** Whether the thread is held, shown as stopped or not. */
  #isPaused = false;
  /** True while an interrupt is under way: nothing may hold the thread. */
  #isReleased = false;
  #continued: NodeJS.Timeout | undefined;

  private constructor(main: MainThread, options: DebuggerOptions) {
    this.main = main;
    this.#options = options;
    this.scripts = new Scripts(main);
    this.breakpoints = new Breakpoints(main, this.scripts);
    this.variables = new Variables(main);
    this.exceptions = new Exceptions(main, this.scripts);
    this.evaluator = new Evaluator(main);
  }

  /** Begin: from now on the program stops at breakpoints. */
  static async attach(options: DebuggerOptions): Promise<Debugger> {
    const main = await MainThread.connect();
    const found = new Debugger(main, options);
    try {
      await found.#enable();
      return found;
    } catch (error) {
      main.disconnect();
      throw error;
    }
  }

  /** Where the program stands still; undefined while it runs. */
  get stop(): Stop | undefined {
    return this.#stop;
  }

  /** End: the program goes on and stops nowhere any more. */
  detach(): void {
    clearTimeout(this.#continued);
    this.#stop = undefined;
    this.main.disconnect();
  }

  /** Go on to the next breakpoint. */
  async continue(): Promise<void> {
    await this.#leave("Debugger.resume", undefined);
    this.#tellContinued();
  }

  async step(step: Step): Promise<void> {
    const [top] = this.#stop?.frames ?? [];
    const functionId = functionIdOf(top?.call);
    await this.#leave(COMMANDS[step], { step, position: top?.position, functionId, hiddenSteps: 0 });
  }

  /** Stop wherever the program is. */
  async pause(): Promise<void> {
    this.#stepping = { step: "pause", position: undefined, functionId: undefined, hiddenSteps: 0 };
    await this.main.post("Debugger.pause");
  }

  /** Let go of the thread, so that what it runs can be interrupted; what it was held at is ended. */
  release(): void {
    this.#isReleased = true;
    this.#stepping = undefined;
    const fail = (): void => {};
    this.main.post("Debugger.setSkipAllPauses", { skip: true }).catch(fail);
    if (!this.#isPaused) return;
    this.#forget();
    this.main.post("Debugger.resume", { terminateOnResume: true }).catch(fail);
    this.#tellContinued();
  }

  /** The interrupt is over. */
  async resumeStops(): Promise<void> {
    this.#isReleased = false;
    const resumed = this.main.post("Debugger.setSkipAllPauses", { skip: false }).catch(() => {});
    await Promise.race([resumed, sleep(RESUME_MILLISECONDS)]);
  }

  async #enable(): Promise<void> {
    const main = this.main;
    main.on<Inspector.ScriptParsedEventDataType>("Debugger.scriptParsed", (event) => {
      this.scripts.parsed(event);
    });
    main.on<Inspector.PausedEventDataType>("Debugger.paused", (event) => void this.#paused(event));
    main.on("Debugger.resumed", () => (this.#isPaused = false));
    await main.post("Debugger.enable");
    await main.post("Debugger.setBlackboxPatterns", { patterns: [kernelPattern()] });
    await main.post("Debugger.setAsyncCallStackDepth", { maxDepth: ASYNC_STACK_DEPTH });
    await main.post("Debugger.setInstrumentationBreakpoint", {
      instrumentation: "beforeScriptWithSourceMapExecution",
    });
    while (!(await main.ask("prepare"))) await sleep(PREPARE_MILLISECONDS);
    await this.scripts.learnCells();
  }

  async #paused(event: Inspector.PausedEventDataType): Promise<void> {
    this.#isPaused = true;
    if (this.#isReleased) {
      await this.main.post("Debugger.resume", { terminateOnResume: true }).catch(() => {});
      return;
    }
    let next: string | undefined;
    try {
      // Of a heap that is full: the watch of the memory has what runs stopped.
      if (event.reason === "OOM") next = "Debugger.resume";
      else
        next = event.reason === "instrumentation" ? await this.#aboutToRun(event) : await this.#look(event);
    } catch {
      // Whatever cannot be looked at must not hold the program.
      next = "Debugger.resume";
    }
    if (next !== undefined) await this.main.post(next).catch(() => {});
  }

  /** Mapped code is about to run for the first time: its breakpoints must be set before. */
  async #aboutToRun(event: Inspector.PausedEventDataType): Promise<string> {
    const { scriptId } = event.data as { scriptId: string };
    const script = this.scripts.get(scriptId);
    if (script?.isMapped === true) {
      await this.scripts.learn(script);
      await this.breakpoints.apply(script);
    }
    return "Debugger.resume";
  }

  /** Stop here, or say how to go on: at places that users know nothing of. */
  async #look(event: Inspector.PausedEventDataType): Promise<string | undefined> {
    const { callFrames, asyncStackTrace, reason, hitBreakpoints = [], data } = event;
    const frames = await callStack(callFrames, asyncStackTrace, this.scripts);
    const isShown = frames[0]?.call !== undefined && frames[0].call === callFrames[0];
    const hasShown = frames.some(({ call }) => call !== undefined);
    const isException = reason === "exception" || reason === "promiseRejection";
    if (isException) {
      if (!hasShown || !(await this.exceptions.isStop(event))) return "Debugger.resume";
      const { description, value } = (data ?? {}) as { description?: string; value?: unknown };
      return this.#stopAt({
        reason: "exception",
        text: description ?? String(value),
        frames,
        breakpointIds: [],
      });
    }
    const hit = hitBreakpoints.flatMap((id) => this.breakpoints.find(id) ?? []);
    if (hit.length > 0) {
      const met = [];
      for (const breakpoint of hit) {
        const { condition } = breakpoint;
        if (condition === undefined || (await this.evaluator.isTrue(condition, frames[0])))
          met.push(breakpoint);
      }
      const breakpointIds = met.map(({ id }) => id);
      if (met.length > 0)
        return this.#stopAt({ reason: "breakpoint", text: undefined, frames, breakpointIds });
      if (this.#stepping === undefined) return "Debugger.resume";
    }
    const stepping = this.#stepping;
    if (stepping === undefined) {
      // A `debugger` statement of the user's; or the end of a step that was given up.
      const isStatement = isShown && reason !== "step";
      return isStatement
        ? this.#stopAt({ reason: "breakpoint", text: undefined, frames, breakpointIds: [] })
        : "Debugger.resume";
    }
    const next = await this.#nextStep(stepping, frames, { isShown, hasShown });
    if (next !== undefined) return next;
    const reasonOfStop = stepping.step === "pause" ? "pause" : "step";
    return this.#stopAt({ reason: reasonOfStop, text: undefined, frames, breakpointIds: [] });
  }

  /** How to go on with a step whose place is none that users know; undefined where it ends. */
  async #nextStep(
    stepping: Stepping,
    frames: readonly Frame[],
    { isShown, hasShown }: { isShown: boolean; hasShown: boolean },
  ): Promise<string | undefined> {
    stepping.hiddenSteps += 1;
    if (stepping.hiddenSteps > MAXIMUM_HIDDEN_STEPS) {
      this.#stepping = undefined;
      return hasShown ? undefined : "Debugger.resume";
    }
    if (!isShown) {
      if (hasShown) return stepping.step === "pause" ? undefined : "Debugger.stepOut";
      // The cell is over; or, when the user wants to stop anywhere, the next code may be of a cell.
      return stepping.step === "pause" ? "Debugger.stepInto" : "Debugger.resume";
    }
    const top = frames[0]!;
    if (top.position === undefined) return "Debugger.stepOver";
    return this.#isSameLine(stepping, top) ? COMMANDS[stepping.step as Step] : undefined;
  }

  /** Whether a step is still in the line that it began in: the engine stops at calls and awaits in it too. */
  #isSameLine(stepping: Stepping, { position, call }: Frame): boolean {
    const { step, position: before, functionId } = stepping;
    if (step !== "next" && step !== "stepIn") return false;
    return (
      before !== undefined &&
      position!.line === before.line &&
      position!.column >= before.column &&
      functionIdOf(call) === functionId
    );
  }

  #stopAt(stop: Stop): undefined {
    if (this.#isReleased) return;
    clearTimeout(this.#continued);
    this.#continued = undefined;
    this.#stepping = undefined;
    this.#stop = stop;
    this.#options.onStopped(stop);
  }

  async #leave(command: string, stepping: Stepping | undefined): Promise<void> {
    if (this.#stop === undefined) throw new Error("the program is not stopped");
    this.#stepping = stepping;
    this.#forget();
    await this.main.post(command);
    this.#continued = setTimeout(() => this.#tellContinued(), STEP_MILLISECONDS);
  }

  #forget(): void {
    this.#stop = undefined;
    this.variables.clear();
  }

  #tellContinued(): void {
    clearTimeout(this.#continued);
    this.#continued = undefined;
    if (this.#stop === undefined) this.#options.onContinued();
  }
}

/** The function that a call runs, apart from its other calls. */
function functionIdOf(call: Inspector.CallFrame | undefined): string | undefined {
  const location = call?.functionLocation;
  return location && `${location.scriptId}:${location.lineNumber}:${location.columnNumber}`;
}

/** The kernel's code, but for bindings: the exception of an undefined name is thrown there. */
function kernelPattern(): string {
  const kernel = pathToFileURL(kernelDirectory).href.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return `^${kernel}(?!typescript/session/binding\\.ts)`;
}
