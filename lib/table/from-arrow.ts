import type { Data, DataType, Field, RecordBatch, Schema, Table as ArrowTable } from "apache-arrow";
import { checkFields } from "../core/arguments.ts";
import { ArgumentError } from "../core/errors.ts";
import { arrowMapping } from "./from-arrow-values.ts";
import type { ArrowMapping } from "./from-arrow-values.ts";
import { chunkRows, memoryRelation } from "./memory-table.ts";
import type { AppendChunk, ColumnChunk, MemoryColumn } from "./memory-table.ts";
import { sensitivityKey } from "./sensitivity.ts";
import type { Sensitivity } from "./sensitivity.ts";
import { Table } from "./table.ts";

/** What a table made from values is. */
export interface FromValuesOptions {
  /** @default "public" */
  readonly sensitivity?: Sensitivity;
  /** What the values are, for people. */
  readonly source?: string;
}

/**
 * Make a table from an Arrow table; its numbers are copied as they lie.
 *
 * @throws {@link ArgumentError} a column of a type that DuckDB has no like of, such as a union
 */
export function fromArrow<Row = Record<string, unknown>>(
  arrow: ArrowTable,
  { sensitivity = "public", source = "Arrow table" }: FromValuesOptions = {},
): Table<Row> {
  checkFields("arrow", "a table of Apache Arrow", arrow, ["schema"]);
  const columns = arrowColumns(arrow.schema, (name, type) => {
    throw new ArgumentError("arrow", `without the type ${type} of its column "${name}"`, type);
  });
  const relation = memoryRelation(columns, (append) => {
    for (const batch of arrow.batches) appendBatch(batch, columns, append);
  });
  const isRestricted = arrow.schema.metadata.has(sensitivityKey);
  return new Table<Row>(relation, { sensitivity: isRestricted ? "restricted" : sensitivity, source });
}

/** A column with how its values go into DuckDB. */
export interface ArrowColumn extends MemoryColumn {
  readonly mapping: ArrowMapping;
}

/** How the columns of a schema go into DuckDB. */
export function arrowColumns(schema: Schema, refuse: (name: string, type: DataType) => never): ArrowColumn[] {
  const names = new Set<string>();
  return schema.fields.map(({ name, type }: Field) => {
    if (names.has(name.toLowerCase())) {
      throw new ArgumentError("arrow", "without columns of the same name, case aside", name);
    }
    names.add(name.toLowerCase());
    const mapping = arrowMapping(type as DataType) ?? refuse(name, type as DataType);
    return { name, type: mapping.type, mapping };
  });
}

/** Append a record batch in pieces of at most {@link chunkRows} rows. */
export function appendBatch(batch: RecordBatch, columns: readonly ArrowColumn[], append: AppendChunk): void {
  for (let start = 0; start < batch.numRows; start += chunkRows) {
    const rowCount = Math.min(chunkRows, batch.numRows - start);
    append(
      rowCount,
      columns.map(({ mapping }, index) => columnChunk(mapping, batch.data.children[index]!, start, rowCount)),
    );
  }
}

function columnChunk(mapping: ArrowMapping, data: Data, start: number, rowCount: number): ColumnChunk {
  const isValid = data.nullCount === 0 ? undefined : (row: number) => data.getValid(start + row);
  if (mapping.sameBytes) {
    const { buffer, byteOffset, BYTES_PER_ELEMENT: width } = data.values as Int32Array;
    return { bytes: new Uint8Array(buffer, byteOffset + start * width, rowCount * width), isValid };
  }
  const read = mapping.reader(data);
  return {
    values: Array.from({ length: rowCount }, (_, row) =>
      data.getValid(start + row) ? read(start + row) : null,
    ),
  };
}
