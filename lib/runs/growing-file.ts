import { open } from "node:fs/promises";

import { LineCutter } from "../core/line-cutter.ts";

const chunkBytes = 1 << 20;

/**
 * A file that another program appends to: each look reads what has come since the last, whatever the length.
 *
 * One that does not exist yet is empty.
 */
export class GrowingFile {
  readonly path: string;
  #inode = 0;
  #offset = 0;
  #bytesRead = 0;
  #modifiedMs = 0;

  constructor(path: string) {
    this.path = path;
  }

  /** Where the next look begins. */
  get offset(): number {
    return this.#offset;
  }

  /** Of all looks together. */
  get bytesRead(): number {
    return this.#bytesRead;
  }

  /** Whether nobody has written for a minute: what is there will not be added to in the next moment. */
  get isQuiet(): boolean {
    return Date.now() - this.#modifiedMs > 60_000;
  }

  /**
   * Give each new piece of the file to `take`, after `startAnew` where what was read before is void.
   *
   * @returns whether there was anything new
   */
  async look(take: (bytes: Uint8Array) => void, startAnew: () => void): Promise<boolean> {
    let file;
    try {
      file = await open(this.path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
      throw error;
    }
    try {
      const { size, ino, mtimeMs } = await file.stat();
      const isAnother = this.#inode !== 0 && this.#inode !== ino;
      if (size < this.#offset || isAnother) {
        this.#offset = 0;
        startAnew();
      }
      this.#inode = ino;
      this.#modifiedMs = mtimeMs;
      const before = this.#offset;
      while (this.#offset < size) {
        const buffer = Buffer.alloc(Math.min(chunkBytes, size - this.#offset));
        const { bytesRead } = await file.read(buffer, 0, buffer.length, this.#offset);
        if (bytesRead === 0) break;
        this.#offset += bytesRead;
        this.#bytesRead += bytesRead;
        take(buffer.subarray(0, bytesRead));
      }
      return this.#offset > before || isAnother;
    } finally {
      await file.close();
    }
  }
}

/** The lines of a growing file, numbered from 1. */
export class GrowingLines {
  readonly #file: GrowingFile;
  readonly #cutter = new LineCutter();
  #line = 0;

  constructor(path: string) {
    this.#file = new GrowingFile(path);
  }

  get bytesRead(): number {
    return this.#file.bytesRead;
  }

  /**
   * Give each new line to `take`. The last line of a quiet file counts although it does not end; it is given again when
   * more comes after all.
   */
  async look(take: (line: string, number: number) => void, startAnew: () => void): Promise<void> {
    await this.#file.look(
      (bytes) => {
        for (const line of this.#cutter.take(bytes)) take(line.replace(/\r$/u, ""), ++this.#line);
      },
      () => {
        this.#cutter.startAnew();
        this.#line = 0;
        startAnew();
      },
    );
    const { rest } = this.#cutter;
    if (rest !== "" && this.#file.isQuiet) take(rest, this.#line + 1);
  }
}
