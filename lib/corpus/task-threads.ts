import { once } from "node:events";
import { Worker } from "node:worker_threads";

export interface TaskThreadsOptions {
  /** Module that a thread runs; it answers each message with one. */
  readonly source: URL;
  readonly threads: number;
  /** `workerData` of each thread. */
  readonly setting: unknown;
  readonly signal: AbortSignal | undefined;
}

/**
 * Threads that work on tasks; results come in the order of the tasks, whichever thread is done first.
 *
 * `Results` names for each kind of task what comes of it.
 */
export class TaskThreads<Results extends object> {
  readonly #threads: Worker[];
  readonly #idle: Worker[];
  /** Tasks that wait for a thread. */
  readonly #queue: ((thread: Worker) => void)[] = [];
  readonly #signal: AbortSignal | undefined;
  readonly #stopped: Promise<never>;
  #stop!: (reason: unknown) => void;

  constructor({ source, threads, setting, signal }: TaskThreadsOptions) {
    this.#signal = signal;
    this.#stopped = new Promise<never>((_, reject) => (this.#stop = reject));
    // Every run waits for it beside its tasks; without a run it is nobody's error.
    this.#stopped.catch(() => {});
    this.#threads = Array.from({ length: threads }, () => {
      const thread = new Worker(source, { workerData: setting });
      return thread.once("error", this.#stop).once("exit", (code) => {
        this.#stop(new Error(`a thread of ${source.pathname} ended with exit code ${code}`));
      });
    });
    this.#idle = [...this.#threads];
    signal?.addEventListener("abort", this.#abort, { once: true });
    if (signal?.aborted === true) this.#abort();
  }

  readonly #abort = (): void => this.#stop(this.#signal!.reason);

  /** Tasks are taken from the source as threads become free, and one for each thread ahead. */
  async *run<Kind extends keyof Results>(
    tasks: Iterable<{ readonly kind: Kind }>,
  ): AsyncGenerator<Results[Kind]> {
    const source = tasks[Symbol.iterator]();
    const waiting: Promise<Results[Kind]>[] = [];
    const startNext = (): void => {
      const next = source.next();
      if (next.done !== true) waiting.push(this.#ask(next.value));
    };
    for (let ahead = 0; ahead < 2 * this.#threads.length; ahead++) startNext();
    while (waiting.length > 0) {
      const result = await Promise.race([this.#stopped, waiting.shift()!]);
      startNext();
      yield result;
    }
  }

  async #ask<Kind extends keyof Results>(task: { readonly kind: Kind }): Promise<Results[Kind]> {
    const thread = this.#idle.pop() ?? (await new Promise<Worker>((resolve) => this.#queue.push(resolve)));
    const answer = once(thread, "message") as Promise<[Results[Kind]]>;
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
