import {
  BIGINT,
  BLOB,
  BOOLEAN,
  DOUBLE,
  DuckDBTimestampValue,
  HUGEINT,
  LIST,
  MAP,
  STRUCT,
  TIMESTAMP,
  VARCHAR,
  blobValue,
  listValue,
  mapValue,
  structValue,
} from "@duckdb/node-api";
import type { DuckDBType, DuckDBValue } from "@duckdb/node-api";
import { ArgumentError } from "../core/errors.ts";

/** What is known of a column's type from the values so far. */
export type InferredType =
  | { readonly kind: "null" | "boolean" | "integer" | "double" | "huge" | "string" | "date" | "bytes" }
  | { readonly kind: "list"; readonly items: InferredType }
  | { readonly kind: "map"; readonly values: InferredType }
  | { readonly kind: "struct"; readonly fields: ReadonlyMap<string, InferredType> };

const nothing: InferredType = { kind: "null" };

/**
 * Widen a type so that it holds one more value.
 *
 * Whole numbers and others make a DOUBLE, whole numbers and large bigints a HUGEINT; any other mixture is refused.
 *
 * @param place where the value stands, for the error: `rows[3].year`
 * @throws {@link ArgumentError} a value of another type than those before, or of no type that a table has
 */
export function widenType(known: InferredType, value: unknown, place: string): InferredType {
  const found = typeOfValue(value, place);
  const common = commonType(known, found);
  if (common !== undefined) return common;
  throw new ArgumentError(place, `${nounOf(known)}, as the values before it`, value);
}

function typeOfValue(value: unknown, place: string): InferredType {
  switch (typeof value) {
    case "undefined":
      return nothing;
    case "boolean":
    case "string":
      return { kind: typeof value as "boolean" | "string" };
    case "number":
      return { kind: Number.isSafeInteger(value) && !Object.is(value, -0) ? "integer" : "double" };
    case "bigint":
      if (BigInt.asIntN(128, value) !== value)
        throw new ArgumentError(place, "an integer of at most 128 bits", value);
      return { kind: BigInt.asIntN(64, value) === value ? "integer" : "huge" };
    case "object":
      return value === null ? nothing : typeOfObject(value, place);
    default:
      throw new ArgumentError(place, "a value that a table holds", value);
  }
}

function typeOfObject(value: object, place: string): InferredType {
  if (value instanceof Date) {
    if (Number.isNaN(value.getTime())) throw new ArgumentError(place, "a valid Date", value);
    return { kind: "date" };
  }
  if (value instanceof Uint8Array) return { kind: "bytes" };
  if (Array.isArray(value) || ArrayBuffer.isView(value)) {
    let items = nothing;
    for (const [index, item] of (value as readonly unknown[]).entries()) {
      items = widenType(items, item, `${place}[${index}]`);
    }
    return { kind: "list", items };
  }
  if (value instanceof Map) {
    let values = nothing;
    for (const [key, each] of value) {
      if (typeof key !== "string") throw new ArgumentError(`${place} key`, "a string", key);
      values = widenType(values, each, `${place}.${key}`);
    }
    return { kind: "map", values };
  }
  const fields = Object.entries(value).map(
    ([name, field]) => [name, typeOfValue(field, `${place}.${name}`)] as const,
  );
  return { kind: "struct", fields: new Map(fields) };
}

function commonType(left: InferredType, right: InferredType): InferredType | undefined {
  if (right.kind === "null") return left;
  if (left.kind === "null") return right;
  if (left.kind === "list" && right.kind === "list") {
    const items = commonType(left.items, right.items);
    return items && { kind: "list", items };
  }
  if (left.kind === "map" && right.kind === "map") {
    const values = commonType(left.values, right.values);
    return values && { kind: "map", values };
  }
  if (left.kind === "struct" && right.kind === "struct") {
    const fields = new Map(left.fields);
    for (const [name, type] of right.fields) {
      const common = commonType(fields.get(name) ?? nothing, type);
      if (common === undefined) return undefined;
      fields.set(name, common);
    }
    return { kind: "struct", fields };
  }
  if (left.kind === right.kind) return left;
  const kinds = new Set([left.kind, right.kind]);
  if (!kinds.has("integer")) return undefined;
  if (kinds.has("double")) return { kind: "double" };
  return kinds.has("huge") ? { kind: "huge" } : undefined;
}

function nounOf({ kind }: InferredType): string {
  const nouns: Readonly<Record<InferredType["kind"], string>> = {
    null: "null",
    boolean: "a boolean",
    integer: "a number",
    double: "a number",
    huge: "a bigint",
    string: "a string",
    date: "a Date",
    bytes: "a Uint8Array",
    list: "an array of the same",
    map: "a Map of the same",
    struct: "an object with fields of the same types",
  };
  return nouns[kind];
}

/** A type with the way that JavaScript's values become its own. */
export interface InferredColumn {
  readonly type: DuckDBType;
  /** Takes no null. */
  readonly convert: (value: unknown) => DuckDBValue;
}

/** DuckDB's type for what was found: BIGINT for whole numbers, TIMESTAMP in UTC for a Date, VARCHAR for nulls alone. */
export function duckdbColumn(inferred: InferredType): InferredColumn {
  switch (inferred.kind) {
    case "null":
    case "string":
      return { type: VARCHAR, convert: (value) => value as string };
    case "boolean":
      return { type: BOOLEAN, convert: (value) => value as boolean };
    case "integer":
      return { type: BIGINT, convert: (value) => BigInt(value as number | bigint) };
    case "huge":
      return { type: HUGEINT, convert: (value) => BigInt(value as number | bigint) };
    case "double":
      return { type: DOUBLE, convert: (value) => Number(value) };
    case "date":
      return {
        type: TIMESTAMP,
        convert: (value) => new DuckDBTimestampValue(BigInt((value as Date).getTime()) * 1000n),
      };
    case "bytes":
      return { type: BLOB, convert: (value) => blobValue(value as Uint8Array) };
    case "list": {
      const { type, convert } = nullable(duckdbColumn(inferred.items));
      return {
        type: LIST(type),
        convert: (value) => listValue(Array.from(value as Iterable<unknown>, convert)),
      };
    }
    case "map": {
      const { type, convert } = nullable(duckdbColumn(inferred.values));
      return {
        type: MAP(VARCHAR, type),
        convert: (value) =>
          mapValue(
            [...(value as Map<string, unknown>)].map(([key, each]) => ({ key, value: convert(each) })),
          ),
      };
    }
    case "struct":
      return structColumn(inferred.fields);
  }
}

function structColumn(fields: ReadonlyMap<string, InferredType>): InferredColumn {
  // DuckDB has no struct without fields.
  if (fields.size === 0) return { type: VARCHAR, convert: () => "{}" };
  const columns = [...fields].map(([name, field]) => [name, nullable(duckdbColumn(field))] as const);
  return {
    type: STRUCT(Object.fromEntries(columns.map(([name, { type }]) => [name, type]))),
    convert: (value) =>
      structValue(
        Object.fromEntries(
          columns.map(([name, { convert }]) => [name, convert(Reflect.get(value as object, name))]),
        ),
      ),
  };
}

function nullable({ type, convert }: InferredColumn): InferredColumn {
  return { type, convert: (value) => (value === null || value === undefined ? null : convert(value)) };
}
