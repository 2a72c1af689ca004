import {
  DuckDBArrayType,
  DuckDBArrayValue,
  DuckDBBitValue,
  DuckDBBlobValue,
  DuckDBDecimalType,
  DuckDBDecimalValue,
  DuckDBGeometryValue,
  DuckDBIntervalValue,
  DuckDBListType,
  DuckDBListValue,
  DuckDBMapType,
  DuckDBMapValue,
  DuckDBStructType,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBTypeId,
  DuckDBUnionType,
  DuckDBUnionValue,
  DuckDBVariantValue,
} from "@duckdb/node-api";
import type { DuckDBDataChunk, DuckDBType, DuckDBValue } from "@duckdb/node-api";
import type { ResultColumn } from "./engine.ts";

/** Turns one value of a column into what a notebook sees; null never reaches it. */
export type FromDuckDB = (value: DuckDBValue) => unknown;

/**
 * How values of a DuckDB type look in JavaScript. Nothing is rounded, but for what JSON.parse rounds inside JSON.
 *
 * | DuckDB | JavaScript |
 * |---|---|
 * | BOOLEAN | boolean |
 * | TINYINT to INTEGER, UTINYINT to UINTEGER, FLOAT, DOUBLE | number |
 * | BIGINT, UBIGINT, HUGEINT, UHUGEINT, BIGNUM | number while it is a safe integer, else bigint |
 * | DECIMAL of at most 15 digits | number |
 * | wider DECIMAL | string of its exact digits |
 * | VARCHAR, ENUM, UUID, BIT | string |
 * | JSON | the parsed value |
 * | DATE | string, `2024-01-31` |
 * | TIME, TIME_NS, TIMETZ | string, `13:05:00.25`, `13:05:00+01:00` |
 * | TIMESTAMP in any unit | string, `2024-01-31T13:05:00.25`; `infinity`, `-infinity` |
 * | TIMESTAMPTZ | string in UTC, `2024-01-31T13:05:00.25Z` |
 * | INTERVAL | `{ months, days, microseconds }` |
 * | BLOB, GEOMETRY (WKB) | Uint8Array |
 * | LIST, ARRAY | array |
 * | STRUCT | object |
 * | MAP | Map |
 * | UNION, VARIANT | the value it holds |
 */
export function converterFor(type: DuckDBType): FromDuckDB {
  if (type.alias === "JSON") return (value) => JSON.parse(value as string);
  if (type instanceof DuckDBListType) {
    const convert = nullable(converterFor(type.valueType));
    return (value) => (value as DuckDBListValue).items.map(convert);
  }
  if (type instanceof DuckDBArrayType) {
    const convert = nullable(converterFor(type.valueType));
    return (value) => (value as DuckDBArrayValue).items.map(convert);
  }
  if (type instanceof DuckDBStructType) return structConverter(type);
  if (type instanceof DuckDBMapType) {
    const convertKey = nullable(converterFor(type.keyType));
    const convertValue = nullable(converterFor(type.valueType));
    return (value) =>
      new Map(
        (value as DuckDBMapValue).entries.map((entry) => [convertKey(entry.key), convertValue(entry.value)]),
      );
  }
  if (type instanceof DuckDBUnionType) {
    const members = new Map(
      type.memberTags.map((tag, index) => [tag, nullable(converterFor(type.memberTypes[index]!))]),
    );
    return (value) => members.get((value as DuckDBUnionValue).tag)!((value as DuckDBUnionValue).value);
  }
  if (type instanceof DuckDBDecimalType && type.width <= 15) return (value) => Number(String(value));
  return scalarConverters.get(type.typeId) ?? identity;
}

const identity: FromDuckDB = (value) => value;
const toText: FromDuckDB = String;

/** Bytes that outlive the chunk they came in. */
const toBytes: FromDuckDB = (value) => (value as DuckDBBlobValue | DuckDBGeometryValue).bytes.slice();

const toInteger: FromDuckDB = (value) => {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
};

const toIsoText: FromDuckDB = (value) => String(value).replace(/ (?=\d\d:)/u, "T");

