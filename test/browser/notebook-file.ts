import { readFileSync, writeFileSync } from "node:fs";

export interface Output {
  readonly output_type: string;
  readonly data?: Record<string, unknown>;
  readonly metadata?: Record<string, Record<string, unknown>>;
}

export interface Cell {
  readonly cell_type: string;
  readonly source: string | string[];
  readonly outputs?: readonly Output[];
}

/** A TypeScript notebook without outputs, as text. */
export function notebookOf(sources: readonly string[]): string {
  const cells = sources.map((source, index) => ({
    cell_type: "code",
    id: `cell-${index}`,
    metadata: {},
    execution_count: null,
    outputs: [],
    source,
  }));
  const kernelspec = { name: "typescript", display_name: "TypeScript (Rounds)", language: "typescript" };
  return JSON.stringify({ cells, metadata: { kernelspec }, nbformat: 4, nbformat_minor: 5 }, null, 1);
}

export function readCells(path: string): Cell[] {
  return (JSON.parse(readFileSync(path, "utf8")) as { cells: Cell[] }).cells;
}

export function outputsOf(path: string): Output[] {
  return readCells(path).flatMap((cell) => cell.outputs ?? []);
}

/** How many outputs of a notebook have a MIME type. */
export function countOutputs(path: string, mimeType: string): number {
  return outputsOf(path).filter((output) => output.data !== undefined && mimeType in output.data).length;
}

/** A copy whose first code cell differs in one byte, so that its signature no longer fits. */
export function writeAlteredCopy(path: string, target: string): void {
  const notebook = JSON.parse(readFileSync(path, "utf8")) as {
    cells: { cell_type: string; source: unknown }[];
  };
  const cell = notebook.cells.find((candidate) => candidate.cell_type === "code")!;
  cell.source = `${[cell.source].flat().join("")} `;
  writeFileSync(target, JSON.stringify(notebook));
}
