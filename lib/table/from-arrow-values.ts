import {
  ARRAY,
  BIGINT,
  BLOB,
  BOOLEAN,
  DATE,
  DECIMAL,
  DOUBLE,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBTimeNSValue,
  DuckDBTimeValue,
  DuckDBTimestampMillisecondsValue,
  DuckDBTimestampNanosecondsValue,
  DuckDBTimestampSecondsValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  FLOAT,
  INTEGER,
  LIST,
  MAP,
  SMALLINT,
  STRUCT,
  TIME,
  TIME_NS,
  TIMESTAMP,
  TIMESTAMPTZ,
  TIMESTAMP_MS,
  TIMESTAMP_NS,
  TIMESTAMP_S,
  TINYINT,
  UBIGINT,
  UINTEGER,
  USMALLINT,
  UTINYINT,
  VARCHAR,
  arrayValue,
  blobValue,
  listValue,
  mapValue,
  structValue,
} from "@duckdb/node-api";
import type { DuckDBType, DuckDBValue } from "@duckdb/node-api";
import { DateUnit, TimeUnit, Type, Vector } from "apache-arrow";
import type { Data, DataType, Decimal, Dictionary, FixedSizeList, Map_, Struct } from "apache-arrow";

/** Gives the value of one row. */
type Reader = (row: number) => DuckDBValue;

/** How a type of Arrow goes into DuckDB. */
export interface ArrowMapping {
  readonly type: DuckDBType;
  /** True where both hold the same bytes, so that they are copied as they are. */
  readonly sameBytes: boolean;
  readonly reader: (data: Data) => Reader;
}

const identical = (
  type: DuckDBType,
  read: (values: ArrayLike<unknown>, row: number) => DuckDBValue,
): ArrowMapping => ({
  type,
  sameBytes: true,
  reader: (data) => {
    const values = data.values as ArrayLike<unknown>;
    return (row) => read(values, row);
  },
});

const asNumber = (values: ArrayLike<unknown>, row: number) => values[row] as number;
const asBigint = (values: ArrayLike<unknown>, row: number) => values[row] as bigint;

/** Types whose values DuckDB holds as the same bytes. */
const fixedWidth = new Map<string, ArrowMapping>([
  ["Int8", identical(TINYINT, asNumber)],
  ["Int16", identical(SMALLINT, asNumber)],
  ["Int32", identical(INTEGER, asNumber)],
  ["Int64", identical(BIGINT, asBigint)],
  ["Uint8", identical(UTINYINT, asNumber)],
  ["Uint16", identical(USMALLINT, asNumber)],
  ["Uint32", identical(UINTEGER, asNumber)],
  ["Uint64", identical(UBIGINT, asBigint)],
  ["Float32", identical(FLOAT, asNumber)],
  ["Float64", identical(DOUBLE, asNumber)],
]);

/**
 * Say how a type of Arrow goes into DuckDB, nested types too; undefined for one that DuckDB has no like of.
 *
 * A Dictionary gives its values; a Timestamp with a zone gives TIMESTAMPTZ, in microseconds.
 */
export function arrowMapping(type: DataType): ArrowMapping | undefined {
  switch (type.typeId) {
    case Type.Int:
    case Type.Float:
      return String(type) === "Float16" ? viaGet(FLOAT) : fixedWidth.get(String(type));
    case Type.Null:
    case Type.Utf8:
    case Type.LargeUtf8:
    case Type.Utf8View:
      return viaGet(VARCHAR);
    case Type.Bool:
      return viaGet(BOOLEAN);
    case Type.Binary:
    case Type.LargeBinary:
    case Type.BinaryView:
    case Type.FixedSizeBinary:
      return viaGet(BLOB, (value) => blobValue(value as Uint8Array));
    case Type.Decimal:
      return decimalMapping(type as Decimal);
    case Type.Date:
      return dateMapping((type as unknown as { unit: DateUnit }).unit);
    case Type.Time:
      return timeMapping((type as unknown as { unit: TimeUnit }).unit);
    case Type.Timestamp: {
      const { unit, timezone } = type as unknown as { unit: TimeUnit; timezone?: string | null };
      return timestampMapping(unit, timezone !== null && timezone !== undefined);
    }
    case Type.Dictionary:
      return dictionaryMapping(type);
    case Type.List:
    case Type.LargeList:
    case Type.FixedSizeList:
      return listMapping(type);
    case Type.Struct:
      return structMapping(type as Struct);
    case Type.Map:
      return mapMapping(type as Map_);
    default:
      return undefined;
  }
}

