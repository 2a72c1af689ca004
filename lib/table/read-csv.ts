import { DataError } from "../core/errors.ts";
import { csvColumnTypes } from "./csv-types.ts";
import { findDelimiter, longestRecordBytes, readCsvHeader } from "./csv-header.ts";
import { asDataError, fileList, requireDeclaredColumns } from "./duckdb-file.ts";
import type { Compression } from "./file-format.ts";
import { Relation } from "./relation.ts";
import { joinSql, literal, sql } from "./sql.ts";
import type { Sql } from "./sql.ts";

/** How a CSV file is read. */
export interface CsvOptions {
  /** Whether the first line holds the names; without it they are column1, column2, ... @default true */
  readonly header?: boolean | undefined;
  /** @default a tab in TSV; else the commonest of `,` `;` tab `|` in the first line, the comma on a tie */
  readonly delimiter?: string | undefined;
  /** SQL types of some columns, where those found are not wanted. */
  readonly types?: Readonly<Record<string, string>> | undefined;
}

/** DuckDB's own limit for a line, in bytes. */
const usualLineLimit = 2_097_152;

/**
 * CSV or TSV files (RFC 4180) with the same columns as one relation.
 *
 * All lines are read once to find the types, by the rules of {@link csvColumnTypes}. Empty fields are null.
 *
 * @throws {@link DataError} a line with too many or too few fields, an open quote, text that is not UTF-8, or
 *   files whose columns differ
 */
export async function readCsv(
  files: readonly string[],
  compression: Compression,
  { header = true, delimiter: wanted, types = {} }: CsvOptions,
): Promise<Relation> {
  const delimiter = wanted ?? (await findDelimiter(files[0]!, compression));
  const names = await commonHeader(files, compression, delimiter, header);
  requireDeclaredColumns(names, types);
  const longest = await Promise.all(files.map((file) => longestRecordBytes(file, compression)));
  const lineLimit = Math.max(usualLineLimit, ...longest.map((bytes) => bytes + 1024));
  // Nothing is left to DuckDB's guessing: it would read a file with an open quote as one without quotes, and
  // give no rows of a file whose only line is longer than its buffer.
  const reader = (columnTypes: Sql) => sql`SELECT * FROM read_csv(${fileList(files)}, auto_detect = false,
    compression = ${literal(compression)}, delim = ${literal(delimiter)}, quote = '"', escape = '"', comment = '',
    header = ${literal(String(header))}, max_line_size = ${literal(String(lineLimit))},
    buffer_size = ${literal(String(Math.max(16 * usualLineLimit, 2 * lineLimit)))}, columns = {${columnTypes}})`;
  try {
    return await infer(names, types, reader);
  } catch (error) {
    throw asDataError(error, files);
  }
}

async function infer(
  names: readonly string[],
  declared: Readonly<Record<string, string>>,
  reader: (columnTypes: Sql) => Sql,
): Promise<Relation> {
  const columnTypes = (types: readonly string[]) =>
    joinSql(
      names.map((name, index) => sql`${literal(name)}: ${literal(types[index]!)}`),
      ", ",
    );
  const asText = new Relation(reader(columnTypes(names.map(() => "VARCHAR"))));
  const isAllDeclared = names.every((name) => declared[name] !== undefined);
  const found = isAllDeclared ? [] : await csvColumnTypes(asText);
  const types = names.map((name, index) => declared[name] ?? found[index]!);
  const relation = new Relation(reader(columnTypes(types)));
  await relation.columns();
  return relation;
}

async function commonHeader(
  files: readonly string[],
  compression: Compression,
  delimiter: string,
  hasHeader: boolean,
): Promise<string[]> {
  const [first, ...others] = await Promise.all(
    files.map((file) => readCsvHeader(file, compression, delimiter, hasHeader)),
  );
  for (const [index, names] of others.entries()) {
    if (names.join("\0") === first!.join("\0")) continue;
    const message = `the columns differ: ${files[0]} has ${first!.join(", ")}; ${files[index + 1]} has ${names.join(", ")}`;
    throw new DataError(message, { path: files[index + 1]!, row: 1 });
  }
  return first!;
}
