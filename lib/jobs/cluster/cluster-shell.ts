import type { Readable, Writable } from "node:stream";

import type { Cluster } from "./cluster.ts";

/** Where a cluster's commands run: this machine when it is a login node, or one reached by the system's OpenSSH. */
export interface ClusterShell {
  /** The cluster's name, for errors. */
  readonly name: string;
  /**
   * Run a program to its end; parameters are passed as they are, no shell reads them.
   *
   * A program that fails is an answer, and so is a lost connection: see {@link ShellResult}.
   *
   * @throws {Error} the signal's reason, once it is aborted; the program may run on
   */
  run(program: string, parameters: readonly string[], options?: ShellRunOptions): Promise<ShellResult>;
  /**
   * Bytes of a program's standard output as they come.
   *
   * @throws {JobError} the program failed, or the connection was lost before its end was seen
   */
  stream(
    program: string,
    parameters: readonly string[],
    options?: { readonly signal?: AbortSignal },
  ): AsyncIterable<Uint8Array>;
  /**
   * Run a program that is talked with: its input and output stay open until either side ends it.
   *
   * A lost connection ends it on this side; there its input ends, and it is for the program to end by that.
   */
  connect(program: string, parameters: readonly string[]): ShellConnection;
  /** End the programs that run. The connection is shared by all processes of the user and ends by itself when idle. */
  close(): Promise<void>;
}

export interface ShellRunOptions {
  /** The program's standard input; left out, it is empty. */
  readonly input?: string | Uint8Array;
  /** @default 60,000; then the program counts as one whose end was not seen */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface ShellResult {
  /** Undefined: the connection or the time ended before the program's end was seen. It may have run: unknown, never a failure. */
  readonly exitCode: number | undefined;
  /** At most 64 MiB of each; what is more counts as an end that was not seen. */
  readonly stdout: string;
  readonly stderr: string;
}

/** A program on the cluster while it runs. */
export interface ShellConnection {
  readonly input: Writable;
  readonly output: Readable;
  /** Its end, with the last it has written to standard error; exit code undefined as in {@link ShellResult}. */
  readonly ended: Promise<Omit<ShellResult, "stdout">>;
  /** End it on this side. */
  close(): void;
}

/** The shell of a cluster's login node; nothing is connected before the first program runs. */
export async function openClusterShell(cluster: Cluster): Promise<ClusterShell> {
  if (cluster.ssh === undefined) return new (await import("./local-shell.ts")).LocalShell(cluster);
  return new (await import("./ssh-shell.ts")).SshShell(cluster, cluster.ssh);
}