/** Let apache-arrow read the value, where what it gives is exact. */
function viaGet(
  type: DuckDBType,
  convert: (value: unknown) => DuckDBValue = (value) => value as DuckDBValue,
): ArrowMapping {
  return {
    type,
    sameBytes: false,
    reader: (data) => {
      const vector = new Vector([data]);
      return (row) => convert(vector.get(row));
    },
  };
}

/** A mapping over the raw 32-bit or 64-bit numbers of a column, which apache-arrow itself would round. */
function viaRaw(type: DuckDBType, convert: (raw: bigint) => DuckDBValue, sameBytes = false): ArrowMapping {
  return {
    type,
    sameBytes,
    reader: (data) => {
      const values = data.values as ArrayLike<number | bigint>;
      return (row) => convert(BigInt(values[row]!));
    },
  };
}

function decimalMapping({ precision, scale, bitWidth }: Decimal): ArrowMapping | undefined {
  if (precision > 38 || scale < 0 || bitWidth > 256) return undefined;
  const words = bitWidth / 32;
  return {
    type: DECIMAL(precision, scale),
    sameBytes: false,
    reader: (data) => {
      const values = data.values as Uint32Array;
      return (row) => {
        let unsigned = 0n;
        for (let word = words - 1; word >= 0; word--) {
          unsigned = (unsigned << 32n) | BigInt(values[row * words + word]!);
        }
        return new DuckDBDecimalValue(BigInt.asIntN(bitWidth, unsigned), precision, scale);
      };
    },
  };
}

function dateMapping(unit: DateUnit): ArrowMapping {
  if (unit === DateUnit.DAY) return viaRaw(DATE, (days) => new DuckDBDateValue(Number(days)), true);
  // A Date64 may hold a time of day: it is kept.
  return viaRaw(TIMESTAMP_MS, (milliseconds) => new DuckDBTimestampMillisecondsValue(milliseconds), true);
}

/** Microseconds in one unit of Arrow's time; a nanosecond is less than one. */
const microseconds: Readonly<Record<number, bigint>> = {
  [TimeUnit.SECOND]: 1_000_000n,
  [TimeUnit.MILLISECOND]: 1000n,
  [TimeUnit.MICROSECOND]: 1n,
};

function timeMapping(unit: TimeUnit): ArrowMapping {
  if (unit === TimeUnit.NANOSECOND)
    return viaRaw(TIME_NS, (nanoseconds) => new DuckDBTimeNSValue(nanoseconds), true);
  const factor = microseconds[unit]!;
  return viaRaw(TIME, (raw) => new DuckDBTimeValue(raw * factor), unit === TimeUnit.MICROSECOND);
}

function timestampMapping(unit: TimeUnit, isZoned: boolean): ArrowMapping | undefined {
  if (isZoned) {
    if (unit === TimeUnit.NANOSECOND) return undefined;
    const factor = microseconds[unit]!;
    return viaRaw(
      TIMESTAMPTZ,
      (raw) => new DuckDBTimestampTZValue(raw * factor),
      unit === TimeUnit.MICROSECOND,
    );
  }
  switch (unit) {
    case TimeUnit.SECOND:
      return viaRaw(TIMESTAMP_S, (raw) => new DuckDBTimestampSecondsValue(raw), true);
    case TimeUnit.MILLISECOND:
      return viaRaw(TIMESTAMP_MS, (raw) => new DuckDBTimestampMillisecondsValue(raw), true);
    case TimeUnit.MICROSECOND:
      return viaRaw(TIMESTAMP, (raw) => new DuckDBTimestampValue(raw), true);
    case TimeUnit.NANOSECOND:
      return viaRaw(TIMESTAMP_NS, (raw) => new DuckDBTimestampNanosecondsValue(raw), true);
  }
}

