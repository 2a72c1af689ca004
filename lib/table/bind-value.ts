import {
  BIGINT,
  BLOB,
  BOOLEAN,
  DOUBLE,
  DuckDBTimestampValue,
  HUGEINT,
  INTEGER,
  LIST,
  SQLNULL,
  TIMESTAMP,
  VARCHAR,
  blobValue,
  listValue,
} from "@duckdb/node-api";
import type { DuckDBType, DuckDBValue } from "@duckdb/node-api";
import { ArgumentError } from "../core/errors.ts";

/** A value in the form DuckDB takes it. */
export interface BoundValue {
  readonly value: DuckDBValue;
  readonly type: DuckDBType;
}

/**
 * Give a JavaScript value its DuckDB type.
 *
 * Whole numbers are INTEGER or BIGINT, others DOUBLE; a bigint is BIGINT or HUGEINT; a Date is a TIMESTAMP in UTC;
 * an array is a LIST of the narrowest type that holds all its items.
 */
export function bindValue(value: unknown, parameter: string): BoundValue {
  if (value === null) return { value: null, type: SQLNULL };
  if (typeof value === "string") return { value, type: VARCHAR };
  if (typeof value === "boolean") return { value, type: BOOLEAN };
  if (typeof value === "number") return bindNumber(value);
  if (typeof value === "bigint") return bindBigint(value, parameter);
  if (value instanceof Date) return bindDate(value, parameter);
  if (value instanceof Uint8Array) return { value: blobValue(value), type: BLOB };
  if (Array.isArray(value)) return bindList(value, parameter);
  throw new ArgumentError(
    parameter,
    "a string, number, bigint, boolean, Date, null or an array of these",
    value,
  );
}

function bindNumber(value: number): BoundValue {
  if (!Number.isSafeInteger(value) || Object.is(value, -0)) return { value, type: DOUBLE };
  return value === (value | 0) ? { value, type: INTEGER } : { value: BigInt(value), type: BIGINT };
}

function bindBigint(value: bigint, parameter: string): BoundValue {
  if (BigInt.asIntN(64, value) === value) return { value, type: BIGINT };
  if (BigInt.asIntN(128, value) === value) return { value, type: HUGEINT };
  throw new ArgumentError(parameter, "an integer of at most 128 bits", value);
}

function bindDate(value: Date, parameter: string): BoundValue {
  if (Number.isNaN(value.getTime())) throw new ArgumentError(parameter, "a valid Date", value);
  return { value: new DuckDBTimestampValue(BigInt(value.getTime()) * 1000n), type: TIMESTAMP };
}

const numberWidths: readonly DuckDBType[] = [INTEGER, BIGINT, HUGEINT, DOUBLE];

function bindList(values: readonly unknown[], parameter: string): BoundValue {
  const items = values.map((value, index) => bindValue(value, `${parameter}[${index}]`));
  let type: DuckDBType = SQLNULL;
  for (const [index, item] of items.entries()) {
    if (item.type === SQLNULL || item.type.toString() === type.toString()) continue;
    const widths = [type, item.type].map((each) => numberWidths.indexOf(each));
    const areNumbers = !widths.includes(-1);
    if (type !== SQLNULL && !areNumbers) {
      throw new ArgumentError(`${parameter}[${index}]`, `a ${type} like the items before it`, values[index]);
    }
    type = areNumbers ? numberWidths[Math.max(...widths)]! : item.type;
  }
  return { value: listValue(items.map((item) => widen(item, type))), type: LIST(type) };
}

function widen({ value }: BoundValue, type: DuckDBType): DuckDBValue {
  if (type === DOUBLE && typeof value === "bigint") return Number(value);
  if ((type === BIGINT || type === HUGEINT) && typeof value === "number") return BigInt(value);
  return value;
}
