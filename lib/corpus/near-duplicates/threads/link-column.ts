import { crc32 } from "node:zlib";
import { readColumn, type KeyFile } from "../key-columns.ts";
import { BandingLinks } from "./banding-links.ts";

/** Look for documents with the same key in one column of all key files. */
export interface LinkTask {
  /** In the order of their documents. */
  readonly files: readonly KeyFile[];
  /** Keys of a document. */
  readonly columns: number;
  readonly column: number;
  /** Room for the table of keys; with less than all of them need, the column is read several times. */
  readonly tableBytes: number;
}

export interface ColumnLinks {
  /** One after the other: the first document with a key, a later one with the same. */
  readonly links: Uint32Array<ArrayBuffer>;
  /** Position of a file whose column is not as it was written; nothing else counts then. */
  readonly damagedFile: number | undefined;
}

const bytesPerKey = 48;

/** Kept from column to column: with a new one for each, threads would wait for one another's memory. */
let table: BandingLinks | undefined;

/** Let go of the room for keys. */
export function forgetTable(): void {
  table = undefined;
}

export function linkColumn({ files, columns, column, tableBytes }: LinkTask): ColumnLinks {
  const documents = files.reduce((sum, file) => sum + file.documents, 0);
  const partitions = Math.max(1, Math.ceil((bytesPerKey * documents) / tableBytes));
  const mostKeys = Math.ceil((1.1 * documents) / partitions);
  if (table?.mostKeys !== mostKeys) table = new BandingLinks(mostKeys);
  let links = new Uint32Array(1024);
  let length = 0;
  for (let partition = 0; partition < partitions; partition++) {
    table.clear();
    let document = 0;
    for (const [position, file] of files.entries()) {
      let sum = 0;
      for (const keys of readColumn(file, columns, column)) {
        sum = crc32(new Uint8Array(keys.buffer, keys.byteOffset, keys.byteLength), sum);
        for (let place = 0; place < keys.length; place += 2, document++) {
          const [low, high] = [keys[place]!, keys[place + 1]!];
          // A document without words has keys of zero, and is like no other.
          if ((low | high) === 0 || low % partitions !== partition) continue;
          const first = table.add(low, high, document);
          if (first === undefined) continue;
          if (length === links.length) links = twiceAsLong(links);
          links[length++] = first;
          links[length++] = document;
        }
      }
      if (sum !== file.sum) return { links: new Uint32Array(), damagedFile: position };
    }
  }
  return { links: links.slice(0, length), damagedFile: undefined };
}

/** A copy with as much room again. */
function twiceAsLong(numbers: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const longer = new Uint32Array(2 * numbers.length);
  longer.set(numbers);
  return longer;
}
