import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { KernelDiedError } from "../kernels/client/errors.ts";
import { KernelClient } from "../kernels/client/kernel-client.ts";
import { projectRoot } from "../setup/paths.mjs";
import { sourceOf, type Cell, type Notebook } from "./notebook-file.ts";

/** A cell raised an error, or the kernel ended in it; the message names the cell and says what happened. */
export class CellError extends Error {
  override readonly name = "CellError";
  /** Place among the notebook's code cells, from 1: the number in its brackets. */
  readonly cellNumber: number;

  constructor(cellNumber: number, message: string, options?: ErrorOptions) {
    super(`cell ${cellNumber}: ${message}`, options);
    this.cellNumber = cellNumber;
  }
}

export interface RunNotebookOptions {
  /** Working folder of the kernel: where the notebook lies. */
  directory: string;
  /** Ends the kernel and rejects. */
  signal?: AbortSignal;
}

/**
 * Execute a notebook's code cells in order in a new kernel; gives a copy with their outputs.
 *
 * Straight over zeromq: docs/decisions says what a Jupyter server in between costs.
 *
 * @throws {@link CellError} at the first cell that fails, or within a second of the kernel's end
 */
export async function runNotebook(notebook: Notebook, options: RunNotebookOptions): Promise<Notebook> {
  const kernel = await KernelClient.start({
    kernelspec: join(projectRoot, "kernels", "typescript"),
    directory: options.directory,
    // Warnings come some time after their cell; two runs must give the same outputs.
    environment: { ROUNDS_TYPES: "off" },
  });
  const stop = () => void kernel.kill();
  options.signal?.addEventListener("abort", stop);
  if (options.signal?.aborted) stop();
  try {
    const cells: Cell[] = [];
    let cellNumber = 0;
    for (const cell of notebook.cells) {
      cells.push(cell.cell_type === "code" ? await runCell(kernel, cell, ++cellNumber) : cell);
    }
    return { ...notebook, cells };
  } finally {
    options.signal?.removeEventListener("abort", stop);
    await kernel.shutdown();
  }
}

async function runCell(kernel: KernelClient, cell: Cell, cellNumber: number): Promise<Cell> {
  const source = sourceOf(cell);
  if (source.trim() === "") return { ...cell, outputs: [], execution_count: null };
  try {
    const { reply, outputs } = await kernel.execute(source);
    if (reply.status !== "ok") {
      const trace = reply.traceback?.join("\n") ?? `${reply.ename}: ${reply.evalue}`;
      throw new CellError(
        cellNumber,
        `${reply.ename}: ${reply.evalue}\n\n${stripVTControlCharacters(trace)}`,
      );
    }
    return {
      ...cell,
      outputs: outputs as unknown as NonNullable<Cell["outputs"]>,
      execution_count: reply.execution_count ?? null,
    };
  } catch (error) {
    if (error instanceof KernelDiedError) throw new CellError(cellNumber, error.message, { cause: error });
    throw error;
  }
}
