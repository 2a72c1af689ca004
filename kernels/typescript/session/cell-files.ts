import path from "node:path";

import type { RewrittenCell } from "./rewrite.ts";

/** One executed source, known to the engine by a path in the notebook's folder that no file has. */
export interface CellFile {
  /** What people see: `Cell [12]`. */
  readonly label: string;
  readonly path: string;
  readonly source: string;
  /** Set once the cell has been rewritten. */
  rewritten: RewrittenCell | undefined;
}

/** The sources of the cells that have run, by the path under which the engine knows them. */
export class CellFiles {
  private readonly directory: string;
  private readonly byPath = new Map<string, CellFile>();
  private count = 0;

  constructor(directory: string) {
    this.directory = directory;
  }

  /** Name a source that is about to run; two runs of one cell have two paths. */
  add(label: string, source: string): CellFile {
    const file = {
      label,
      path: path.join(this.directory, `<cell-${++this.count}>.ts`),
      source,
      rewritten: undefined,
    };
    this.byPath.set(file.path, file);
    return file;
  }

  get(filePath: string): CellFile | undefined {
    return this.byPath.get(filePath);
  }
}
