import { createReadStream, statSync } from "node:fs";
import { glob, opendir } from "node:fs/promises";
import { basename, join, sep } from "node:path";
import { DataError } from "../../core/errors.ts";

export interface DocumentFile {
  readonly path: string;
  /** Below the folder that was given; the bare name for files and globs. */
  readonly name: string;
  readonly bytes: number;
  /** Whether the caller named this very file. */
  readonly isNamed: boolean;
}

/**
 * The files of paths, folders and globs, those of a folder in order of their names, each file once.
 *
 * A folder is read with all below it, except names that begin with `.` or `_`, and links.
 *
 * @throws {DataError} nothing is there, or a folder without any file
 */
export async function findDocumentFiles(paths: readonly string[]): Promise<DocumentFile[]> {
  const found: DocumentFile[] = [];
  for (const path of paths) found.push(...(await filesOf(path)));
  const seen = new Set<string>();
  return found.filter((file) => !seen.has(file.path) && seen.add(file.path));
}

async function filesOf(path: string): Promise<DocumentFile[]> {
  const status = statSync(path, { throwIfNoEntry: false });
  if (status?.isDirectory()) {
    const files = await filesBelow(path, "");
    if (files.length === 0) throw new DataError(`the folder ${path} holds no file`, { path });
    return files;
  }
  if (status?.isFile()) return [{ path, name: basename(path), bytes: status.size, isNamed: true }];
  if (status !== undefined) throw new DataError(`${path} is no regular file`, { path });
  const matches = /[*?[{]/u.test(path) ? await Array.fromAsync(glob(path)) : [];
  const files = matches.sort().flatMap((match) => {
    const matched = statSync(match, { throwIfNoEntry: false });
    return matched?.isFile()
      ? [{ path: match, name: basename(match), bytes: matched.size, isNamed: true }]
      : [];
  });
  if (files.length === 0) throw new DataError(`no file ${path}`, { path });
  return files;
}

async function filesBelow(folder: string, below: string): Promise<DocumentFile[]> {
  const entries = await Array.fromAsync(await opendir(join(folder, below)));
  entries.sort((one, other) => (one.name < other.name ? -1 : 1));
  const files: DocumentFile[] = [];
  for (const entry of entries) {
    if (/^[._]/u.test(entry.name)) continue;
    const name = join(below, entry.name);
    if (entry.isDirectory()) files.push(...(await filesBelow(folder, name)));
    else if (entry.isFile()) {
      const path = join(folder, name);
      files.push({ path, name: name.replaceAll(sep, "/"), bytes: statSync(path).size, isNamed: false });
    }
  }
  return files;
}

/** A file's bytes; `onBytes` hears how many were read. */
export async function* fileBytes(
  path: string,
  onBytes: (count: number) => void,
  signal: AbortSignal | undefined,
): AsyncGenerator<Buffer, void, void> {
  const stream = createReadStream(path, {
    highWaterMark: 1 << 18,
    ...(signal === undefined ? {} : { signal }),
  });
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    onBytes(chunk.length);
    yield chunk;
  }
}
