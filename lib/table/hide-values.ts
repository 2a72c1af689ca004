import { ArgumentError, DataError, QueryError } from "../core/errors.ts";
import { refusalOf } from "./translate-error.ts";

/** What DuckDB says of these comes from the query, the schema or the machine, never from a row. */
const kindsWithoutValues = new Set([
  "Binder",
  "Catalog",
  "INTERRUPT",
  "Missing Extension",
  "Out of Memory",
  "Parser",
  "Query",
  "Syntax",
]);

/**
 * The error that is told of a restricted table: without what DuckDB or a reader quotes of a row.
 *
 * A saved notebook keeps its errors.
 */
export function hideValues(error: unknown): unknown {
  if (error instanceof QueryError) {
    const told = refusalOf(error);
    if (told === undefined || kindsWithoutValues.has(told.refusal.exception_type)) return error;
    const message = `${told.refusal.exception_type} error in a restricted table, whose values are not shown${told.place}`;
    return new QueryError(message, error.sql);
  }
  if (error instanceof DataError) {
    const place = error.row === undefined ? error.path : `${error.path}, line ${error.row}`;
    const message = `${place}: cannot be read as asked. What it holds is not shown, since it is restricted`;
    return new DataError(message, { path: error.path, row: error.row });
  }
  if (error instanceof ArgumentError && error.parameter.startsWith("rows[")) {
    const message = `${error.parameter} does not fit the values before it. It is not shown, since it is restricted`;
    return new DataError(message, { path: error.parameter });
  }
  return error;
}
