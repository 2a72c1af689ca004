import { accessSync, closeSync, constants, fstatSync, openSync, readSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { ArgumentError, DataError } from "../../core/errors.ts";
import { readFailure } from "../../core/read-failure.ts";
import type { FileRange } from "./lines.ts";

/** An input as a plan was made for it. */
export interface InputState {
  readonly path: string;
  readonly bytes: number;
  /** Milliseconds since 1970. */
  readonly changedAt: number;
}

interface InputFile extends InputState {
  readonly descriptor: number;
}

/** JSON Lines files that stay open, so that all threads read the same bytes. */
export class InputFiles {
  readonly files: readonly InputFile[];

  /** @throws {DataError} a file is missing, not readable, not a regular file, or compressed */
  constructor(paths: readonly string[]) {
    const files: InputFile[] = [];
    this.files = files;
    try {
      for (const path of paths) files.push(openInput(resolve(path)));
    } catch (error) {
      this.close();
      throw error;
    }
  }

  get descriptors(): number[] {
    return this.files.map((file) => file.descriptor);
  }

  get bytes(): number {
    return this.files.reduce((sum, file) => sum + file.bytes, 0);
  }

  /** Bytes [start, end) of the files one after the other, in pieces that one task reads. */
  *ranges(start: number, end: number, pieceBytes: number): Generator<FileRange> {
    let before = 0;
    for (const [file, { bytes }] of this.files.entries()) {
      const last = Math.min(bytes, end - before);
      for (let place = Math.max(0, start - before); place < last; place += pieceBytes) {
        yield { file, start: place, end: Math.min(last, place + pieceBytes) };
      }
      before += bytes;
    }
  }

  get states(): InputState[] {
    return this.files.map(({ path, bytes, changedAt }) => ({ path, bytes, changedAt }));
  }

  /** @throws {DataError} a file was written to since it was opened, so that places in it may hold other lines */
  checkUnchanged(): void {
    for (const { path, descriptor, bytes, changedAt } of this.files) {
      const now = fstatSync(descriptor);
      if (now.size === bytes && now.mtimeMs === changedAt) continue;
      throw changed(path);
    }
  }

  /** @throws {DataError} a file is not the one that a plan was made for */
  checkAgainst(inputs: readonly InputState[]): void {
    for (const [file, { path, bytes, changedAt }] of inputs.entries()) {
      const now = this.files[file]!;
      if (now.bytes !== bytes || now.changedAt !== changedAt) throw changed(path);
    }
  }

  close(): void {
    for (const { descriptor } of this.files) closeSync(descriptor);
  }
}

function changed(path: string): DataError {
  return new DataError(`${path} was changed while it was read; run again when it is complete`, { path });
}

function openInput(path: string): InputFile {
  let descriptor: number;
  try {
    descriptor = openSync(path, "r");
  } catch (error) {
    throw new DataError(`${path} ${readFailure(error)}`, { path }, { cause: error });
  }
  const status = fstatSync(descriptor);
  const problem = status.isFile() ? wrongFormat(descriptor) : "not a regular file";
  if (problem === undefined) return { path, descriptor, bytes: status.size, changedAt: status.mtimeMs };
  closeSync(descriptor);
  throw new DataError(`${path}: ${problem}`, { path });
}

function wrongFormat(descriptor: number): string | undefined {
  const start = Buffer.alloc(4);
  readSync(descriptor, start, 0, 4, 0);
  const [first, all] = [start.readUInt16BE(), start.readUInt32BE()];
  if (first === 0x1f8b || all === 0x28b52ffd) {
    return "compressed; unpack it first, since its lines are read in any order";
  }
  if (first === 0xfffe || first === 0xfeff) return "text in UTF-16; convert it to UTF-8 first";
  return all === 0x50415231 ? "a Parquet file, not lines of JSON" : undefined;
}

/**
 * See that a run would not fail at its end, when its results get their names.
 *
 * @param outputs files; and "work", a folder
 * @throws {ArgumentError} an input comes twice, or a path is that of an input or another output, or of something else
 *   than a file, or cannot be written
 */
export function checkPaths(inputs: readonly string[], outputs: Readonly<Record<string, string>>): void {
  const taken = new Map<string, string>();
  for (const path of inputs) {
    if (taken.has(resolve(path))) throw new ArgumentError("inputs", "each file once", path);
    taken.set(resolve(path), "an input");
  }
  for (const [name, path] of Object.entries(outputs)) {
    const holder = taken.get(resolve(path));
    if (holder !== undefined) {
      throw new ArgumentError(name, `a path of its own, not that of ${holder}`, path);
    }
    taken.set(resolve(path), `"${name}"`);
    checkWritable(name, resolve(path));
  }
}

function checkWritable(name: string, path: string): void {
  const status = statSync(path, { throwIfNoEntry: false });
  // A device would be replaced by a file.
  if (status !== undefined && (name === "work" ? !status.isDirectory() : !status.isFile())) {
    throw new ArgumentError(name, name === "work" ? "the path of a folder" : "the path of a file", path);
  }
  let folder = dirname(path);
  let found = statSync(folder, { throwIfNoEntry: false });
  for (; found === undefined; found = statSync(folder, { throwIfNoEntry: false })) folder = dirname(folder);
  if (!found.isDirectory()) throw new ArgumentError(name, `a path in a folder, which ${folder} is not`, path);
  try {
    accessSync(folder, constants.W_OK);
  } catch (cause) {
    throw new ArgumentError(name, `a path in a folder that can be written to, as ${folder} cannot`, path, {
      cause,
    });
  }
}
