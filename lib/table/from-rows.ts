import { ArgumentError } from "../core/errors.ts";
import { someRestricted } from "../core/restricted.ts";
import type { FromValuesOptions } from "./from-arrow.ts";
import { hideValues } from "./hide-values.ts";
import { duckdbColumn, widenType } from "./infer-type.ts";
import type { InferredType } from "./infer-type.ts";
import { chunkRows, memoryRelation } from "./memory-table.ts";
import type { Sensitivity } from "./sensitivity.ts";
import { Table } from "./table.ts";

/**
 * Make a table from an array of objects; a key that some rows lack is null there.
 *
 * Whole numbers are BIGINT, others DOUBLE; a Date is a TIMESTAMP in UTC; arrays, objects and Maps nest. The rows
 * are copied when the table is first asked for something. A restricted row makes the table restricted.
 *
 * @throws {@link ArgumentError} no rows, a row that is no object, or a column whose values differ in type
 *
 * @example
 * fromRows([{ model: "base", accuracy: 0.61 }, { model: "tuned", accuracy: 0.68 }])
 */
export function fromRows<Row extends object>(
  rows: readonly Row[],
  { sensitivity: given = "public", source = "array of objects" }: FromValuesOptions = {},
): Table<Row> {
  if (!Array.isArray(rows) || rows.length === 0)
    throw new ArgumentError("rows", "an array with at least one object", rows);
  const sensitivity = someRestricted(rows) ? "restricted" : given;
  const types = inferTypes(rows, sensitivity);
  const columns = [...types].map(([name, type]) => ({ name, ...duckdbColumn(type) }));
  const relation = memoryRelation(columns, (append) => {
    for (let start = 0; start < rows.length; start += chunkRows) {
      const part = rows.slice(start, start + chunkRows);
      const chunks = columns.map(({ name, convert }) => ({
        values: part.map((row) => {
          const value: unknown = Reflect.get(row, name);
          return value === null || value === undefined ? null : convert(value);
        }),
      }));
      append(part.length, chunks);
    }
  });
  return new Table<Row>(relation, { sensitivity, source });
}

function inferTypes(rows: readonly object[], sensitivity: Sensitivity): ReadonlyMap<string, InferredType> {
  try {
    return typesOfRows(rows);
  } catch (error) {
    throw sensitivity === "restricted" ? hideValues(error) : error;
  }
}

function typesOfRows(rows: readonly object[]): ReadonlyMap<string, InferredType> {
  const types = new Map<string, InferredType>();
  for (const [index, row] of rows.entries()) {
    if (typeof row !== "object" || row === null || Array.isArray(row)) {
      throw new ArgumentError(`rows[${index}]`, "an object", row);
    }
    for (const [name, value] of Object.entries(row)) {
      types.set(name, widenType(types.get(name) ?? { kind: "null" }, value, `rows[${index}].${name}`));
    }
  }
  requireDistinct([...types.keys()]);
  return types;
}

function requireDistinct(names: readonly string[]): void {
  if (names.length === 0) throw new ArgumentError("rows", "objects with at least one key", {});
  const taken = new Map<string, string>();
  for (const name of names) {
    const other = taken.get(name.toLowerCase());
    if (other !== undefined) {
      throw new ArgumentError("rows", `without keys that differ in case alone, as "${other}" does`, name);
    }
    taken.set(name.toLowerCase(), name);
  }
}
