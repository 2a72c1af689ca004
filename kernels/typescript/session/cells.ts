import path from "node:path";

import type { RewrittenCell } from "./rewrite.ts";

/** One source that has run, known to the engine by a path in the notebook's folder that no file has. */
export interface Cell {
  /** What people see: `Cell [12]`. */
  readonly label: string;
  readonly path: string;
  readonly source: string;
  /** Set once the cell has been rewritten. */
  rewritten: RewrittenCell | undefined;
}

const cellsByPath = new Map<string, Cell>();

/** Name a source that is about to run; two runs of one cell have two paths. */
export function addCell(directory: string, label: string, source: string): Cell {
  const cell: Cell = {
    label,
    path: path.join(directory, `<cell-${cellsByPath.size + 1}>.ts`),
    source,
    rewritten: undefined,
  };
  cellsByPath.set(cell.path, cell);
  return cell;
}

/** The cell that the engine knows by this path. */
export function findCell(filePath: string): Cell | undefined {
  return cellsByPath.get(filePath);
}

/** All cells that have run, the first one first. */
export function allCells(): Cell[] {
  return [...cellsByPath.values()];
}

/** The cells of one notebook that have run, the last first. */
export function recentCells(directory: string): Cell[] {
  return allCells()
    .filter((cell) => path.dirname(cell.path) === directory)
    .reverse();
}
