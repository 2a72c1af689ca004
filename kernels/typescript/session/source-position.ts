import { createRequire } from "node:module";
import type { TraceMap } from "@jridgewell/trace-mapping";

import type { Cell } from "./cells.ts";
import { findCell } from "./cells.ts";

const require = createRequire(import.meta.url);

function traceMapping(): typeof import("@jridgewell/trace-mapping") {
  return require("@jridgewell/trace-mapping") as typeof import("@jridgewell/trace-mapping");
}

/** The last line of code that was made from a source: a debugger asks this module for the map. */
export const MAPPED_CODE = "//# sourceMappingURL=rounds:map";

/** A place in a source, both counted from 1. */
export interface SourcePosition {
  readonly line: number;
  readonly column: number;
}

/** How the code that runs was made from a source. */
export interface CodeOrigin {
  /** Lines of the code before the first that comes from the source. */
  readonly headerLines: number;
  /** Source maps from the code back to the source, the last change first; JSON. */
  readonly maps: readonly string[];
}

/** Finds the places in a source that places in the code made from it stand for. */
export class PositionMap {
  readonly #headerLines: number;
  readonly #maps: readonly TraceMap[];

  constructor(origin: CodeOrigin) {
    const { TraceMap: Map } = traceMapping();
    this.#headerLines = origin.headerLines;
    this.#maps = origin.maps.map((map) => new Map(map));
  }

  /** The place in the source; undefined for code that no source stands behind. */
  original(position: SourcePosition): SourcePosition | undefined {
    let found: SourcePosition | undefined = { ...position, line: position.line - this.#headerLines };
    for (const map of this.#maps) found = found && trace(map, found);
    return found;
  }
}

const mapsOfCells = new WeakMap<Cell, PositionMap>();
const originsOfModules = new Map<string, CodeOrigin & { readonly source: string }>();
const mapsOfModules = new Map<string, PositionMap>();

/** Remember how the code of a local module, loaded under `url`, was made from its file as it was then. */
export function addModuleMap(url: string, map: string, source: string): void {
  originsOfModules.set(url, { headerLines: 0, maps: [map], source });
}

/** How the code of a cell was made; undefined before it is. */
export function originOfCell({
  label,
  rewritten,
}: Pick<Cell, "label" | "rewritten">): CodeOrigin | undefined {
  if (!rewritten) return undefined;
  const edits = rewritten.edits.generateMap({ source: label, hires: true }).toString();
  return { headerLines: rewritten.headerLines, maps: [edits, rewritten.typescriptMap] };
}

/** How the code of a local module was made; undefined where it is the file as it stands. */
export function originOfModule(url: string): (CodeOrigin & { readonly source: string }) | undefined {
  return originsOfModules.get(url);
}

/** The place in a cell's own source of a place in the code made from it. */
function positionInCell(cell: Cell, position: SourcePosition): SourcePosition | undefined {
  let map = mapsOfCells.get(cell);
  if (!map) {
    const origin = originOfCell(cell);
    if (!origin) return undefined;
    map = new PositionMap(origin);
    mapsOfCells.set(cell, map);
  }
  return map.original(position);
}

/** The place in the file of a place in the code of a local module; the same place when it was not changed. */
function positionInModule(url: string, position: SourcePosition): SourcePosition {
  let map = mapsOfModules.get(url);
  if (!map) {
    const origin = originsOfModules.get(url);
    if (!origin) return position;
    map = new PositionMap(origin);
    mapsOfModules.set(url, map);
  }
  return map.original(position) ?? position;
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
