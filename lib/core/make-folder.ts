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
  try {
    mkdirSync(path, options);
  } catch (error) {
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return;
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    const parent = dirname(path);
    if (existsSync(parent)) {
      throw new DataError(
        `the folder ${path} cannot be made: ${parent} holds no new folders`,
        { path },
        { cause: error },
      );
    }
    makeFolder(parent, options);
    makeFolder(path, options);
  }
}
