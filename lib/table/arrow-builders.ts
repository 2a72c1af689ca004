import duckdb from "@duckdb/node-bindings";
import { DuckDBVector } from "@duckdb/node-api";
import type { DuckDBValue } from "@duckdb/node-api";
import { Binary, Bool, Data, Utf8, makeData } from "apache-arrow";
import type { DataType, FixedSizeList, List, Map_, Struct } from "apache-arrow";
import { BitmapBuilder } from "./bitmap-builder.ts";

/** Gathers rows of DuckDB's vectors into one column of Arrow. */
export interface ColumnBuilder {
  /** Append `count` rows of a vector, from row `start`. */
  append(vector: duckdb.Vector, start: number, count: number): void;
  /** Bytes gathered, where they are bounded by what Arrow can address. */
  readonly byteLength: number;
  finish(): Data;
}

function validityOf(vector: duckdb.Vector, rowCount: number): Uint8Array | null {
  return duckdb.vector_get_validity(vector, Math.ceil(rowCount / 64) * 8) as Uint8Array | null;
}

/** Rows of one width; where DuckDB and Arrow hold the same bytes they are copied as they are. */
export function fixedBuilder(
  type: DataType,
  widthBytes: number,
  arrayType: { new (buffer: ArrayBuffer): ArrayBufferView },
): ColumnBuilder {
  const validity = new BitmapBuilder();
  const parts: Uint8Array[] = [];
  let byteLength = 0;
  return {
    get byteLength() {
      return byteLength;
    },
    append(vector, start, count) {
      const bytes = duckdb.vector_get_data(vector, (start + count) * widthBytes);
      // A copy: the vector's memory goes with its chunk.
      parts.push(bytes.slice(start * widthBytes));
      byteLength += count * widthBytes;
      validity.append(validityOf(vector, start + count), start, count);
    },
    finish() {
      const joined = new Uint8Array(byteLength);
      let offset = 0;
      for (const part of parts) {
        joined.set(part, offset);
        offset += part.length;
      }
      return columnData(type, validity, { data: new arrayType(joined.buffer) });
    },
  };
}

/** Booleans, which DuckDB holds as bytes and Arrow as bits. */
export function booleanBuilder(): ColumnBuilder {
  const validity = new BitmapBuilder();
  const values = new BitmapBuilder();
  return {
    byteLength: 0,
    append(vector, start, count) {
      const bytes = duckdb.vector_get_data(vector, start + count);
      for (let row = start; row < start + count; row++) values.push(bytes[row] === 1);
      validity.append(validityOf(vector, start + count), start, count);
    },
    finish: () => columnData(new Bool(), validity, { data: values.finish() }),
  };
}

/** Texts, or other values as texts. */
export function textBuilder(toText: (value: DuckDBValue) => string): ColumnBuilder {
  return variableBuilder(new Utf8(), (value) => Buffer.from(toText(value)));
}

export function binaryBuilder(toBytes: (value: DuckDBValue) => Uint8Array): ColumnBuilder {
  return variableBuilder(new Binary(), toBytes);
}

function variableBuilder(type: Utf8 | Binary, toBytes: (value: DuckDBValue) => Uint8Array): ColumnBuilder {
  const validity = new BitmapBuilder();
  const offsets = [0];
  let bytes = new Uint8Array(1024);
  let length = 0;
  return {
    get byteLength() {
      return length;
    },
    append(vector, start, count) {
      const values = DuckDBVector.create(vector, start + count);
      for (let row = start; row < start + count; row++) {
        const value = values.getItem(row);
        validity.push(value !== null);
        if (value !== null) {
          const added = toBytes(value);
          if (length + added.length > bytes.length) {
            const larger = new Uint8Array(Math.max(2 * bytes.length, length + added.length));
            larger.set(bytes.subarray(0, length));
            bytes = larger;
          }
          bytes.set(added, length);
          length += added.length;
        }
        offsets.push(length);
      }
    },
    finish: () =>
      columnData(type, validity, { valueOffsets: Int32Array.from(offsets), data: bytes.slice(0, length) }),
  };
}

