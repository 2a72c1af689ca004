import { createRequire } from "node:module";
import type { TraceMap } from "@jridgewell/trace-mapping";

import type { Cell } from "./cells.ts";
import { findCell } from "./cells.ts";

const require = createRequire(import.meta.url);

function traceMapping(): typeof import("@jridgewell/trace-mapping") {
  return require("@jridgewell/trace-mapping") as typeof import("@jridgewell/trace-mapping");
}

/** A place in a source, both counted from 1. */
export interface SourcePosition {
  readonly line: number;
  readonly column: number;
}

const mapsOfCells = new WeakMap<Cell, { edits: TraceMap; typescript: TraceMap }>();
const mapsOfModules = new Map<string, string | TraceMap>();

/** Remember how the code of a local module, loaded under `url`, was made from its file. */
export function addModuleMap(url: string, map: string): void {
  mapsOfModules.set(url, map);
}

/** The place in a cell's own source of a place in the code made from it. */
function positionInCell(cell: Cell, position: SourcePosition): SourcePosition | undefined {
  const { rewritten } = cell;
  if (!rewritten) return undefined;
  let maps = mapsOfCells.get(cell);
  if (!maps) {
    const { TraceMap: Map } = traceMapping();
    const edits = new Map(rewritten.edits.generateMap({ source: cell.label, hires: true }).toString());
    maps = { edits, typescript: new Map(rewritten.typescriptMap) };
    mapsOfCells.set(cell, maps);
  }
  const inJavascript = trace(maps.edits, {
    line: position.line - rewritten.headerLines,
    column: position.column,
  });
  return inJavascript && trace(maps.typescript, inJavascript);
}

/** The place in the file of a place in the code of a local module; the same place when it was not changed. */
function positionInModule(url: string, position: SourcePosition): SourcePosition {
  const known = mapsOfModules.get(url);
  if (known === undefined) return position;
  const { TraceMap: Map } = traceMapping();
  const map = typeof known === "string" ? new Map(known) : known;
  mapsOfModules.set(url, map);
  return trace(map, position) ?? position;
}

/** The place of a path as the engine knows it, with the name that people know. */
export function originalPosition(
  fileName: string,
  position: SourcePosition,
): { name: string; cell: Cell | undefined; position: SourcePosition | undefined } {
  const cell = findCell(fileName);
  if (cell) return { name: cell.label, cell, position: positionInCell(cell, position) };
  return {
    cell,
    name: fileName.replace(/\?v=[0-9a-f]+$/, ""),
    position: positionInModule(fileName, position),
  };
}

function trace(map: TraceMap, { line, column }: SourcePosition): SourcePosition | undefined {
  if (line < 1) return undefined;
  const found = traceMapping().originalPositionFor(map, { line, column: column - 1 });
  return found.line === null ? undefined : { line: found.line, column: found.column + 1 };
}
