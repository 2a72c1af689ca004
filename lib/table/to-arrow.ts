import duckdb from "@duckdb/node-bindings";
import {
  DuckDBArrayType,
  DuckDBBlobValue,
  DuckDBDecimalType,
  DuckDBDecimalValue,
  DuckDBListType,
  DuckDBMapType,
  DuckDBStructType,
  DuckDBTypeId,
} from "@duckdb/node-api";
import type { DuckDBType } from "@duckdb/node-api";
import {
  DateDay,
  Decimal,
  Field,
  FixedSizeList,
  Float32,
  Float64,
  Int16,
  Int32,
  Int64,
  Int8,
  List,
  Map_,
  RecordBatch,
  Schema,
  Struct,
  Table as ArrowTable,
  TimeMicrosecond,
  TimeNanosecond,
  TimestampMicrosecond,
  TimestampMillisecond,
  TimestampNanosecond,
  TimestampSecond,
  Uint16,
  Uint32,
  Uint64,
  Uint8,
  makeData,
} from "apache-arrow";
import type { DataType, TypeMap } from "apache-arrow";
import { DataError } from "../core/errors.ts";
import {
  arrayBuilder,
  binaryBuilder,
  booleanBuilder,
  decimalBuilder,
  fixedBuilder,
  listBuilder,
  structBuilder,
  textBuilder,
} from "./arrow-builders.ts";
import type { ColumnBuilder } from "./arrow-builders.ts";
import type { ResultColumn, RunOptions } from "./engine.ts";
import type { Relation } from "./relation.ts";
import { sensitivityKey } from "./sensitivity.ts";

/** Rows and bytes at which a record batch is closed; offsets of texts have 31 bits. */
const batchRows = 122_880;
const batchBytes = 2 ** 29;

/**
 * Read a relation into an Arrow table; numbers, dates and timestamps are copied as they lie.
 *
 * | DuckDB | Arrow |
 * |---|---|
 * | BOOLEAN, integers to 64 bits, FLOAT, DOUBLE | Bool, Int8 to Uint64, Float32, Float64 |
 * | DECIMAL(p, s); HUGEINT, UHUGEINT | Decimal(p, s); Decimal(38, 0) |
 * | DATE; TIME, TIME_NS | DateDay; TimeMicrosecond, TimeNanosecond |
 * | TIMESTAMP in any unit; TIMESTAMPTZ | Timestamp in that unit; TimestampMicrosecond, UTC |
 * | BLOB, GEOMETRY | Binary |
 * | LIST, ARRAY, STRUCT, MAP | List, FixedSizeList, Struct, Map |
 * | VARCHAR and all else | Utf8: what DuckDB prints |
 *
 * @throws {@link DataError} a HUGEINT of more than 38 digits
 */
export async function relationToArrow(relation: Relation, options?: RunOptions): Promise<ArrowTable> {
  const batches: RecordBatch[] = [];
  let columns: readonly ResultColumn[] | undefined;
  let builders: ArrowColumn[] = [];
  let rows = 0;
  const close = () => {
    if (rows > 0) batches.push(recordBatch(builders, rows, relation));
    builders = columns?.map(arrowColumn) ?? [];
    rows = 0;
  };
  for await (const { columns: found, chunk } of relation.stream(options)) {
    if (columns === undefined) {
      columns = found;
      close();
    }
    for (const [index, { builder }] of builders.entries()) {
      builder.append(duckdb.data_chunk_get_vector(chunk.chunk, index), 0, chunk.rowCount);
    }
    rows += chunk.rowCount;
    if (rows >= batchRows || builders.some(({ builder }) => builder.byteLength > batchBytes)) close();
  }
  close();
  if (columns === undefined) {
    const { columns: empty } = await relation.run(relation.query, options);
    builders = empty.map(arrowColumn);
  }
  return new ArrowTable(schemaOf(builders, relation), batches);
}

interface ArrowColumn {
  readonly name: string;
  readonly type: DataType;
  readonly builder: ColumnBuilder;
}

function arrowColumn({ name, type }: ResultColumn): ArrowColumn {
  return { name, ...arrowBuilder(type) };
}

function schemaOf(columns: readonly ArrowColumn[], { isRestricted }: Relation): Schema {
  const fields = columns.map(({ name, type }) => new Field(name, type, true));
  // Kept by slices and in files, so that no row is saved with a notebook by this way round.
  return new Schema(fields, isRestricted ? new Map([[sensitivityKey, "restricted"]]) : undefined);
}

function recordBatch(columns: readonly ArrowColumn[], length: number, relation: Relation): RecordBatch {
  const schema = schemaOf(columns, relation);
  const children = columns.map(({ builder }) => builder.finish());
  return new RecordBatch(
    schema,
    makeData({ type: new Struct<TypeMap>(schema.fields), length, nullCount: 0, children }),
  );
}

