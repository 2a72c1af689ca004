import { existsSync, mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { DataError } from "./errors.ts";

/**
 * Make a folder and those above it that are missing; one that is there stays as it is.
 *
 * Node's own `recursive` never returns where a file system holds no new folders, as that of /proc.
 *
 * @param options.mode of the folders that are made
 * @throws {DataError} the file system holds no new folders
 */
export function makeFolder(path: string, options: { readonly mode?: number } = {}): void {
  if (failure(path, options) === undefined) return;
  const parent = dirname(path);
  if (!existsSync(parent)) makeFolder(parent, options);
  // Again also where the parent is there: another process may have made it just now.
  const cause = failure(path, options);
  if (cause === undefined) return;
  const message = `the folder ${path} cannot be made: ${parent} holds no new folders`;
  throw new DataError(message, { path }, { cause });
}

/** Why the folder is not there for want of what is above it; undefined where it is there now. */
function failure(path: string, options: { readonly mode?: number }): Error | undefined {
  try {
    mkdirSync(path, options);
  } catch (error) {
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return undefined;
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return error as Error;
  }
  return undefined;
}
