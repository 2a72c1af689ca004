import { createHash, randomBytes } from "node:crypto";
import { open, rm, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { renameDurably } from "../../core/write-file-atomically.ts";
import type { ShardFile } from "./manifest.ts";

const bufferBytes = 1 << 20;

/** A file that is written piece by piece and hashed on the way; it has its name only when it is whole. */
export class PendingShardFile {
  readonly #folder: string;
  readonly #name: string;
  readonly #temporary: string;
  readonly #handle: FileHandle;
  readonly #hash = createHash("sha256");
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  #bytes = 0;

  private constructor(folder: string, name: string, temporary: string, handle: FileHandle) {
    this.#folder = folder;
    this.#name = name;
    this.#temporary = temporary;
    this.#handle = handle;
  }

  static async create(folder: string, name: string): Promise<PendingShardFile> {
    const temporary = join(folder, `${name}.${process.pid}-${randomBytes(4).toString("hex")}.tmp`);
    return new PendingShardFile(folder, name, temporary, await open(temporary, "wx"));
  }

  /** @param bytes not changed by the caller afterwards */
  async write(bytes: Uint8Array): Promise<void> {
    this.#pending.push(bytes);
    this.#pendingBytes += bytes.byteLength;
    if (this.#pendingBytes >= bufferBytes) await this.#flush();
  }

  async commit(): Promise<ShardFile> {
    await this.#flush();
    await this.#handle.sync();
    await this.#handle.close();
    await renameDurably(this.#temporary, join(this.#folder, this.#name));
    return { file: this.#name, sha256: this.#hash.digest("hex"), bytes: this.#bytes };
  }

  async discard(): Promise<void> {
    await this.#handle.close().catch(() => {});
    await rm(this.#temporary, { force: true });
  }

  async #flush(): Promise<void> {
    const bytes = Buffer.concat(this.#pending);
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#hash.update(bytes);
    this.#bytes += bytes.byteLength;
    // FileHandle.writeFile goes on from the current position and writes all of it.
    await this.#handle.writeFile(bytes);
  }
}
