import type { ChildProcess } from "node:child_process";

import type { ClusterShell, ShellConnection, ShellResult, ShellRunOptions } from "./cluster-shell.ts";
import type { Cluster } from "./cluster.ts";
import { connectProgram, runProgram, streamProgram, type ProgramLine } from "./run-program.ts";

/** This machine is the login node. */
export class LocalShell implements ClusterShell {
  readonly name: string;
  readonly #programsFolder: string | undefined;
  readonly #running = new Set<ChildProcess>();

  constructor({ name, programsFolder }: Pick<Cluster, "name" | "programsFolder">) {
    this.name = name;
    this.#programsFolder = programsFolder;
  }

  run(program: string, parameters: readonly string[], options: ShellRunOptions = {}): Promise<ShellResult> {
    return runProgram(this.#line(program, parameters), this.#running, options);
  }

  stream(
    program: string,
    parameters: readonly string[],
    { signal }: { readonly signal?: AbortSignal } = {},
  ): AsyncIterable<Uint8Array> {
    const place = { name: this.name, what: program, signal };
    return streamProgram(this.#line(program, parameters), this.#running, place);
  }

  connect(program: string, parameters: readonly string[]): ShellConnection {
    return connectProgram(this.#line(program, parameters), this.#running);
  }

  #line(program: string, parameters: readonly string[]): ProgramLine {
    const path = [this.#programsFolder, process.env["PATH"]].filter(Boolean).join(":");
    return { program, parameters, environment: { ...process.env, PATH: path } };
  }

  async close(): Promise<void> {
    for (const child of this.#running) child.kill("SIGKILL");
  }
}
