import { randomBytes } from "node:crypto";
import { closeSync, mkdirSync, openSync, unlinkSync, writeSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

/** A file without a name beside the results: the system frees it when the process ends, however it ends. */
export class SpillFile {
  /** For reading, from any thread of the process. */
  readonly descriptor: number;
  readonly #folder: string;
  #bytes = 0;

  constructor(besidePath: string) {
    this.#folder = dirname(resolve(besidePath));
    mkdirSync(this.#folder, { recursive: true });
    const path = join(this.#folder, `.rounds-spans-${process.pid}-${randomBytes(4).toString("hex")}`);
    this.descriptor = openSync(path, "wx+");
    unlinkSync(path);
  }

  get bytes(): number {
    return this.#bytes;
  }

  append(bytes: Uint8Array): void {
    for (let written = 0; written < bytes.length;) {
      written += this.#write(bytes, written);
    }
    this.#bytes += bytes.length;
  }

  #write(bytes: Uint8Array, from: number): number {
    try {
      return writeSync(this.descriptor, bytes, from, bytes.length - from, this.#bytes + from);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
      throw new Error(
        `${this.#folder}: no space is left on the disk, ${Math.round(this.#bytes / 1e6)} MB into a temporary file; no result was changed. Make room and run the command again`,
        { cause: error },
      );
    }
  }

  close(): void {
    closeSync(this.descriptor);
  }
}
