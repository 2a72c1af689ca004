import { DataError, QueryError } from "../core/errors.ts";
import { unknownName } from "../core/nearest-name.ts";
import { joinSql, literal, sql } from "./sql.ts";
import type { Sql } from "./sql.ts";
import { readRefusal } from "./translate-error.ts";

/** A list of files as DuckDB's readers take it, with the signs of a glob in a name made plain. */
export function fileList(files: readonly string[]): Sql {
  const names = files.map((file) => literal(file.replaceAll(/[*?[]/gu, "[$&]")));
  return sql`[${joinSql(names, ", ")}]`;
}

/** What DuckDB says is wrong, without its advice about its own options. */
export function refusalText(error: unknown): string {
  const cause = error instanceof QueryError ? error.cause : error;
  const message = cause instanceof Error ? readRefusal(cause.message).exception_message : String(cause);
  const [explanation] = message.split(/\nTry increasing|\n\nPossible Solution|\nPossible fixes/u);
  // DuckDB repeats the line at fault, which may be very long.
  return explanation!.replaceAll(/(.{200}).+/gu, "$1…");
}

/** An error of a reader, as one about the file that it names. */
export function asDataError(error: unknown, files: readonly string[]): unknown {
  if (!(error instanceof QueryError)) return error;
  const text = refusalText(error);
  const named = /file "([^"]+)"|file '([^']+)'|file = (\S+)/u.exec(text);
  const path = named?.slice(1).find((each) => each !== undefined) ?? files[0]!;
  const line = /[lL]ine:? (\d+)/u.exec(text)?.[1];
  const message = text.includes(path) ? text : `${path}: ${text}`;
  return new DataError(
    message,
    { path, row: line === undefined ? undefined : Number(line) },
    { cause: error },
  );
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