type Fixed = readonly [DataType, number, { new (buffer: ArrayBuffer): ArrayBufferView }];

const fixedTypes = new Map<DuckDBTypeId, Fixed>([
  [DuckDBTypeId.TINYINT, [new Int8(), 1, Int8Array]],
  [DuckDBTypeId.SMALLINT, [new Int16(), 2, Int16Array]],
  [DuckDBTypeId.INTEGER, [new Int32(), 4, Int32Array]],
  [DuckDBTypeId.BIGINT, [new Int64(), 8, BigInt64Array]],
  [DuckDBTypeId.UTINYINT, [new Uint8(), 1, Uint8Array]],
  [DuckDBTypeId.USMALLINT, [new Uint16(), 2, Uint16Array]],
  [DuckDBTypeId.UINTEGER, [new Uint32(), 4, Uint32Array]],
  [DuckDBTypeId.UBIGINT, [new Uint64(), 8, BigUint64Array]],
  [DuckDBTypeId.FLOAT, [new Float32(), 4, Float32Array]],
  [DuckDBTypeId.DOUBLE, [new Float64(), 8, Float64Array]],
  [DuckDBTypeId.DATE, [new DateDay(), 4, Int32Array]],
  [DuckDBTypeId.TIME, [new TimeMicrosecond(), 8, BigInt64Array]],
  [DuckDBTypeId.TIME_NS, [new TimeNanosecond(), 8, BigInt64Array]],
  [DuckDBTypeId.TIMESTAMP, [new TimestampMicrosecond(), 8, BigInt64Array]],
  [DuckDBTypeId.TIMESTAMP_S, [new TimestampSecond(), 8, BigInt64Array]],
  [DuckDBTypeId.TIMESTAMP_MS, [new TimestampMillisecond(), 8, BigInt64Array]],
  [DuckDBTypeId.TIMESTAMP_NS, [new TimestampNanosecond(), 8, BigInt64Array]],
  [DuckDBTypeId.TIMESTAMP_TZ, [new TimestampMicrosecond("UTC"), 8, BigInt64Array]],
]);

function arrowBuilder(type: DuckDBType): { type: DataType; builder: ColumnBuilder } {
  const fixed = fixedTypes.get(type.typeId);
  if (fixed !== undefined) return { type: fixed[0], builder: fixedBuilder(...fixed) };
  if (type.typeId === DuckDBTypeId.BOOLEAN) return withType(booleanBuilder());
  if (type.typeId === DuckDBTypeId.BLOB || type.typeId === DuckDBTypeId.GEOMETRY) {
    return withType(binaryBuilder((value) => (value as DuckDBBlobValue).bytes));
  }
  if (type instanceof DuckDBDecimalType) {
    const decimal = new Decimal(type.scale, type.width);
    return {
      type: decimal,
      builder: decimalBuilder(decimal, (value) => (value as DuckDBDecimalValue).value),
    };
  }
  if (type.typeId === DuckDBTypeId.HUGEINT || type.typeId === DuckDBTypeId.UHUGEINT) {
    const decimal = new Decimal(0, 38);
    return { type: decimal, builder: decimalBuilder(decimal, (value) => requireDigits(value as bigint)) };
  }
  if (type instanceof DuckDBListType) {
    const items = arrowBuilder(type.valueType);
    const list = new List(new Field("item", items.type, true));
    return { type: list, builder: listBuilder(list, items.builder) };
  }
  if (type instanceof DuckDBArrayType) {
    const items = arrowBuilder(type.valueType);
    const array = new FixedSizeList(type.length, new Field("item", items.type, true));
    return { type: array, builder: arrayBuilder(array, items.builder) };
  }
  if (type instanceof DuckDBStructType) return structOf(type.entryNames, type.entryTypes);
  if (type instanceof DuckDBMapType) {
    const entries = structOf(["key", "value"], [type.keyType, type.valueType]);
    const map = new Map_(new Field("entries", entries.type, false) as never);
    return { type: map, builder: listBuilder(map, entries.builder) };
  }
  return withType(textBuilder(String));
}

function structOf(
  names: readonly string[],
  types: readonly DuckDBType[],
): { type: Struct; builder: ColumnBuilder } {
  const fields = types.map(arrowBuilder);
  const struct = new Struct(names.map((name, index) => new Field(name, fields[index]!.type, true)));
  return {
    type: struct,
    builder: structBuilder(
      struct,
      fields.map(({ builder }) => builder),
    ),
  };
}

function withType(builder: ColumnBuilder): { type: DataType; builder: ColumnBuilder } {
  return { type: builder.finish().type, builder };
}

function requireDigits(value: bigint): bigint {
  if (value < 10n ** 38n && value > -(10n ** 38n)) return value;
  throw new DataError(`${value} has more than the 38 digits of an Arrow decimal`, { path: "HUGEINT" });
}
