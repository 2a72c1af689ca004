import { crc32 } from "node:zlib";
import { readBytes } from "../line-files/lines.ts";
import type { OutputFile } from "../line-files/output-file.ts";

/** Documents whose keys lie together: a block holds one column after the other, eight bytes a key. */
const documentsPerBlock = 1024;

/** Writes the keys of documents, column by column, so that one column of many documents is read without the others. */
export class KeyColumnsWriter {
  readonly #file: OutputFile;
  readonly #columns: number;
  readonly #sums: number[];
  readonly #block: Uint32Array<ArrayBuffer>;
  #pending = 0;

  constructor(file: OutputFile, columns: number) {
    this.#file = file;
    this.#columns = columns;
    this.#sums = Array.from({ length: columns }, () => 0);
    this.#block = new Uint32Array(2 * columns * documentsPerBlock);
  }

  /** @param rows for each document its keys, two numbers a key, the low half first */
  async add(rows: Uint32Array): Promise<void> {
    const width = 2 * this.#columns;
    for (let start = 0; start < rows.length;) {
      const room = (documentsPerBlock - this.#pending) * width;
      const taken = rows.subarray(start, start + room);
      this.#fill(taken);
      start += taken.length;
      if (this.#pending === documentsPerBlock) await this.#flush();
    }
  }

  #fill(rows: Uint32Array): void {
    const width = 2 * this.#columns;
    const documents = rows.length / width;
    for (let column = 0; column < this.#columns; column++) {
      let target = 2 * (column * documentsPerBlock + this.#pending);
      for (let source = 2 * column; source < rows.length; source += width) {
        this.#block[target++] = rows[source]!;
        this.#block[target++] = rows[source + 1]!;
      }
    }
    this.#pending += documents;
  }

  async #flush(): Promise<void> {
    const length = 2 * this.#pending;
    for (let column = 0; column < this.#columns; column++) {
      const start = 2 * column * documentsPerBlock;
      const keys = new Uint8Array(this.#block.buffer, 4 * start, 4 * length);
      this.#sums[column] = crc32(keys, this.#sums[column]);
      // The last block is narrower: its columns move together.
      this.#block.copyWithin(column * length, start, start + length);
    }
    await this.#file.write(new Uint8Array(this.#block.buffer, 0, 4 * this.#columns * length));
    this.#pending = 0;
  }

  /** The CRC-32 of each column. */
  async finish(): Promise<number[]> {
    if (this.#pending > 0) await this.#flush();
    return this.#sums;
  }
}

/** A file of keys, open, and what is known of it. */
export interface KeyFile {
  readonly descriptor: number;
  readonly documents: number;
  /** CRC-32 of the column that is read. */
  readonly sum: number;
}

/** One column's keys, a block of documents at a time; two numbers a key. */
export function* readColumn(
  { descriptor, documents }: KeyFile,
  columns: number,
  column: number,
): Generator<Uint32Array> {
  for (let first = 0; first < documents; first += documentsPerBlock) {
    const count = Math.min(documentsPerBlock, documents - first);
    const bytes = readBytes(descriptor, 8 * (first * columns + column * count), 8 * count);
    yield new Uint32Array(bytes.buffer, bytes.byteOffset, Math.floor(bytes.length / 4));
  }
}
