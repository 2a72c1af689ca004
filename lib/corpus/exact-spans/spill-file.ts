import { randomBytes } from "node:crypto";
import { closeSync, mkdirSync, openSync, unlinkSync, writeSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { writeError } from "../line-files/output-file.ts";

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
      try {
        written += writeSync(this.descriptor, bytes, written, bytes.length - written, this.#bytes + written);
      } catch (error) {
        throw writeError(`a temporary file in ${this.#folder}`, error as NodeJS.ErrnoException);
      }
    }
    this.#bytes += bytes.length;
  }

  close(): void {
    closeSync(this.descriptor);
  }
}