/** Read a child's value, or null. */
function nullable(mapping: ArrowMapping, data: Data): Reader {
  const read = mapping.reader(data);
  return (row) => (data.getValid(row) ? read(row) : null);
}

function dictionaryMapping(type: DataType): ArrowMapping | undefined {
  const values = arrowMapping((type as Dictionary).dictionary as DataType);
  if (values === undefined) return undefined;
  return {
    type: values.type,
    sameBytes: false,
    reader: (data) => {
      const starts: number[] = [];
      const readers: Reader[] = [];
      let length = 0;
      for (const part of data.dictionary!.data) {
        starts.push(length);
        readers.push(nullable(values, part));
        length += part.length;
      }
      const keys = data.values as ArrayLike<number | bigint>;
      return (row) => {
        const key = Number(keys[row]!);
        const part = starts.findLastIndex((start) => start <= key);
        return readers[part]!(key - starts[part]!);
      };
    },
  };
}

function listMapping(type: DataType): ArrowMapping | undefined {
  const items = arrowMapping(type.children[0]!.type as DataType);
  if (items === undefined) return undefined;
  const size = type.typeId === Type.FixedSizeList ? (type as FixedSizeList).listSize : undefined;
  return {
    type: size === undefined ? LIST(items.type) : ARRAY(items.type, size),
    sameBytes: false,
    reader: (data) => {
      const read = nullable(items, data.children[0]!);
      const readRange = (start: number, end: number) =>
        Array.from({ length: end - start }, (_, index) => read(start + index));
      if (size !== undefined) return (row) => arrayValue(readRange(row * size, (row + 1) * size));
      const offsets = data.valueOffsets as ArrayLike<number | bigint>;
      return (row) => listValue(readRange(Number(offsets[row]!), Number(offsets[row + 1]!)));
    },
  };
}

function structMapping(type: Struct): ArrowMapping | undefined {
  const fields = type.children.map((field) => ({
    name: field.name,
    mapping: arrowMapping(field.type as DataType),
  }));
  if (fields.some(({ mapping }) => mapping === undefined) || fields.length === 0) return undefined;
  return {
    type: STRUCT(Object.fromEntries(fields.map(({ name, mapping }) => [name, mapping!.type]))),
    sameBytes: false,
    reader: (data) => {
      const readers = fields.map(
        ({ name, mapping }, index) => [name, nullable(mapping!, data.children[index]!)] as const,
      );
      return (row) => structValue(Object.fromEntries(readers.map(([name, read]) => [name, read(row)])));
    },
  };
}

function mapMapping(type: Map_): ArrowMapping | undefined {
  const [keyField, valueField] = type.children[0]!.type.children;
  const keys = arrowMapping(keyField!.type as DataType);
  const values = arrowMapping(valueField!.type as DataType);
  if (keys === undefined || values === undefined) return undefined;
  return {
    type: MAP(keys.type, values.type),
    sameBytes: false,
    reader: (data) => {
      const [keyData, valueData] = data.children[0]!.children;
      const readKey = nullable(keys, keyData!);
      const readValue = nullable(values, valueData!);
      const offsets = data.valueOffsets as ArrayLike<number>;
      return (row) => {
        const entries = [];
        for (let entry = offsets[row]!; entry < offsets[row + 1]!; entry++) {
          entries.push({ key: readKey(entry), value: readValue(entry) });
        }
        return mapValue(entries);
      };
    },
  };
}
