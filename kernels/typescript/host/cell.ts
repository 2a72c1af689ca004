import { AsyncLocalStorage } from "node:async_hooks";

/** The request that code runs for; what the code prints, now or later, belongs to it. */
export interface Cell {
  /** Number of the request between the two threads. */
  readonly id: number;
  readonly silent: boolean;
  readonly allowStdin: boolean;
  readonly interrupt: AbortController;
  /** When it began to run, and what the processor had done by then; requests that are no cells have none. */
  readonly started?: { readonly milliseconds: number; readonly cpu: NodeJS.CpuUsage };
}

const storage = new AsyncLocalStorage<Cell>();
let latest: Cell = { id: 0, silent: false, allowStdin: false, interrupt: new AbortController() };

/** Run `code` so that it, and whatever it starts, belongs to `cell`. */
export function runInCell<Result>(cell: Cell, code: () => Result): Result {
  return storage.run(cell, code);
}

/** Begin a new cell: output that belongs to no other one goes there. */
export function setLatestCell(cell: Cell): void {
  latest = cell;
}

/** The cell that the calling code belongs to, where that is known. */
export function cellOfCode(): Cell | undefined {
  return storage.getStore();
}

/** The cell that the calling code belongs to; the latest one where that is not known. */
export function currentCell(): Cell {
  return storage.getStore() ?? latest;
}
