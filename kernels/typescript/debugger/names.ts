/** Name of the symbol under which `globalThis` has the module `probe.ts`. */
export const PROBE = "rounds.debugger";

/** Files that stand for cells which are compiled and not run. */
export const CELL_NOT_RUN = /<cell-not-run-\d+>\.ts$/;
