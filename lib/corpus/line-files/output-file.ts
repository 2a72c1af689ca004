import { createHash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";

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
function writeError(path: string, error: NodeJS.ErrnoException): Error {
  const reason = fullDisk[error.code ?? ""];
  if (reason === undefined) return error;
  return new Error(`${path}: ${reason}; no result was changed. Make room and run the command again`, {
    cause: error,
  });
}

/** What is written is flushed to the disk each time when so much came, so that little is left to wait for at the end. */
const bytesBetweenFlushes = 32 << 20;

/** A file that is written from its start to its end. */
export class OutputFile {
  readonly #handle: FileHandle;
  readonly #path: string;
  #bytesFlushed = 0;
  #flushing: Promise<void> | undefined;
  /** Why a flush under way failed; the system says so once. */
  #failure: NodeJS.ErrnoException | undefined;
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
    if (this.bytes - this.#bytesFlushed >= bytesBetweenFlushes) this.#flushing ??= this.#flush();
  }

  async #flush(): Promise<void> {
    this.#bytesFlushed = this.bytes;
    await this.#handle.datasync().catch((error: NodeJS.ErrnoException) => (this.#failure ??= error));
    this.#flushing = undefined;
  }

  /** Flush to the disk and close. */
  async finish(): Promise<void> {
    await this.#flushing;
    if (this.#failure !== undefined) this.#explain(this.#failure);
    await this.#handle.sync().catch(this.#explain);
    await this.#handle.close();
  }

  async abandon(): Promise<void> {
    await this.#flushing;
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
