import { readFileSync } from "node:fs";
import { parseSync } from "oxc-parser";
import { unknownName } from "../lib/core/nearest-name.ts";
import { sourceOf, type Cell, type Notebook } from "./notebook-file.ts";

export type Parameters = Record<string, unknown>;

/** Read `--parameters FILE`: a JSON object of variable names and values. */
export function readParameters(path: string): Parameters {
  const parameters: unknown = JSON.parse(readFileSync(path, "utf8"));
  if (typeof parameters !== "object" || parameters === null || Array.isArray(parameters)) {
    throw new Error(`${path} must hold one JSON object of variable names and values`);
  }
  return parameters as Parameters;
}

/**
 * A copy of the notebook with a cell after the one tagged `parameters` that declares the given variables anew.
 *
 * @throws Error when the notebook has no such cell, or its cell does not declare a given name
 */
export function withParameters(notebook: Notebook, parameters: Parameters): Notebook {
  const cells = notebook.cells.filter((cell) => !hasTag(cell, "injected-parameters"));
  const index = cells.findIndex((cell) => hasTag(cell, "parameters"));
  if (index < 0) throw new Error(`no cell is tagged "parameters", so none of its variables can be set`);
  const declared = declaredNames(sourceOf(cells[index]!));
  for (const name of Object.keys(parameters)) {
    if (!declared.includes(name)) throw unknownName("parameter", name, declared);
  }
  const lines = Object.entries(parameters).map(([name, value]) => `let ${name} = ${JSON.stringify(value)};`);
  cells.splice(index + 1, 0, {
    cell_type: "code",
    id: "injected-parameters",
    metadata: { tags: ["injected-parameters"] },
    source: lines.join("\n"),
  });
  return { ...notebook, cells };
}

function hasTag(cell: Cell, tag: string): boolean {
  return cell.metadata.tags?.includes(tag) ?? false;
}

function declaredNames(source: string): string[] {
  const { program } = parseSync("parameters.ts", source);
  return program.body.flatMap((statement) => {
    if (statement.type !== "VariableDeclaration") return [];
    return statement.declarations.flatMap(({ id }) => (id.type === "Identifier" ? [id.name] : []));
  });
}
