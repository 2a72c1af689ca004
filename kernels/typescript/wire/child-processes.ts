import { readProcessTree, withDescendants } from "./process-tree.ts";

/** The processes that cells have started, so that an interrupt reaches those of the cell that it stops. */
export class ChildProcesses {
  /** The cell of each child that the kernel knows and that runs beside it. */
  readonly #cells = new Map<number, number>();

  started(pid: number, cell: number): void {
    this.#cells.set(pid, cell);
  }

  ended(pid: number): void {
    this.#cells.delete(pid);
  }

  /** Ask what a cell started to stop, as Ctrl-C does in a terminal. */
  interrupt(cell: number): void {
    this.#signal("SIGINT", (owner) => owner === undefined || owner === cell);
  }

  /** End the children that the thread itself waits for: `execSync` returns when they have ended. */
  killAwaited(): void {
    this.#signal("SIGKILL", (owner) => owner === undefined);
  }

  #signal(signal: NodeJS.Signals, isMeant: (cell: number | undefined) => boolean): void {
    const tree = readProcessTree();
    for (const child of tree.get(process.pid) ?? []) {
      if (!isMeant(this.#cells.get(child))) continue;
      for (const pid of withDescendants(tree, child)) {
        try {
          process.kill(pid, signal);
        } catch {
          // It has ended meanwhile, or is another user's.
        }
      }
    }
  }
}
