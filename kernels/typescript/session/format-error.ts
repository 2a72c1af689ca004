import type { CellFiles } from "./cell-files.ts";

/** An error as the Jupyter protocol carries it. */
export interface FormattedError {
  readonly ename: string;
  readonly evalue: string;
  readonly traceback: string[];
}

/** What to show of anything that was thrown. */
export function formatError(error: unknown, _files: CellFiles): FormattedError {
  if (!(error instanceof Error)) {
    return { ename: "Thrown", evalue: String(error), traceback: [String(error)] };
  }
  return { ename: error.name, evalue: error.message, traceback: (error.stack ?? String(error)).split("\n") };
}
