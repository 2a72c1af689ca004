import { lstatSync, readdirSync, realpathSync, statSync } from "node:fs";
import type { Stats } from "node:fs";
import { glob } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { ArgumentError, DataError } from "../core/errors.ts";
import { nearestName } from "../core/nearest-name.ts";
import { formatOfName } from "./file-format.ts";

/** Of Linux; other systems take less. */
const longestPath = 4096;

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
  const long = list.find((path: string) => path.length > longestPath);
  if (long !== undefined) {
    throw new ArgumentError("path", `a name, path or glob of at most ${longestPath} characters`, long);
  }
  const found = await Promise.all(list.map((path: string) => findPath(path)));
  return [...new Set(found.flat())];
}

async function findPath(path: string): Promise<string[]> {
  const absolute = resolve(path);
  const status = statusOf(absolute);
  if (status?.isDirectory()) return filesInFolder(absolute);
  if (status?.isFile()) return [absolute];
  if (status !== undefined) throw new DataError(`${absolute} is no regular file`, { path: absolute });
  if (lstatSync(absolute, { throwIfNoEntry: false })?.isSymbolicLink()) {
    throw new DataError(`${absolute} is a link that leads to no file`, { path: absolute });
  }
  if (!/[*?[{]/u.test(path)) throw missingFile(absolute);
  const matches: string[] = [];
  for await (const match of glob(path)) {
    if (statusOf(match)?.isFile()) matches.push(resolve(match));
  }
  if (matches.length === 0) throw new DataError(`no file matches ${path}`, { path });
  return matches.sort();
}

/** What a path is, links followed; undefined where they lead nowhere. */
function statusOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ELOOP") return undefined;
    throw error;
  }
}

function filesInFolder(folder: string): string[] {
  const files: string[] = [];
  // Each file and folder once, by whichever links it is reached.
  const seen = new Set<string>();
  const visit = (path: string): void => {
    const status = statusOf(path);
    const isData = status?.isFile() === true && formatOfName(path) !== undefined;
    if (!isData && status?.isDirectory() !== true) return;
    const real = realpathSync(path);
    if (seen.has(real)) return;
    seen.add(real);
    if (isData) files.push(path);
    else for (const name of readdirSync(path).sort()) if (!/^[._]/u.test(name)) visit(join(path, name));
  };
  visit(folder);
  if (files.length === 0) throw new DataError(`no data file in the folder ${folder}`, { path: folder });
  return files.sort();
}

function missingFile(path: string): DataError {
  const folder = dirname(path);
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    return new DataError(`no file ${path}: there is no folder ${folder}`, { path });
  }
  const names = readdirSync(folder).sort();
  const nearest = nearestName(basename(path), names);
  const suggestion = nearest === undefined ? "." : `; did you mean ${join(folder, nearest)}?`;
  const held =
    names.length === 0 ? "nothing" : names.slice(0, 20).join(", ") + (names.length > 20 ? ", …" : "");
  return new DataError(`no file ${path}${suggestion} The folder holds ${held}.`, { path });
}
