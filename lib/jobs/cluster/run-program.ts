import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";

import { JobError } from "../../core/errors.ts";
import type { ShellConnection, ShellResult, ShellRunOptions } from "./cluster-shell.ts";

/** What a remote side sends is bounded, whatever it sends. */
const maximumBytes = 64 * 2 ** 20;
const defaultTimeoutMs = 60_000;

/** A program on this machine, with its environment; it may be one that carries another elsewhere. */
export interface ProgramLine {
  readonly program: string;
  readonly parameters: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
}

/** Run a program to its end; a program that could not be started has exit code 127, as a shell says it. */
export async function runProgram(
  { program, parameters, environment }: ProgramLine,
  running: Set<ChildProcess>,
  { input = "", timeoutMs = defaultTimeoutMs, signal }: ShellRunOptions,
): Promise<ShellResult> {
  signal?.throwIfAborted();
  const child = spawn(program, parameters, { env: environment, stdio: "pipe" });
  running.add(child);
  // A program that reads no input closes it.
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  const output = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  let bytes = 0;
  let isCut = false;
  const cut = (): void => {
    isCut = true;
    child.kill("SIGKILL");
    // A grandchild may hold the pipes open.
    child.stdout.destroy();
    child.stderr.destroy();
  };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > maximumBytes) cut();
      else output[name].push(chunk);
    });
  }
  const timer = setTimeout(cut, timeoutMs);
  signal?.addEventListener("abort", cut, { once: true });
  try {
    const [exitCode] = (await once(child, "close")) as [number | null];
    signal?.throwIfAborted();
    return {
      exitCode: isCut || exitCode === null ? undefined : exitCode,
      stdout: Buffer.concat(output.stdout).toString("utf8"),
      stderr: Buffer.concat(output.stderr).toString("utf8"),
    };
  } catch (error) {
    signal?.throwIfAborted();
    return { exitCode: 127, stdout: "", stderr: `${(error as Error).message}\n` };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", cut);
    running.delete(child);
  }
}

/** Start a program that is talked with. */
export function connectProgram(
  { program, parameters, environment }: ProgramLine,
  running: Set<ChildProcess>,
): ShellConnection {
  const child = spawn(program, parameters, { env: environment, stdio: "pipe" });
  running.add(child);
  // A program that has ended takes no more input; its end is told by `ended`.
  child.stdin.on("error", () => {});
  let stderr = "";
  child.stderr.on("data", (chunk: Buffer) => (stderr = `${stderr}${chunk}`.slice(-4000)));
  const ended = new Promise<Omit<ShellResult, "stdout">>((resolve) => {
    child.on("error", (error) => resolve({ exitCode: 127, stderr: error.message }));
    child.on("close", (exitCode) => {
      running.delete(child);
      resolve({ exitCode: exitCode ?? undefined, stderr });
    });
  });
  return { input: child.stdin, output: child.stdout, ended, close: () => void child.kill("SIGKILL") };
}

/** Bytes of a program's standard output as they come. */
export async function* streamProgram(
  { program, parameters, environment }: ProgramLine,
  running: Set<ChildProcess>,
  place: { readonly name: string; readonly what: string; readonly signal?: AbortSignal | undefined },
): AsyncGenerator<Uint8Array> {
  place.signal?.throwIfAborted();
  const child = spawn(program, parameters, { env: environment, stdio: ["ignore", "pipe", "pipe"] });
  running.add(child);
  let problem = "";
  child.stderr.on("data", (chunk: Buffer) => (problem = `${problem}${chunk}`.slice(-4000)));
  const ended = new Promise<number | null>((resolve) => {
    child.on("error", (error) => {
      problem = error.message;
      resolve(127);
    });
    child.on("close", resolve);
  });
  const stop = (): void => void child.kill("SIGKILL");
  place.signal?.addEventListener("abort", stop, { once: true });
  try {
    for await (const chunk of child.stdout) yield chunk as Buffer;
    const exitCode = await ended;
    place.signal?.throwIfAborted();
    if (exitCode === 0) return;
    const how = exitCode === null ? "the connection was lost" : `exit code ${exitCode}`;
    throw new JobError(
      `${place.what} on ${place.name}: ${how}${problem === "" ? "" : `: ${problem.trim()}`}`,
      {
        jobId: place.name,
        state: "UNKNOWN",
        logTail: problem,
      },
    );
  } finally {
    place.signal?.removeEventListener("abort", stop);
    stop();
    running.delete(child);
  }
}
