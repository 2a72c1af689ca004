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
    const common = commonType(type, item.type);
    if (common === undefined) {
      throw new ArgumentError(`${parameter}[${index}]`, `a ${type} like the items before it`, values[index]);
    }
    type = common;
  }
  return { value: listValue(items.map((item) => widen(item, type))), type: LIST(type) };
}

/** The narrower type that holds values of both; undefined when there is none. */
function commonType(left: DuckDBType, right: DuckDBType): DuckDBType | undefined {
  if (right === SQLNULL || String(left) === String(right)) return left;
  if (left === SQLNULL) return right;
  const widths = [numberWidths.indexOf(left), numberWidths.indexOf(right)];
  return widths.includes(-1) ? undefined : numberWidths[Math.max(...widths)];
}

function widen({ value }: BoundValue, type: DuckDBType): DuckDBValue {
  if (type === DOUBLE && typeof value === "bigint") return Number(value);
  if ((type === BIGINT || type === HUGEINT) && typeof value === "number") return BigInt(value);
  return value;
}
