import type { Debugger } from "node:inspector";
import { pathToFileURL } from "node:url";

import type { MainThread } from "./main-thread.ts";
import { placeAtLine, type Script, type StopPlace } from "./script.ts";
import type { Scripts } from "./scripts.ts";
import { isCellPath } from "./source-paths.ts";

/** A breakpoint as a front end asks for it. */
export interface WantedBreakpoint {
  readonly line: number;
  /** Stop only where this expression is true. */
  readonly condition?: string;
}

/** A breakpoint as a front end is told of it. */
export interface SetBreakpoint extends WantedBreakpoint {
  readonly id: number;
  readonly verified: boolean;
  readonly message?: string;
}

/** How many compilations of one source get its breakpoints: functions of an earlier run may still be called. */
const LATEST_SCRIPTS = 4;
/** How far a breakpoint moves down in a file, which may be large. */
const MAXIMUM_LINES_DOWN = 100;

/** The breakpoints of all sources, kept also for sources that are not loaded yet. */
export class Breakpoints {
  readonly #main: MainThread;
  readonly #scripts: Scripts;
  readonly #bySource = new Map<string, readonly SetBreakpoint[]>();
  /** What the engine's own breakpoints stand for, by its names for them. */
  readonly #inEngine = new Map<string, { readonly path: string; readonly breakpoint: SetBreakpoint }>();
  #lastId = 0;
  /** The change that came last: each waits for the one before it. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(main: MainThread, scripts: Scripts) {
    this.#main = main;
    this.#scripts = scripts;
  }

  /** All of them, by the path of their source. */
  get bySource(): ReadonlyMap<string, readonly SetBreakpoint[]> {
    return this.#bySource;
  }

  /** The breakpoint at which the engine has stopped. */
  find(nameInEngine: string): SetBreakpoint | undefined {
    return this.#inEngine.get(nameInEngine)?.breakpoint;
  }

  /**
   * Replace the breakpoints of a source.
   *
   * @param cellSource its text where it is a cell, which need not have run
   * @returns them in the same order, at the lines where the code can stop
   */
  set(
    path: string,
    wanted: readonly WantedBreakpoint[],
    cellSource: string | undefined,
  ): Promise<readonly SetBreakpoint[]> {
    return this.#inOrder(() => this.#set(path, wanted, cellSource));
  }

  /** Set what is wanted of mapped code that is about to run. */
  apply(script: Script): Promise<void> {
    return this.#inOrder(async () => this.#place(await script.sourcePath(), script));
  }

  /** Code that starts to run while its breakpoints are being set would get none of them. */
  #inOrder<Result>(change: () => Promise<Result>): Promise<Result> {
    const changed = this.#last.then(change, change);
    this.#last = changed;
    return changed;
  }

  async #set(
    path: string,
    wanted: readonly WantedBreakpoint[],
    cellSource: string | undefined,
  ): Promise<readonly SetBreakpoint[]> {
    await this.#remove(path);
    const scripts: Script[] = [];
    for (const script of this.#scripts.ofSource(path).slice(-LATEST_SCRIPTS)) {
      if (await script.isCurrent()) scripts.push(script);
    }
    const latest = scripts.at(-1) ?? (await this.#compileCell(cellSource));
    const breakpoints: SetBreakpoint[] = [];
    for (const { line, condition } of wanted) {
      const place = latest && (await this.#placeAt(latest, line));
      const isKnown = place !== undefined || (latest === undefined && cellSource === undefined);
      breakpoints.push({
        id: ++this.#lastId,
        line: place?.source.line ?? line,
        verified: isKnown,
        ...(!isKnown && { message: "there is no code from this line on" }),
        ...(condition?.trim() && { condition }),
      });
    }
    if (breakpoints.length === 0) return breakpoints;
    this.#bySource.set(path, breakpoints);
    const mapped = scripts.filter(({ isMapped }) => isMapped);
    for (const script of mapped) await this.#place(path, script);
    if (mapped.length === 0 && !isCellPath(path)) await this.#placeInFile(path);
    return breakpoints;
  }

  async #remove(path: string): Promise<void> {
    this.#bySource.delete(path);
    for (const [breakpointId, { path: of }] of this.#inEngine) {
      if (of !== path) continue;
      this.#inEngine.delete(breakpointId);
      await this.#main.post("Debugger.removeBreakpoint", { breakpointId });
    }
  }

  /** What a cell that has not run would be; undefined when it is not valid. */
  async #compileCell(cellSource: string | undefined): Promise<Script | undefined> {
    if (cellSource === undefined) return undefined;
    try {
      const file = await this.#main.ask("compileCell", cellSource);
      return this.#scripts.ofFile(file).at(-1);
    } catch {
      return undefined;
    }
  }

  async #placeAt(script: Script, line: number): Promise<StopPlace | undefined> {
    const places = script.isMapped
      ? await script.places()
      : await script.placesFrom(line - 1, MAXIMUM_LINES_DOWN);
    return placeAtLine(places, line);
  }

  async #place(path: string, script: Script): Promise<void> {
    for (const breakpoint of this.#bySource.get(path) ?? []) {
      const place = await this.#placeAt(script, breakpoint.line);
      if (place === undefined) continue;
      const { location } = place;
      await this.#note(path, breakpoint, "Debugger.setBreakpoint", { location });
    }
  }

  /** The engine knows by itself when it loads a file that runs as it stands. */
  async #placeInFile(path: string): Promise<void> {
    const url = pathToFileURL(path).href;
    if (await this.#main.ask("isTransformed", url)) return;
    for (const breakpoint of this.#bySource.get(path) ?? []) {
      const lineNumber = breakpoint.line - 1;
      await this.#note(path, breakpoint, "Debugger.setBreakpointByUrl", { url, lineNumber });
    }
  }

  async #note(path: string, breakpoint: SetBreakpoint, method: string, parameters: object): Promise<void> {
    try {
      const { breakpointId } = await this.#main.post<Debugger.SetBreakpointReturnType>(method, parameters);
      this.#inEngine.set(breakpointId, { path, breakpoint });
    } catch {
      // Another breakpoint leads to the same place.
    }
  }
}
