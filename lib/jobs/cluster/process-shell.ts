import type { ChildProcess } from "node:child_process";

import type { ClusterShell, ShellConnection, ShellResult, ShellRunOptions } from "./cluster-shell.ts";
import { connectProgram, runProgram, streamProgram, type ProgramLine } from "./run-program.ts";

/** A shell whose programs are processes of this machine: the programs themselves, or connections to them. */
export abstract class ProcessShell implements ClusterShell {
  readonly name: string;
  readonly #running = new Set<ChildProcess>();

  constructor(name: string) {
    this.name = name;
  }

  /** What this machine starts so that the program runs. */
  protected abstract line(program: string, parameters: readonly string[]): ProgramLine;

  run(program: string, parameters: readonly string[], options: ShellRunOptions = {}): Promise<ShellResult> {
    return runProgram(this.line(program, parameters), this.#running, options);
  }

  stream(
    program: string,
    parameters: readonly string[],
    { signal }: { readonly signal?: AbortSignal } = {},
  ): AsyncIterable<Uint8Array> {
    const place = { name: this.name, what: program, signal };
    return streamProgram(this.line(program, parameters), this.#running, place);
  }

  connect(program: string, parameters: readonly string[]): ShellConnection {
    return connectProgram(this.line(program, parameters), this.#running);
  }

  async close(): Promise<void> {
    for (const child of this.#running) child.kill("SIGKILL");
  }
}
