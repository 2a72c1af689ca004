import { randomBytes } from "node:crypto";
import { mkdir, open, rename, rm, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";
import { renameDurably } from "../../core/write-file-atomically.ts";
import { readBytes } from "./lines.ts";

/** Files that appear together, whole, or not at all. */
export class PendingFiles {
  readonly #files: { path: string; temporary: string; handle: FileHandle }[] = [];

  /** Open a file under a temporary name beside its own. */
  async create(path: string): Promise<FileHandle> {
    await mkdir(dirname(path), { recursive: true });
    const temporary = `${path}.${process.pid}-${randomBytes(4).toString("hex")}.tmp`;
    const handle = await open(temporary, "wx");
    this.#files.push({ path, temporary, handle });
    return handle;
  }

  /** Flush every file to the disk, then give all their names. */
  async commit(): Promise<void> {
    for (const { handle } of this.#files) {
      await handle.sync();
      await handle.close();
    }
    for (const { path, temporary } of this.#files.slice(0, -1)) await rename(temporary, path);
    const last = this.#files.at(-1);
    if (last !== undefined) await renameDurably(last.temporary, last.path);
    this.#files.length = 0;
  }

  /** Remove what was not committed. */
  async discard(): Promise<void> {
    for (const { handle, temporary } of this.#files) {
      await handle.close().catch(() => {});
      await rm(temporary, { force: true });
    }
    this.#files.length = 0;
  }
}

const chunkBytes = 1 << 20;

/** Copies lines in the order they are given, neighbours in one go. */
export class LineCopier {
  readonly #output: FileHandle;
  #descriptor = -1;
  #start = 0;
  #end = 0;

  constructor(output: FileHandle) {
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
      await writeWhole(this.#output, bytes);
      // A file's last line may have no newline of its own.
      if (bytes.length < length) await writeWhole(this.#output, Buffer.from("\n"));
    }
  }
}

export async function writeWhole(file: FileHandle, bytes: Buffer): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    written += (await file.write(bytes, written, bytes.length - written)).bytesWritten;
  }
}
