import { randomBytes } from "node:crypto";
import { open, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { makeFolder } from "../../core/make-folder.ts";
import { renameDurably } from "../../core/write-file-atomically.ts";
import { OutputFile } from "./output-file.ts";

/** Files that appear together, whole, or not at all. */
export class PendingFiles {
  readonly #files: { path: string; temporary: string; file: OutputFile }[] = [];

  /** Open a file under a temporary name beside its own; what a killed process left under such names goes. */
  async create(path: string): Promise<OutputFile> {
    makeFolder(dirname(path));
    for (const name of await readdir(dirname(path))) {
      if (isTemporaryOf(name, basename(path))) await rm(join(dirname(path), name), { force: true });
    }
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

function isTemporaryOf(name: string, file: string): boolean {
  return name.startsWith(`${file}.`) && /^\d+-[0-9a-f]{8}\.tmp$/u.test(name.slice(file.length + 1));
}
