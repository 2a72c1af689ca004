import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { ColumnLinks } from "./link-column.ts";
import type { SignedRange } from "./sign-range.ts";
import type { VerifiedGroups } from "./verify-groups.ts";
import type { Task, ThreadSetting } from "./worker.ts";

interface ResultOf {
  sign: SignedRange;
  link: ColumnLinks;
  verify: VerifiedGroups;
}

/** Threads that work on tasks; results come in the order of the tasks, whichever thread is done first. */
export class TaskThreads {
  readonly #count: number;
  readonly #setting: ThreadSetting;
  readonly #threads: Worker[] = [];
  readonly #idle: Worker[] = [];
  /** Tasks that wait for a thread. */
  readonly #queue: ((thread: Worker) => void)[] = [];
  readonly #signal: AbortSignal | undefined;
  readonly #stopped: Promise<never>;
  #stop!: (reason: unknown) => void;

  constructor(count: number, setting: ThreadSetting, signal: AbortSignal | undefined) {
    this.#count = count;
    this.#setting = setting;
    this.#signal = signal;
    this.#stopped = new Promise<never>((_, reject) => (this.#stop = reject));
    // Every run waits for it beside its tasks; without a run it is nobody's error.
    this.#stopped.catch(() => {});
    signal?.addEventListener("abort", this.#abort, { once: true });
    if (signal?.aborted === true) this.#abort();
  }

  readonly #abort = (): void => this.#stop(this.#signal!.reason);

  /** Threads start with the first task. */
  #start(): void {
    const source = new URL("./worker.ts", import.meta.url);
    while (this.#threads.length < this.#count) {
      const thread = new Worker(source, { workerData: this.#setting });
      thread.once("error", this.#stop).once("exit", (code) => {
        this.#stop(new Error(`a thread of near-duplicate removal ended with exit code ${code}`));
      });
      this.#threads.push(thread);
      this.#idle.push(thread);
    }
  }

  /** Tasks are taken from the source as threads become free, and one for each thread ahead. */
  async *run<Kind extends Task["kind"]>(
    tasks: Iterable<Extract<Task, { kind: Kind }>>,
  ): AsyncGenerator<ResultOf[Kind]> {
    const source = tasks[Symbol.iterator]();
    const waiting: Promise<ResultOf[Kind]>[] = [];
    const startNext = (): void => {
      const next = source.next();
      if (next.done !== true) waiting.push(this.#ask<Kind>(next.value));
    };
    for (let ahead = 0; ahead < 2 * this.#count; ahead++) startNext();
    while (waiting.length > 0) {
      const result = await Promise.race([this.#stopped, waiting.shift()!]);
      startNext();
      yield result;
    }
  }

  async #ask<Kind extends Task["kind"]>(task: Task): Promise<ResultOf[Kind]> {
    this.#start();
    const thread = this.#idle.pop() ?? (await new Promise<Worker>((resolve) => this.#queue.push(resolve)));
    const answer = once(thread, "message") as Promise<[ResultOf[Kind]]>;
    thread.postMessage(task, []);
    const [result] = await answer;
    const next = this.#queue.shift();
    if (next === undefined) this.#idle.push(thread);
    else next(thread);
    return result;
  }

  async close(): Promise<void> {
    this.#signal?.removeEventListener("abort", this.#abort);
    await Promise.all(this.#threads.map((thread) => thread.terminate()));
  }
}
