import childProcess, { ChildProcess } from "node:child_process";
import { syncBuiltinESMExports } from "node:module";
import { currentCell, runInCell } from "./cell.ts";

type StreamName = "stdout" | "stderr";
type Emit = (name: StreamName, text: string) => void;
type OnChild = (cell: number, pid: number, state: "started" | "ended") => void;
export interface ChildOutputOptions {
  readonly emit: Emit;
  /** Told of every process that a cell starts without waiting for it, and of its end. */
  readonly onChild: OnChild;
  /** Called when a process that the thread waited for has ended: an interrupt may be what ended it. */
  readonly throwIfInterrupted: () => void;
}

/** What `stdio` options may hold for one file descriptor. */
type Entry = unknown;

/**
 * Show what child processes write to streams they inherit: the kernel's own descriptors lead to the log of the
 * server, where nobody looks. Such a child gets a pipe instead.
 */
export function captureChildOutput(options: ChildOutputOptions): void {
  const { emit, onChild, throwIfInterrupted } = options;
  captureSpawn(emit, onChild);
  for (const name of ["spawnSync", "execSync", "execFileSync"] as const)
    captureSync(name, emit, throwIfInterrupted);
  syncBuiltinESMExports();
}

function captureSpawn(emit: Emit, onChild: OnChild): void {
  const prototype = ChildProcess.prototype as unknown as {
    spawn(this: ChildProcess, options: { stdio?: Entry }): unknown;
  };
  const original = prototype.spawn;
  prototype.spawn = function spawn(options) {
    const { stdio, inherited } = pipeInherited(options.stdio);
    const result = original.call(this, inherited.length === 0 ? options : { ...options, stdio });
    const cell = currentCell();
    const { pid } = this;
    if (pid !== undefined) {
      onChild(cell.id, pid, "started");
      this.once("exit", () => onChild(cell.id, pid, "ended"));
    }
    for (const [index, name] of inherited) {
      const stream = this.stdio[index] as NodeJS.ReadableStream | null;
      stream?.setEncoding("utf8").on("data", (text: string) => runInCell(cell, () => emit(name, text)));
      // As the caller knows it of an inherited stream.
      if (index === 1) this.stdout = null;
      if (index === 2) this.stderr = null;
    }
    return result;
  };
}

/** The synchronous ones return when the child has ended, and show its output then. */
function captureSync(
  functionName: "spawnSync" | "execSync" | "execFileSync",
  emit: Emit,
  throwIfInterrupted: () => void,
): void {
  const functions = childProcess as unknown as Record<string, (...parameters: unknown[]) => unknown>;
  const original = functions[functionName]!;
  const run = (...parameters: unknown[]): unknown => {
    const last = parameters.at(-1);
    const options = isOptions(last) ? last : {};
    const { stdio, inherited } = pipeInherited(options.stdio);
    if (inherited.length === 0) return original(...parameters);
    const others = isOptions(last) ? parameters.slice(0, -1) : parameters;
    const show = (output: readonly unknown[] | null | undefined): void => {
      for (const [index, name] of inherited) emit(name, String(output?.[index] ?? ""));
    };
    try {
      const result = original(...others, { ...options, stdio });
      show(functionName === "spawnSync" ? (result as { output: unknown[] | null }).output : [null, result]);
      return functionName === "spawnSync" ? { ...(result as object), stdout: null, stderr: null } : null;
    } catch (error) {
      show((error as { output?: unknown[] }).output);
      throw error;
    }
  };
  functions[functionName] = (...parameters) => {
    try {
      return run(...parameters);
    } finally {
      throwIfInterrupted();
    }
  };
}

/** Replace inherited standard output and error by pipes; tells which descriptors of the child those are. */
function pipeInherited(stdio: Entry): { stdio: Entry[]; inherited: [index: number, name: StreamName][] } {
  const entries: Entry[] = Array.isArray(stdio) ? [...stdio] : [stdio, stdio, stdio];
  const inherited: [number, StreamName][] = [];
  for (const [index, entry] of entries.entries()) {
    const name = inheritedStream(entry, index);
    if (name === undefined) continue;
    entries[index] = "pipe";
    inherited.push([index, name]);
  }
  return { stdio: entries, inherited };
}

function inheritedStream(entry: Entry, index: number): StreamName | undefined {
  if (entry === 1 || entry === process.stdout || (entry === "inherit" && index === 1)) return "stdout";
  if (entry === 2 || entry === process.stderr || (entry === "inherit" && index === 2)) return "stderr";
  return undefined;
}

function isOptions(value: unknown): value is { stdio?: Entry } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
