import { DataError } from "../core/errors.ts";
import { fileList, requireDeclaredColumns } from "./duckdb-file.ts";
import type { Compression } from "./file-format.ts";
import { requireOneType } from "./one-type.ts";
import type { JsonOptions } from "./read-json.ts";
import { Relation } from "./relation.ts";
import { identifier, literal, sql } from "./sql.ts";
import type { Sql } from "./sql.ts";
import { withValueLimit } from "./value-limit.ts";

/** What `json_group_structure` says of a value: a type's name, a list of one, or fields. */
type Structure = string | readonly [Structure] | { readonly [field: string]: Structure };

/**
 * Files that are one JSON object of objects, such as `{"21645374": {"QUESTION": ...}, ...}`, with a row per key.
 *
 * @param keyColumn name of the column that takes the keys, as texts; it comes first
 * @throws {@link DataError} not an object of objects, or a field whose type changes
 */
export async function readKeyedJson(
  files: readonly string[],
  compression: Compression,
  keyColumn: string,
  { types = {} }: JsonOptions,
): Promise<Relation> {
  return withValueLimit(files, compression, false, (limitBytes) => {
    const settings = sql`format = 'unstructured', records = 'false', compression = ${literal(compression)},
      maximum_object_size = ${literal(String(limitBytes))}`;
    return infer(files, compression, keyColumn, settings, types);
  });
}

async function infer(
  files: readonly string[],
  compression: Compression,
  keyColumn: string,
  settings: Sql,
  declared: Readonly<Record<string, string>>,
): Promise<Relation> {
  const entries = (valueType: string) => sql`
    SELECT unnest(map_entries(json)) AS entry
    FROM read_json(${fileList(files)}, ${settings}, columns = {'json': ${literal(`MAP(VARCHAR, ${valueType})`)}})`;
  const untyped = new Relation(entries("JSON"));
  const [row] = await untyped.rows<{ structure: Structure }>(
    sql`SELECT json_group_structure(entry.value) AS structure FROM (${untyped.query})`,
  );
  const structure = row!.structure;
  if (typeof structure !== "object" || structure === null || Array.isArray(structure)) {
    throw new DataError(`${files[0]} is not an object of objects, which "keyed" asks for`, {
      path: files[0]!,
    });
  }
  requireDeclaredColumns(Object.keys(structure), declared);
  const fields = Object.entries(structure).map(([name, field]) => ({
    name,
    type: declared[name] ?? sqlType(field),
  }));
  const valueType = `STRUCT(${fields.map(({ name, type }) => `${quote(name)} ${type}`).join(", ")})`;
  const relation = new Relation(
    sql`SELECT entry.key AS ${identifier(keyColumn)}, unnest(entry.value) FROM (${entries(valueType)})`,
  );
  await relation.columns();
  const mixed = fields.filter(({ name, type }) => type === "JSON" && !Object.hasOwn(declared, name));
  for (const { name } of mixed) await requireOneType(relation, name, files, compression);
  return relation;
}

function sqlType(structure: Structure): string {
  if (typeof structure === "string")
    return structure === "UBIGINT" || structure === "NULL" ? narrow(structure) : structure;
  if (Array.isArray(structure)) return `${sqlType(structure[0] as Structure)}[]`;
  const fields = Object.entries(structure).map(([name, field]) => `${quote(name)} ${sqlType(field)}`);
  return fields.length === 0 ? "JSON" : `STRUCT(${fields.join(", ")})`;
}

/** Whole numbers are BIGINT, as everywhere; what is always null has no type of its own. */
function narrow(type: "UBIGINT" | "NULL"): string {
  return type === "UBIGINT" ? "BIGINT" : "JSON";
}

function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
