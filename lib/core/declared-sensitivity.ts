import { dirname, resolve } from "node:path";

import { declarationAbove, realPath } from "./declaration.ts";
import { ArgumentError } from "./errors.ts";
import { notedSensitivityAbove } from "./lineage.ts";

type Sensitivity = "public" | "restricted";

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
