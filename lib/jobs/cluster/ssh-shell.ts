import { lstatSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { JobError } from "../../core/errors.ts";
import { makeFolder } from "../../core/make-folder.ts";
import type { ShellResult, ShellRunOptions } from "./cluster-shell.ts";
import type { Cluster, ClusterSsh } from "./cluster.ts";
import { ProcessShell } from "./process-shell.ts";
import type { ProgramLine } from "./run-program.ts";
import { shellWord } from "./shell-word.ts";

/** How long the shared connection outlives its last use, in seconds. */
const persistSeconds = 600;

/**
 * A login node reached by the system's OpenSSH, with the user's own configuration, agent, jump hosts and known hosts.
 *
 * All processes of the user share one connection. When it breaks, what ran on it ends with an unknown exit code, and
 * the next program connects again.
 */
export class SshShell extends ProcessShell {
  readonly #programsFolder: string | undefined;
  readonly #ssh: ClusterSsh;

  constructor({ name, programsFolder }: Pick<Cluster, "name" | "programsFolder">, ssh: ClusterSsh) {
    super(name);
    this.#programsFolder = programsFolder;
    this.#ssh = ssh;
  }

  override async run(
    program: string,
    parameters: readonly string[],
    options: ShellRunOptions = {},
  ): Promise<ShellResult> {
    const result = await super.run(program, parameters, options);
    // ssh's own failures; a program that ends with 255 cannot be told from them.
    return result.exitCode === 255 ? { ...result, exitCode: undefined } : result;
  }

  protected override line(program: string, parameters: readonly string[]): ProgramLine {
    const { host, configFile } = this.#ssh;
    const options = {
      // Nobody is there to type; a host that is not known, or a key that changed, is refused.
      BatchMode: "yes",
      ConnectTimeout: "15",
      ServerAliveInterval: "5",
      ServerAliveCountMax: "3",
      ControlMaster: "auto",
      ControlPath: join(controlFolder(), "%C"),
      ControlPersist: String(persistSeconds),
      ForwardAgent: "no",
      ForwardX11: "no",
    };
    const words = [program, ...parameters].map(shellWord).join(" ");
    const folder = this.#programsFolder;
    const command = folder === undefined ? words : `PATH=${shellWord(folder)}:"$PATH" ${words}`;
    return {
      program: "ssh",
      parameters: [
        ...(configFile === undefined ? [] : ["-F", configFile]),
        ...Object.entries(options).map(([name, value]) => `-o${name}=${value}`),
        "-T",
        "--",
        host,
        command,
      ],
      environment: process.env,
    };
  }
}

/** Only the user may reach the shared connection. Short: a socket's path has about 100 characters. */
function controlFolder(): string {
  const folder = join(process.env["XDG_RUNTIME_DIR"] ?? tmpdir(), `rounds-ssh-${process.getuid!()}`);
  makeFolder(folder, { mode: 0o700 });
  const { mode, uid } = lstatSync(folder);
  if (uid !== process.getuid!() || (mode & 0o77) !== 0) {
    throw new JobError(
      `${folder} must belong to you alone (mode 700): the shared ssh connection lies there`,
      {
        jobId: "none",
        state: "PLANNED",
      },
    );
  }
  return folder;
}
