import { DuckDBBlobValue, DuckDBListValue, type DuckDBValue } from "@duckdb/node-api";

import { bindValue } from "../../table/bind-value.ts";

/**
 * A parameter of a query as SQL text, of the type that it has when it is bound.
 *
 * @throws {ArgumentError} a value that cannot be bound either
 *
 * @example
 * [7, "it's", [1.5, null]].map((value) => writeValue(value, 0))
 * //=> ["CAST('7' AS INTEGER)", "CAST('it''s' AS VARCHAR)", "CAST(['1.5', NULL] AS DOUBLE[])"]
 */
export function writeValue(value: unknown, index: number): string {
  const { value: bound, type } = bindValue(value, `parameters[${index}]`);
  return bound === null ? "NULL" : `CAST(${textOf(bound)} AS ${type})`;
}

function textOf(bound: DuckDBValue): string {
  if (bound === null) return "NULL";
  if (bound instanceof DuckDBBlobValue) return `unhex('${Buffer.from(bound.bytes).toString("hex")}')`;
  if (bound instanceof DuckDBListValue) return `[${bound.items.map(textOf).join(", ")}]`;
  // Infinity and NaN are DuckDB's words too.
  const text = Object.is(bound, -0) ? "-0.0" : String(bound);
  return `'${text.replaceAll("'", "''")}'`;
}
