import { QueryError } from "../core/errors.ts";
import { unknownName } from "../core/nearest-name.ts";
import { joinSql, literal, sql } from "./sql.ts";
import type { Sql } from "./sql.ts";
import { fileError, refusalOf } from "./translate-error.ts";

/** A list of files as DuckDB's readers take it, with the signs of a glob in a name made plain. */
export function fileList(files: readonly string[]): Sql {
  const names = files.map((file) => literal(file.replaceAll(/[*?[]/gu, "[$&]")));
  return sql`[${joinSql(names, ", ")}]`;
}

/** What DuckDB itself says is wrong; empty when the error is not its own. */
export function refusalText(error: unknown): string {
  return refusalOf(error)?.refusal.exception_message ?? "";
}

/** An error of a reader, as one about its first file when DuckDB names none. */
export function asDataError(error: unknown, files: readonly string[]): unknown {
  const told = refusalOf(error);
  return error instanceof QueryError && told !== undefined ? fileError(told.refusal, files[0]!) : error;
}

/**
 * Refuse a declared type for a column that is not there.
 *
 * @throws {@link ArgumentError} with the nearest and all names
 */
export function requireDeclaredColumns(
  names: readonly string[],
  types: Readonly<Record<string, string>>,
): void {
  for (const name of Object.keys(types)) {
    if (!names.includes(name)) throw unknownName("types", name, names);
  }
}
