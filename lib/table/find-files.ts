import { readdirSync, statSync } from "node:fs";
import { glob } from "node:fs/promises";
import { basename, dirname, join, relative, resolve } from "node:path";
import { ArgumentError, DataError } from "../core/errors.ts";
import { nearestName } from "../core/nearest-name.ts";
import { formatOfName } from "./file-format.ts";

/**
 * The files that a path, a folder, a glob or a list of these names, sorted, each once.
 *
 * A path that exists is taken as it is, whatever signs are in it. A folder gives the data files in it and below,
 * except names that begin with `.` or `_`.
 *
 * @throws {@link DataError} nothing is there
 */
export async function findFiles(paths: string | readonly string[]): Promise<string[]> {
  const list = typeof paths === "string" ? [paths] : paths;
  if (
    !Array.isArray(list) ||
    list.length === 0 ||
    list.some((path) => typeof path !== "string" || path === "")
  ) {
    throw new ArgumentError("path", "a name, path or glob, or a list of these", paths);
  }
  const found = await Promise.all(list.map((path: string) => findPath(path)));
  return [...new Set(found.flat())];
}

async function findPath(path: string): Promise<string[]> {
  const absolute = resolve(path);
  const status = statSync(absolute, { throwIfNoEntry: false });
  if (status?.isDirectory()) return filesInFolder(absolute);
  if (status !== undefined) return [absolute];
  if (!/[*?[{]/u.test(path)) throw missingFile(absolute);
  const matches: string[] = [];
  for await (const match of glob(path)) {
    if (statSync(match).isFile()) matches.push(resolve(match));
  }
  if (matches.length === 0) throw new DataError(`no file matches ${path}`, { path });
  return matches.sort();
}

function filesInFolder(folder: string): string[] {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter(
      (path) =>
        !relative(folder, path)
          .split(/[\\/]/u)
          .some((part) => /^[._]/u.test(part)),
    )
    .filter((path) => formatOfName(path) !== undefined)
    .sort();
  if (files.length === 0) throw new DataError(`no data file in the folder ${folder}`, { path: folder });
  return files;
}

function missingFile(path: string): DataError {
  const folder = dirname(path);
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    return new DataError(`no file ${path}: there is no folder ${folder}`, { path });
  }
  const names = readdirSync(folder).sort();
  const nearest = nearestName(basename(path), names);
  const suggestion = nearest === undefined ? "" : `; did you mean ${join(folder, nearest)}?`;
  const held =
    names.length === 0 ? "nothing" : names.slice(0, 20).join(", ") + (names.length > 20 ? ", …" : "");
  return new DataError(`no file ${path}${suggestion} The folder holds ${held}.`.replace("? The", "? The"), {
    path,
  });
}
