import { DataError } from "../core/errors.ts";
import { fileList, requireDeclaredColumns } from "./duckdb-file.ts";
import type { Compression } from "./file-format.ts";
import { findBrokenLine } from "./json-lines.ts";
import { requireOneType } from "./one-type.ts";
import { Relation } from "./relation.ts";
import type { Column } from "./relation.ts";
import { joinSql, literal, sql } from "./sql.ts";
import type { Sql } from "./sql.ts";
import { openText } from "./text-lines.ts";
import { withValueLimit } from "./value-limit.ts";

/** How the values lie in a JSON file, in DuckDB's words. */
type Layout = "newline_delimited" | "array" | "unstructured";

/** How a JSON file is read. */
export interface JsonOptions {
  /** SQL types of some columns, where the whole file's own is not wanted; `VARCHAR` takes any value as its text. */
  readonly types?: Readonly<Record<string, string>> | undefined;
}

/**
 * JSON Lines, or JSON files with a list of objects, as one relation.
 *
 * All values are read once to find the types, so that no key and no type that comes late is missed: BOOLEAN,
 * BIGINT, DOUBLE (also where whole numbers and others are mixed), VARCHAR, and lists and structs of these; JSON
 * where there are only nulls, or values of different types deep inside. Texts stay texts, also those with a date.
 *
 * @throws {@link DataError} a line that is not JSON, with its number; a column whose type changes, with the line
 */
export async function readJson(
  files: readonly string[],
  compression: Compression,
  options: JsonOptions & { readonly isLines: boolean },
): Promise<Relation> {
  for (const path of files) await refuseByteOrderMark(path, compression);
  const layout = options.isLines ? "newline_delimited" : await findLayout(files[0]!, compression);
  const isLines = layout === "newline_delimited";
  const read = (limitBytes: number) => {
    const settings = sql`format = ${literal(layout)}, compression = ${literal(compression)},
      maximum_object_size = ${literal(String(limitBytes))}`;
    return infer(files, compression, settings, options.types ?? {});
  };
  return withValueLimit(files, compression, isLines, read, async (refusal) => {
    const mustBeObjects = refusal.includes("Expected OBJECT");
    if (isLines && (refusal.startsWith("Malformed JSON") || mustBeObjects)) {
      await findBrokenLine(files, compression, { mustBeObjects });
    }
  });
}

async function infer(
  files: readonly string[],
  compression: Compression,
  settings: Sql,
  declared: Readonly<Record<string, string>>,
): Promise<Relation> {
  const columns = await inferColumns(files, settings);
  requireDeclaredColumns(
    columns.map(({ name }) => name),
    declared,
  );
  const mixed = columns.filter(({ name, type }) => type === "JSON" && !Object.hasOwn(declared, name));
  const types = columns.map(({ name, type }) => {
    return sql`${literal(name)}: ${literal(declared[name] ?? textStaysText(type))}`;
  });
  await requireDistinctKeys(columns, files, settings);
  await requireNamedKeys(columns, files, settings);
  // DuckDB calls values that are no objects "json". Left to find out, it samples the file again in every query.
  const records = columns.length === 1 && columns[0]!.name === "json" ? "auto" : "true";
  const relation = new Relation(
    sql`SELECT * FROM read_json(${fileList(files)}, ${settings}, records = ${literal(records)},
      columns = {${joinSql(types, ", ")}})`,
  );
  await relation.columns();
  if (
    records === "auto" &&
    (await relation.rows(sql`SELECT 1 FROM (${relation.query}) LIMIT 1`)).length === 0
  ) {
    throw new DataError(`${files.join(", ")} holds no object, so there are no columns`, { path: files[0]! });
  }
  for (const { name } of mixed) await requireOneType(relation, name, files, compression);
  return relation;
}

