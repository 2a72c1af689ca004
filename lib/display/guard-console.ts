import { describeRestricted, holdsRestricted } from "../core/restricted.ts";

const printing = ["debug", "dir", "dirxml", "error", "info", "log", "table", "trace", "warn"] as const;

/**
 * Print restricted objects by their shape alone: what a cell prints is saved with the notebook.
 *
 * A text that was taken out of one is a text like any other.
 */
export function guardConsole(guarded: Console): void {
  for (const name of printing) {
    const print = guarded[name].bind(guarded) as (...values: unknown[]) => void;
    guarded[name] = (...values: unknown[]): void =>
      print(...values.map((value) => (holdsRestricted(value) ? describeRestricted(value) : value)));
  }
}
