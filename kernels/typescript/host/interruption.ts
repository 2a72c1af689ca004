import { promisify } from "node:util";
import type { Worker } from "node:worker_threads";
import { type Cell, cellOfCode } from "./cell.ts";
import { KeyboardInterrupt } from "./keyboard-interrupt.ts";

/** How long code that catches the interrupt may still `await` something, to clean up. */
const CLEAN_UP_MILLISECONDS = 1_000;

/**
 * Stops code of interrupted cells that waits, wherever it comes back: after an `await`, in a timer.
 *
 * Every `await x` of a cell is run as `resumed(await hold(x))`. Code of a package is not: it goes on until it
 * comes back to the cell, unless it listens to the host's `interruptSignal`.
 */
export class Interruption {
  /** When each interrupted cell was first told, by an exception. */
  readonly #told = new WeakMap<Cell, number>();
  readonly #workers = new WeakMap<Cell, Set<Worker>>();
  /** False until a cell is interrupted: until then nothing here costs more than a comparison. */
  #isUsed = false;

  /** Note that a cell was interrupted, and end its threads. */
  stopped(cell: Cell): void {
    this.#isUsed = true;
    for (const worker of this.#workers.get(cell) ?? []) void worker.terminate();
  }

  /** A thread that a cell starts ends when that cell is interrupted; those of earlier cells stay. */
  watchWorker(worker: Worker): void {
    const cell = cellOfCode();
    if (cell === undefined) return;
    if (cell.interrupt.signal.aborted) {
      void worker.terminate();
      return;
    }
    const workers = this.#workers.get(cell) ?? new Set();
    this.#workers.set(cell, workers.add(worker));
    worker.once("exit", () => workers.delete(worker));
  }

  /** What to wait for instead of `value`: it, or nothing ever when the code has caught its interrupt and goes on. */
  readonly hold = (value: unknown): unknown => {
    if (!this.#isUsed) return value;
    const cell = this.#interruptedCell();
    const told = cell === undefined ? undefined : this.#told.get(cell);
    if (told === undefined || performance.now() - told < CLEAN_UP_MILLISECONDS) return value;
    return new Promise(() => {});
  };

  /**
   * Give back what was waited for.
   *
   * @throws {@link KeyboardInterrupt} the cell was interrupted meanwhile
   */
  readonly resumed = (value?: unknown): unknown => {
    if (!this.#isUsed) return value;
    const cell = this.#interruptedCell();
    if (cell === undefined) return value;
    if (!this.#told.has(cell)) this.#told.set(cell, performance.now());
    throw new KeyboardInterrupt();
  };

  /** Timers as cells see them: those of an interrupted cell no longer fire. */
  timers(): Record<string, unknown> {
    const isStopped = (): boolean => this.#isUsed && this.#interruptedCell() !== undefined;
    return Object.fromEntries([
      stoppable(setTimeout, isStopped),
      stoppable(setImmediate, isStopped),
      stoppable(setInterval, isStopped, clearInterval),
    ]);
  }

  #interruptedCell(): Cell | undefined {
    const cell = cellOfCode();
    return cell?.interrupt.signal.aborted === true ? cell : undefined;
  }
}

type Timer = (callback: (...values: unknown[]) => unknown, ...values: unknown[]) => unknown;

function stoppable(
  original: unknown,
  isStopped: () => boolean,
  clear?: (timer: NodeJS.Timeout) => void,
): [name: string, timer: Timer] {
  const start = original as Timer & { [promisify.custom]?: unknown };
  const timer: Timer = (callback, ...values) =>
    // Node says what is wrong with a callback that is none.
    typeof callback === "function"
      ? start(
          function (this: NodeJS.Timeout, ...parameters: unknown[]) {
            if (!isStopped()) callback.apply(this, parameters);
            else clear?.(this);
          },
          ...values,
        )
      : start(callback, ...values);
  Object.defineProperty(timer, "name", { value: start.name });
  Object.defineProperty(timer, promisify.custom, { value: start[promisify.custom] });
  return [start.name, timer];
}
