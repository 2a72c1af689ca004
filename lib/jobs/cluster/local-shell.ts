import type { Cluster } from "./cluster.ts";
import { ProcessShell } from "./process-shell.ts";
import type { ProgramLine } from "./run-program.ts";

/** This machine is the login node. */
export class LocalShell extends ProcessShell {
  readonly #programsFolder: string | undefined;

  constructor({ name, programsFolder }: Pick<Cluster, "name" | "programsFolder">) {
    super(name);
    this.#programsFolder = programsFolder;
  }

  protected override line(program: string, parameters: readonly string[]): ProgramLine {
    const path = [this.#programsFolder, process.env["PATH"]].filter(Boolean).join(":");
    return { program, parameters, environment: { ...process.env, PATH: path } };
  }
}