const scalarConverters = new Map<DuckDBTypeId, FromDuckDB>([
  [DuckDBTypeId.BIGINT, toInteger],
  [DuckDBTypeId.UBIGINT, toInteger],
  [DuckDBTypeId.HUGEINT, toInteger],
  [DuckDBTypeId.UHUGEINT, toInteger],
  [DuckDBTypeId.BIGNUM, toInteger],
  [DuckDBTypeId.DECIMAL, toText],
  [DuckDBTypeId.DATE, toText],
  [DuckDBTypeId.TIME, toText],
  [DuckDBTypeId.TIME_NS, toText],
  [DuckDBTypeId.TIME_TZ, toText],
  [DuckDBTypeId.TIMESTAMP, toIsoText],
  [DuckDBTypeId.TIMESTAMP_S, toIsoText],
  [DuckDBTypeId.TIMESTAMP_MS, toIsoText],
  [DuckDBTypeId.TIMESTAMP_NS, toIsoText],
  [DuckDBTypeId.TIMESTAMP_TZ, zonedText],
  [DuckDBTypeId.UUID, toText],
  [DuckDBTypeId.BIT, (value) => (value as DuckDBBitValue).toString()],
  [DuckDBTypeId.BLOB, toBytes],
  [DuckDBTypeId.GEOMETRY, toBytes],
  [DuckDBTypeId.VARIANT, variantValue],
  [
    DuckDBTypeId.INTERVAL,
    (value) => {
      const { months, days, micros } = value as DuckDBIntervalValue;
      return { months, days, microseconds: toInteger(micros) };
    },
  ],
]);

function zonedText(value: DuckDBValue): string {
  const { micros, isFinite } = value as DuckDBTimestampTZValue;
  const text = String(toIsoText(new DuckDBTimestampValue(micros)));
  return isFinite ? `${text}Z` : text;
}

function variantValue(value: DuckDBValue): unknown {
  const { value: inner, type } = value as DuckDBVariantValue;
  if (inner === null) return null;
  return type === undefined ? untypedValue(inner) : converterFor(type)(inner);
}

/** The parts of a VARIANT carry no type of their own, only their values' classes. */
function untypedValue(value: DuckDBValue): unknown {
  if (typeof value === "bigint") return toInteger(value);
  if (value instanceof DuckDBListValue) return value.items.map((item) => untypedValue(item));
  if (value instanceof DuckDBStructValue) {
    return Object.fromEntries(Object.entries(value.entries).map(([key, each]) => [key, untypedValue(each)]));
  }
  if (value instanceof DuckDBBlobValue) return toBytes(value);
  if (value instanceof DuckDBDecimalValue) return value.width <= 15 ? Number(String(value)) : String(value);
  if (value instanceof DuckDBTimestampTZValue) return zonedText(value);
  if (value instanceof DuckDBTimestampValue) return toIsoText(value);
  return typeof value === "object" && value !== null ? String(value) : value;
}

function structConverter(type: DuckDBStructType): FromDuckDB {
  const converters = type.entryNames.map(
    (name, index) => [name, nullable(converterFor(type.entryTypes[index]!))] as const,
  );
  return (value) => {
    const { entries } = value as DuckDBStructValue;
    // fromEntries, not assignment: a field may be called "__proto__".
    return Object.fromEntries(converters.map(([name, convert]) => [name, convert(entries[name] ?? null)]));
  };
}

function nullable(convert: FromDuckDB): FromDuckDB {
  return (value) => (value === null ? null : convert(value));
}

/** The rows of a chunk as objects keyed by column. */
export function rowsOfChunk<Row>(columns: readonly ResultColumn[], chunk: DuckDBDataChunk): Row[] {
  const rows: Record<string, unknown>[] = Array.from({ length: chunk.rowCount }, () => ({}));
  for (const [index, { name, type }] of columns.entries()) {
    const convert = converterFor(type);
    const vector = chunk.getColumnVector(index);
    const isPlainName = name !== "__proto__";
    for (const [rowIndex, row] of rows.entries()) {
      const item = vector.getItem(rowIndex);
      const value = item === null ? null : convert(item);
      if (isPlainName) row[name] = value;
      else Object.defineProperty(row, name, { value, enumerable: true, configurable: true, writable: true });
    }
  }
  return rows as Row[];
}
