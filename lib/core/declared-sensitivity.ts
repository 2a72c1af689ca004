import { readFileSync, realpathSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

import { ArgumentError, DataError } from "./errors.ts";
import { notedSensitivityAbove } from "./lineage.ts";

type Sensitivity = "public" | "restricted";

/** In a folder: what is in it and below is restricted. */
export const sensitivityFile = ".rounds-sensitivity";

/**
 * The sensitivity of files: what is said by hand, unless a folder above one of them is declared restricted, or Rounds
 * wrote one of them from restricted data.
 *
 * A folder is declared by a file `.rounds-sensitivity` in it that holds the word `restricted` (or `public`, which
 * changes nothing).
 *
 * @param given what the caller said, undefined for nothing
 * @throws {ArgumentError} "public" said by hand of files that are restricted
 * @throws {DataError} a declaration that is neither word
 */
export function declaredSensitivity(files: readonly string[], given: Sensitivity | undefined): Sensitivity {
  const folders = new Map<string, string | undefined>();
  const written = new Map<string, Sensitivity>();
  for (const file of files) {
    const reason = restrictedBy(file, folders, written);
    if (reason === undefined) continue;
    if (given !== "public") return "restricted";
    const expected = `left out: ${reason}. lowerSensitivity(…, { reason }) makes public what was opened, and logs why`;
    throw new ArgumentError("sensitivity", expected, given);
  }
  return given ?? "public";
}

/** Why a file is restricted; undefined where nothing says so. */
function restrictedBy(
  file: string,
  folders: Map<string, string | undefined>,
  written: Map<string, Sensitivity>,
): string | undefined {
  const path = resolve(file);
  for (const each of new Set([path, realPath(path)])) {
    if (notedSensitivityAbove(each, written) === "restricted")
      return `${each} was written from restricted data`;
    const declaration = declarationAbove(dirname(each), folders);
    if (declaration !== undefined) return `${declaration} says that it is restricted`;
  }
  return undefined;
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/** Each folder is looked at once for all files. */
function declarationAbove(folder: string, folders: Map<string, string | undefined>): string | undefined {
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
