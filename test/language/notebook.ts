import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { NotebookTypes } from "../../kernels/typescript/language/notebook-types.ts";
import { projectDeclarations } from "../../kernels/typescript/language/project-declarations.ts";
import { projectRoot } from "../../setup/paths.mjs";

const folders: string[] = [];
after(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

const declarations = await projectDeclarations(projectRoot);

/** A notebook in an empty folder, as the language service sees it. */
export class TestNotebook {
  readonly directory: string;
  readonly types: NotebookTypes;
  #cells = 0;

  constructor() {
    this.directory = mkdtempSync(join(tmpdir(), "rounds-types-"));
    folders.push(this.directory);
    this.types = new NotebookTypes({ directory: this.directory, projectRoot, declarations });
  }

  /** Run a cell, as far as types are concerned; gives the lines of its warnings. */
  run(source: string): string[] {
    const number = ++this.#cells;
    return this.types.addCell(number, { label: `Cell [${number}]`, source }).map(({ text }) => text);
  }

  /** The values of the last cell say their types. */
  refine(types: Record<string, string>): void {
    this.types.refine(this.#cells, types);
  }

  /** Matches at `|`. */
  matches(sourceWithCursor: string): string[] {
    return this.types.complete(...cursorOf(sourceWithCursor))?.matches ?? [];
  }

  /** The item of one match at `|`. */
  item(sourceWithCursor: string, text: string) {
    const completion = this.types.complete(...cursorOf(sourceWithCursor));
    const { _jupyter_types_experimental: items } = completion?.metadata ?? {};
    return items?.find((item) => item.text === text);
  }

  /** What is said of the place at `|`. */
  inspect(sourceWithCursor: string): string | undefined {
    return this.types.inspect(...cursorOf(sourceWithCursor))?.data["text/plain"] as string | undefined;
  }
}

function cursorOf(sourceWithCursor: string): [source: string, cursor: number] {
  const cursor = sourceWithCursor.indexOf("|");
  return [sourceWithCursor.replace("|", ""), cursor];
}
