/** Name of the function on `globalThis` that gives the parameters of the code that was made last. */
export const PARAMETERS = "rounds.debugger.parameters";

/** Files that stand for cells which are compiled and not run. */
export const CELL_NOT_RUN = /<cell-not-run-\d+>\.ts$/;
