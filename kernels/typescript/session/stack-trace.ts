import path from "node:path";
import { fileURLToPath } from "node:url";

import type { Cell } from "./cells.ts";
import { findCell } from "./cells.ts";
import type { SourcePosition } from "./source-position.ts";
import { originalPosition } from "./source-position.ts";

const sessionDirectory = path.dirname(fileURLToPath(import.meta.url));
const kernelDirectory = path.dirname(sessionDirectory) + path.sep;

/** A place in a cell's own source; `position` is unknown for the imports that run before its first line. */
export interface CellPlace {
  readonly cell: Cell;
  readonly position: SourcePosition | undefined;
}

const placesInCells = new WeakMap<object, CellPlace>();

let isInstalled = false;

/** The innermost place of an error's stack that is in a cell. */
export function placeInCell(error: Error): CellPlace | undefined {
  void error.stack; // Places are found when the stack is first read.
  return placesInCells.get(error);
}

/**
 * Make `error.stack` name places in the user's own sources, wherever it is read.
 *
 * Frames of the kernel are left out; those of local files and packages stay.
 */
export function installStackTraces(): void {
  if (isInstalled) return;
  isInstalled = true;
  Error.prepareStackTrace = (error: unknown, sites: NodeJS.CallSite[]): string => {
    const lines = [describe(error)];
    for (const site of sites) {
      const frame = describeFrame(site);
      if (!frame) continue;
      lines.push(`    at ${frame.text}`);
      if (frame.place && error instanceof Object && !placesInCells.has(error)) {
        placesInCells.set(error, frame.place);
      }
    }
    return lines.join("\n");
  };
}

function describe(error: unknown): string {
  try {
    return Error.prototype.toString.call(error);
  } catch {
    return "Error";
  }
}

function describeFrame(site: NodeJS.CallSite): { text: string; place?: CellPlace } | undefined {
  const text = site.toString();
  const fileName = site.getFileName();
  const line = site.getLineNumber();
  const column = site.getColumnNumber();
  if (!fileName || line === null || column === null) return { text: withCellLabels(text) };
  if (fileName.startsWith("node:")) return { text };
  if (isKernelFile(fileName)) return undefined;
  const { name, cell, position } = originalPosition(fileName, { line, column });
  const where = position ? `${name}:${position.line}:${position.column}` : name;
  const described = text.replace(`${fileName}:${line}:${column}`, () => where);
  return cell ? { text: described, place: { cell, position } } : { text: described };
}

/** Code made from text names the place that made it. */
function withCellLabels(text: string): string {
  return text.replaceAll(
    /\(([^()]*<cell-\d+>\.ts):(\d+):(\d+)\)/g,
    (found, fileName: string, line, column) => {
      const { name, position } = originalPosition(fileName, { line: Number(line), column: Number(column) });
      return position ? `(${name}:${position.line}:${position.column})` : found;
    },
  );
}

function isKernelFile(fileName: string): boolean {
  const filePath = fileName.startsWith("file:") ? fileURLToPath(fileName) : fileName;
  return filePath.startsWith(kernelDirectory) && findCell(filePath) === undefined;
}
