import { spawn, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { JobError } from "../../core/errors.ts";
import { projectRoot } from "../project.ts";

interface Waiting {
  readonly label: string;
  readonly done: () => void;
  readonly failed: (error: Error) => void;
}

/**
 * One process of the trainer that carries out commands one after another, for many small runs: each would wait for
 * PyTorch's import otherwise. It ends with this process, whatever ends that.
 *
 * @example
 * await using worker = new TrainerWorker();
 * await worker.run("train", "--run", folder);
 */
export class TrainerWorker {
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  readonly #waiting: Waiting[] = [];
  #tail = "";

  constructor(options: { readonly signal?: AbortSignal | undefined } = {}) {
    const python = join(projectRoot, ".venv", "bin", "python");
    this.#child = spawn(python, ["-m", "trainer", "work"], {
      cwd: projectRoot,
      // A session of its own: the interrupt of a cell reaches it by the signal alone.
      detached: true,
      stdio: ["pipe", "pipe", "pipe"],
      env: {
        ...process.env,
        PYTHONPATH: projectRoot,
        PYTHONUNBUFFERED: "1",
        // Threads only wait for one another over small matrices, and several workers share the machine.
        OMP_NUM_THREADS: process.env["OMP_NUM_THREADS"] ?? "1",
        TOKENIZERS_PARALLELISM: "false",
        HF_HUB_OFFLINE: "1",
      },
    });
    const kill = (): void => void this.#child.kill("SIGKILL");
    options.signal?.addEventListener("abort", kill, { once: true });
    this.#ended = new Promise((resolve) => {
      const end = (how: string): void => {
        options.signal?.removeEventListener("abort", kill);
        for (const { label, failed } of this.#waiting.splice(0)) failed(this.#error(label, how));
        resolve();
      };
      this.#child.on("error", ({ message }) => end(message));
      this.#child.on("close", (code, signal) => end(signal ?? `exit code ${code}`));
    });
    // A pipe that is closed at the other end is told of by "close".
    this.#child.stdin!.on("error", () => {});
    this.#child.stderr!.setEncoding("utf8").on("data", (text: string) => {
      this.#tail = (this.#tail + text).slice(-8000);
    });
    createInterface({ input: this.#child.stdout! }).on("line", (line) => {
      const { error } = JSON.parse(line) as { error?: { name: string; message: string } };
      const waiting = this.#waiting.shift();
      if (error === undefined) waiting?.done();
      else waiting?.failed(this.#error(waiting.label, `${error.name}: ${error.message}`));
    });
  }

  /**
   * Carry out a command of the trainer, after those before it.
   *
   * @throws {JobError} it failed, or the process ended
   */
  run(command: "train" | "export", ...words: readonly string[]): Promise<void> {
    const label = [command, ...words].join(" ");
    return new Promise((done, failed) => {
      if (this.#child.exitCode !== null || this.#child.signalCode !== null) {
        failed(this.#error(label, "the process has ended"));
        return;
      }
      this.#waiting.push({ label, done, failed });
      this.#child.stdin!.write(`${JSON.stringify([command, ...words])}\n`);
    });
  }

  #error(label: string, reason: string): JobError {
    return new JobError(`trainer ${label}: ${reason}`, {
      jobId: label,
      state: "FAILED",
      logTail: this.#tail,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.stdin!.end();
    await this.#ended;
  }
}