async function inferColumns(files: readonly string[], settings: Sql): Promise<Column[]> {
  const sniff = (more: Sql) =>
    new Relation(sql`SELECT * FROM read_json(${fileList(files)}, ${settings}, union_by_name = true,
      sample_size = -1, maximum_sample_files = 2147483647, dateformat = 'iso', timestampformat = 'iso'${more})`).columns();
  const columns = await sniff(sql``);
  const [only] = columns;
  // Objects with very many keys are taken for one map; at the top they are a table with very many columns.
  if (columns.length === 1 && only?.name === "json" && only.type.startsWith("MAP(")) {
    return sniff(sql`, map_inference_threshold = -1`);
  }
  return columns;
}

/** DuckDB refuses it when the rows are first read, and gives a wrong line. */
async function refuseByteOrderMark(path: string, compression: Compression): Promise<void> {
  for await (const chunk of openText(path, compression)) {
    const hasMark = (chunk as Buffer).subarray(0, 3).equals(Buffer.from([0xef, 0xbb, 0xbf]));
    if (!hasMark) return;
    const message = `${path}, line 1: begins with a byte order mark (EF BB BF); save it as UTF-8 without one`;
    throw new DataError(message, { path, row: 1 });
  }
}

/**
 * DuckDB calls a column whose name is empty by its number, `C4`, and finds no value for it.
 *
 * @throws {@link DataError} an empty key
 */
async function requireNamedKeys(
  columns: readonly Column[],
  files: readonly string[],
  settings: Sql,
): Promise<void> {
  const numbered = columns.filter(({ name }, index) => name === `C${index}`);
  if (numbered.length === 0) return;
  const records = new Relation(sql`SELECT json FROM read_json_objects(${fileList(files)}, ${settings})`);
  const held = await records.rows(
    sql`SELECT 1 FROM (${records.query}) WHERE list_contains(json_keys(json), '') LIMIT 1`,
  );
  if (held.length === 0) return;
  throw new DataError(`${files[0]}: a key is empty (""), and a column needs a name`, { path: files[0]! });
}

/**
 * SQL takes names that differ in case alone for the same, so DuckDB calls the second of them `name_1`.
 *
 * @throws {@link DataError} two such keys
 */
async function requireDistinctKeys(
  columns: readonly Column[],
  files: readonly string[],
  settings: Sql,
): Promise<void> {
  const names = new Set(columns.map(({ name }) => name.toLowerCase()));
  for (const { name } of columns) {
    const base = /^(.*)_\d+$/u.exec(name)?.[1];
    if (base === undefined || !names.has(base.toLowerCase())) continue;
    const records = new Relation(sql`SELECT json FROM read_json_objects(${fileList(files)}, ${settings})`);
    const path = `$.${JSON.stringify(name)}`;
    const held = await records.rows(
      sql`SELECT 1 FROM (${records.query}) WHERE json_exists(json, ${path}) LIMIT 1`,
    );
    if (held.length > 0) continue;
    throw new DataError(
      `${files[0]}: two keys differ from "${base}" in case alone, which SQL cannot tell apart`,
      { path: files[0]! },
    );
  }
}

/** DuckDB reads dates and identifiers out of texts; JSON has none, so they stay what they are. */
function textStaysText(type: string): string {
  return type.replaceAll(
    /"(?:[^"]|"")*"|\b(?:DATE|TIMESTAMP(?: WITH TIME ZONE)?|TIME(?: WITH TIME ZONE)?|UUID)\b/gu,
    (match) => (match.startsWith('"') ? match : "VARCHAR"),
  );
}

/** Tell JSON Lines that are called .json, a list, and values that run over several lines apart. */
async function findLayout(path: string, compression: Compression): Promise<Layout> {
  let head = "";
  for await (const chunk of openText(path, compression)) {
    head += String(chunk);
    if (head.trimStart().length > 0) break;
  }
  const text = head.trimStart();
  if (text.startsWith("[")) return "array";
  const [line, next] = text.split("\n", 2);
  const isWhole = next !== undefined && next.trimStart() !== "" && isJson(line!);
  return isWhole ? "newline_delimited" : "unstructured";
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