/** Values that Arrow holds as 128-bit integers: decimals and large whole numbers. */
export function decimalBuilder(type: DataType, toScaled: (value: DuckDBValue) => bigint): ColumnBuilder {
  const validity = new BitmapBuilder();
  const words: bigint[] = [];
  return {
    get byteLength() {
      return words.length * 8;
    },
    append(vector, start, count) {
      const values = DuckDBVector.create(vector, start + count);
      for (let row = start; row < start + count; row++) {
        const value = values.getItem(row);
        validity.push(value !== null);
        const scaled = value === null ? 0n : toScaled(value);
        words.push(BigInt.asUintN(64, scaled), BigInt.asUintN(64, scaled >> 64n));
      }
    },
    finish: () => columnData(type, validity, { data: new Uint32Array(BigUint64Array.from(words).buffer) }),
  };
}

/** Lists, and maps as lists of entries. */
export function listBuilder(type: List | Map_, items: ColumnBuilder): ColumnBuilder {
  const validity = new BitmapBuilder();
  const offsets = [0];
  return {
    get byteLength() {
      return items.byteLength;
    },
    append(vector, start, count) {
      const bytes = duckdb.vector_get_data(vector, (start + count) * 16);
      const entries = new BigUint64Array(bytes.buffer, bytes.byteOffset, (start + count) * 2);
      const bitmap = validityOf(vector, start + count);
      const child = duckdb.list_vector_get_child(vector);
      let runStart = 0;
      let runLength = 0;
      for (let row = start; row < start + count; row++) {
        const isValid = bitmap === null || (bitmap[row >> 3]! & (1 << (row & 7))) !== 0;
        const from = Number(entries[2 * row]!);
        const length = isValid ? Number(entries[2 * row + 1]!) : 0;
        offsets.push(offsets.at(-1)! + length);
        if (length === 0) continue;
        // Lists that lie side by side move as one.
        if (runLength > 0 && from !== runStart + runLength) {
          items.append(child, runStart, runLength);
          runLength = 0;
        }
        if (runLength === 0) runStart = from;
        runLength += length;
      }
      if (runLength > 0) items.append(child, runStart, runLength);
      validity.append(bitmap, start, count);
    },
    finish: () =>
      columnData(type, validity, { valueOffsets: Int32Array.from(offsets), child: items.finish() }),
  };
}

/** Arrays of one length. */
export function arrayBuilder(type: FixedSizeList, items: ColumnBuilder): ColumnBuilder {
  const validity = new BitmapBuilder();
  return {
    get byteLength() {
      return items.byteLength;
    },
    append(vector, start, count) {
      items.append(duckdb.array_vector_get_child(vector), start * type.listSize, count * type.listSize);
      validity.append(validityOf(vector, start + count), start, count);
    },
    finish: () => columnData(type, validity, { child: items.finish() }),
  };
}

export function structBuilder(type: Struct, fields: readonly ColumnBuilder[]): ColumnBuilder {
  const validity = new BitmapBuilder();
  return {
    get byteLength() {
      return Math.max(...fields.map((field) => field.byteLength));
    },
    append(vector, start, count) {
      for (const [index, field] of fields.entries()) {
        field.append(duckdb.struct_vector_get_child(vector, index), start, count);
      }
      validity.append(validityOf(vector, start + count), start, count);
    },
    finish: () => columnData(type, validity, { children: fields.map((field) => field.finish()) }),
  };
}

function columnData(type: DataType, validity: BitmapBuilder, buffers: object): Data {
  const { length, nullCount } = validity;
  const nullBitmap = nullCount === 0 ? null : validity.finish();
  return makeData({ type, length, nullCount, nullBitmap, ...buffers } as never) as Data;
}
