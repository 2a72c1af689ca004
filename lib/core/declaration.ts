import { readFileSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";

import { DataError } from "./errors.ts";

/** In a folder: what is in it and below is restricted. */
const sensitivityFile = ".rounds-sensitivity";

/**
 * The declaration that makes a folder restricted, in it or above it; undefined where nothing does.
 *
 * @param folders what is known of folders already, so that each is looked at once for many files
 * @throws {DataError} a declaration that is neither "restricted" nor "public"
 */
export function declarationAbove(
  folder: string,
  folders: Map<string, string | undefined>,
): string | undefined {
  if (!folders.has(folder)) {
    const parent = dirname(folder);
    const above = parent === folder ? undefined : declarationAbove(parent, folders);
    folders.set(folder, above ?? declarationIn(folder));
  }
  return folders.get(folder);
}

function declarationIn(folder: string): string | undefined {
  const path = join(folder, sensitivityFile);
  let word: string;
  try {
    word = readFileSync(path, "utf8").trim();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR" || code === "EACCES") return undefined;
    throw new DataError(`${path} cannot be read`, { path }, { cause: error });
  }
  if (word === "restricted") return path;
  if (word === "public") return undefined;
  throw new DataError(`${path} must hold the word "restricted" or "public"`, { path });
}

/** Where a path leads to; a path of nothing as it stands. */
export function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
