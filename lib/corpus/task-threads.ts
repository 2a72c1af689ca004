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

/** For each kind of task what it is and what comes of it. */
type TaskKinds<Kinds> = {
  readonly [Kind in keyof Kinds]: { readonly task: object; readonly result: unknown };
};

/** Threads that work on tasks; results come in the order of the tasks, whichever thread is done first. */
export class TaskThreads<Kinds extends TaskKinds<Kinds>> {
  readonly #source: URL;
  readonly #count: number;
  readonly #setting: unknown;
  readonly #threads: Worker[] = [];
  readonly #idle: Worker[] = [];
  /** Tasks that wait for a thread. */
  readonly #queue: ((thread: Worker) => void)[] = [];
  readonly #signal: AbortSignal | undefined;
  /** Why no more results come. */
  #stopped: { readonly reason: unknown } | undefined;
  /** What ends the waiting for results that are under way. */
  readonly #rejections = new Set<(reason: unknown) => void>();

  constructor({ source, threads, setting, signal }: TaskThreadsOptions) {
    this.#source = source;
    this.#count = threads;
    this.#setting = setting;
    this.#signal = signal;
    signal?.addEventListener("abort", this.#abort, { once: true });
    if (signal?.aborted === true) this.#abort();
  }

  readonly #abort = (): void => this.#stop(this.#signal!.reason);

  readonly #stop = (reason: unknown): void => {
    this.#stopped ??= { reason };
    for (const reject of this.#rejections) reject(this.#stopped.reason);
    this.#rejections.clear();
  };

  /** A result, unless the threads are stopped. `Promise.race` with one lasting promise would keep every result. */
  #unlessStopped<Result>(result: Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      if (this.#stopped !== undefined) reject(this.#stopped.reason);
      else this.#rejections.add(reject);
      result.then(resolve, reject).finally(() => this.#rejections.delete(reject));
    });
  }

  /** Threads start with the first task. */
  #start(): void {
    while (this.#threads.length < this.#count) {
      const thread = new Worker(this.#source, { workerData: this.#setting });
      thread.once("error", this.#stop).once("exit", (code) => {
        this.#stop(new Error(`a thread of ${this.#source.pathname} ended with exit code ${code}`));
      });
      this.#threads.push(thread);
      this.#idle.push(thread);
    }
  }

  /** Tasks are taken from the source as threads become free, and one for each thread ahead. */
  async *run<Kind extends keyof Kinds>(
    tasks: Iterable<Kinds[Kind]["task"]>,
  ): AsyncGenerator<Kinds[Kind]["result"]> {
    const source = tasks[Symbol.iterator]();
    const waiting: Promise<Kinds[Kind]["result"]>[] = [];
    const startNext = (): void => {
      const next = source.next();
      if (next.done === true) return;
      const result = this.#ask(next.value);
      // A thread that fails stops all; its task may not be the one that is waited for.
      result.catch(() => {});
      waiting.push(result);
    };
    for (let ahead = 0; ahead < 2 * this.#count; ahead++) startNext();
    while (waiting.length > 0) {
      const result = await this.#unlessStopped(waiting.shift()!);
      startNext();
      yield result;
    }
  }

  /** One task, as soon as a thread is free. */
  ask<Kind extends keyof Kinds>(task: Kinds[Kind]["task"]): Promise<Kinds[Kind]["result"]> {
    return this.#unlessStopped(this.#ask(task));
  }

  async #ask<Kind extends keyof Kinds>(task: Kinds[Kind]["task"]): Promise<Kinds[Kind]["result"]> {
    this.#start();
    const thread = this.#idle.pop() ?? (await new Promise<Worker>((resolve) => this.#queue.push(resolve)));
    const answer = once(thread, "message");
    thread.postMessage(task, []);
    const [result] = (await answer) as [Kinds[Kind]["result"]];
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
