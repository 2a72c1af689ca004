import { createHash, randomBytes } from "node:crypto";
import { mkdir, open, rename, rm, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";
import { renameDurably } from "../../core/write-file-atomically.ts";
import { readBytes } from "./lines.ts";

export interface FileSum {
  readonly bytes: number;
  readonly sha256: string;
}

const fullDisk: Readonly<Record<string, string>> = {
  ENOSPC: "no space is left on the disk",
  EDQUOT: "the disk quota is used up",
  EFBIG: "the file may not grow further",
};

/** What to throw when writing failed: a full disk in words, anything else as it is. */
export function writeError(path: string, error: NodeJS.ErrnoException): Error {
  const reason = fullDisk[error.code ?? ""];
  if (reason === undefined) return error;
  return new Error(`${path}: ${reason}; no result was changed. Make room and run the command again`, {
    cause: error,
  });
}

/** A file that is written from its start to its end. */
export class OutputFile {
  readonly #handle: FileHandle;
  readonly #path: string;
  bytes = 0;

  constructor(handle: FileHandle, path: string) {
    this.#handle = handle;
    this.#path = path;
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.bytes += bytes.byteLength;
    for (let written = 0; written < bytes.byteLength;) {
      const { bytesWritten } = await this.#handle
        .write(bytes, written, bytes.byteLength - written)
        .catch(this.#explain);
      written += bytesWritten;
    }
  }

  /** Flush to the disk and close. */
  async finish(): Promise<void> {
    await this.#handle.sync().catch(this.#explain);
    await this.#handle.close();
  }

  async abandon(): Promise<void> {
    await this.#handle.close().catch(() => {});
  }

  readonly #explain = (error: NodeJS.ErrnoException): never => {
    throw writeError(this.#path, error);
  };
}

/** An output whose SHA-256 is known at its end. */
export class SummedFile extends OutputFile {
  readonly #hash = createHash("sha256");

  override async write(bytes: Uint8Array): Promise<void> {
    this.#hash.update(bytes);
    await super.write(bytes);
  }

  sum(): FileSum {
    return { bytes: this.bytes, sha256: this.#hash.digest("hex") };
  }
}

/** Files that appear together, whole, or not at all. */
export class PendingFiles {
  readonly #files: { path: string; temporary: string; file: OutputFile }[] = [];

  /** Open a file under a temporary name beside its own. */
  async create(path: string): Promise<OutputFile> {
    await mkdir(dirname(path), { recursive: true });
    const temporary = `${path}.${process.pid}-${randomBytes(4).toString("hex")}.tmp`;
    const file = new OutputFile(await open(temporary, "wx"), temporary);
    this.#files.push({ path, temporary, file });
    return file;
  }

  /** Flush every file to the disk, then give all their names. */
  async commit(): Promise<void> {
    for (const { file } of this.#files) await file.finish();
    for (const { path, temporary } of this.#files.slice(0, -1)) await rename(temporary, path);
    const last = this.#files.at(-1);
    if (last !== undefined) await renameDurably(last.temporary, last.path);
    this.#files.length = 0;
  }

  /** Remove what was not committed. */
  async discard(): Promise<void> {
    for (const { file, temporary } of this.#files) {
      await file.abandon();
      await rm(temporary, { force: true });
    }
    this.#files.length = 0;
  }
}

const chunkBytes = 1 << 20;

/** Copies lines in the order they are given, neighbours in one go. */
export class LineCopier {
  readonly #output: OutputFile;
  #descriptor = -1;
  #start = 0;
  #end = 0;

  constructor(output: OutputFile) {
    this.#output = output;
  }

  /**
   * @param length bytes of the line without its newline
   * @returns what to wait for before the next line, if anything
   */
  add(descriptor: number, offset: number, length: number): Promise<void> | undefined {
    const isNeighbour = descriptor === this.#descriptor && offset === this.#end;
    const [start, end, from] = [this.#start, this.#end, this.#descriptor];
    this.#end = offset + length + 1;
    if (isNeighbour) return undefined;
    this.#descriptor = descriptor;
    this.#start = offset;
    return start < end ? this.#copy(from, start, end) : undefined;
  }

  async flush(): Promise<void> {
    await this.#copy(this.#descriptor, this.#start, this.#end);
    this.#start = this.#end;
  }

  async #copy(descriptor: number, start: number, end: number): Promise<void> {
    for (let position = start; position < end; position += chunkBytes) {
      const length = Math.min(chunkBytes, end - position);
      const bytes = readBytes(descriptor, position, length);
      await this.#output.write(bytes);
      // A file's last line may have no newline of its own.
      if (bytes.length < length) await this.#output.write(Buffer.from("\n"));
    }
  }
}
