import { readBytes } from "../line-files/lines.ts";
import type { OutputFile } from "../line-files/output-file.ts";

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
