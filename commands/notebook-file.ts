import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { KERNEL_INFO } from "../kernels/typescript/wire/kernel-info.ts";
import { writeFileAtomically } from "../lib/core/write-file-atomically.ts";

/** A notebook as nbformat 4.5 lays it out; only what Rounds reads or writes is typed. */
export interface Notebook {
  cells: Cell[];
  metadata: Record<string, unknown>;
  nbformat: number;
  nbformat_minor: number;
}

export interface Cell {
  cell_type: "code" | "markdown" | "raw";
  id: string;
  metadata: { tags?: string[] } & Record<string, unknown>;
  source: string | string[];
  outputs?: Output[];
  execution_count?: number | null;
}

export type Output = Record<string, unknown> & { output_type: string };

/** What JupyterLab writes when it opens a notebook on the kernel, or it would call one unsaved that nobody touched. */
const kernelMetadata = {
  kernelspec: { display_name: "TypeScript (Rounds)", language: "typescript", name: "typescript" },
  language_info: Object.fromEntries(
    Object.entries(KERNEL_INFO.language_info).sort(([left], [right]) => (left < right ? -1 : 1)),
  ),
};

export function readNotebook(path: string): Notebook {
  let notebook: Notebook;
  try {
    notebook = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new Error(`${basename(path)} is not a notebook: ${(error as Error).message}`, { cause: error });
  }
  if (notebook.nbformat !== 4 || !Array.isArray(notebook.cells)) {
    throw new Error(
      `${basename(path)} is not a notebook of format 4: open it in JupyterLab and save it again`,
    );
  }
  return notebook;
}

/** The notebook as JupyterLab saves it: one space of indentation, sources and texts as lists of lines. */
export function notebookText(notebook: Notebook): string {
  const cells = notebook.cells.map((cell) => ({
    cell_type: cell.cell_type,
    ...(cell.cell_type === "code" ? { execution_count: cell.execution_count ?? null } : {}),
    id: cell.id,
    metadata: cell.metadata,
    ...(cell.cell_type === "code" ? { outputs: (cell.outputs ?? []).map(withLines) } : {}),
    source: toLines(sourceOf(cell)),
  }));
  const document = {
    cells,
    metadata: { ...notebook.metadata, ...kernelMetadata },
    nbformat: 4,
    nbformat_minor: 5,
  };
  return `${JSON.stringify(document, null, 1)}\n`;
}

export function writeNotebook(path: string, notebook: Notebook): Promise<void> {
  return writeFileAtomically(path, notebookText(notebook));
}

export function sourceOf(cell: Cell): string {
  return Array.isArray(cell.source) ? cell.source.join("") : cell.source;
}

function toLines(text: string): string[] {
  return text === "" ? [] : text.split(/(?<=\n)/);
}

function withLines(output: Output): Output {
  if (typeof output["text"] === "string") return { ...output, text: toLines(output["text"]) };
  const data = output["data"];
  if (typeof data !== "object" || data === null) return output;
  const lines = Object.entries(data).map(([mime, value]) => [
    mime,
    typeof value === "string" && !mime.startsWith("image/png") ? toLines(value) : value,
  ]);
  return { ...output, data: Object.fromEntries(lines) };
}
