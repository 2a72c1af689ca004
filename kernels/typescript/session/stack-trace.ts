import path from "node:path";
import { fileURLToPath } from "node:url";

import { findCell } from "./cells.ts";
import { originalPosition } from "./source-position.ts";

const sessionDirectory = path.dirname(fileURLToPath(import.meta.url));
const kernelDirectory = path.dirname(sessionDirectory) + path.sep;

let isInstalled = false;

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
      if (frame !== undefined) lines.push(`    at ${frame}`);
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

function describeFrame(site: NodeJS.CallSite): string | undefined {
  const text = site.toString();
  const fileName = site.getFileName();
  const line = site.getLineNumber();
  const column = site.getColumnNumber();
  if (!fileName || line === null || column === null) return text;
  if (isKernelFile(fileName)) return undefined;
  const { name, position } = originalPosition(fileName, { line, column });
  const place = position ? `${name}:${position.line}:${position.column}` : name;
  return text.replace(`${fileName}:${line}:${column}`, () => place);
}

function isKernelFile(fileName: string): boolean {
  const filePath = fileName.startsWith("file:") ? fileURLToPath(fileName) : fileName;
  return filePath.startsWith(kernelDirectory) && findCell(filePath) === undefined;
}
