import { DataError } from "../core/errors.ts";
import type { Compression } from "./file-format.ts";
import { findTypeChange } from "./json-lines.ts";
import type { Relation } from "./relation.ts";
import { identifier, sql } from "./sql.ts";

/**
 * Refuse a JSON column that holds two kinds of values, such as numbers and then texts.
 *
 * Nothing but nulls, or one kind (objects of many shapes), is as it should be.
 *
 * @throws {@link DataError} with the line where the kind changes
 */
export async function requireOneType(
  relation: Relation,
  column: string,
  files: readonly string[],
  compression: Compression,
): Promise<void> {
  const type = sql`json_type(${identifier(column)})`;
  const kinds = await relation.rows<{ kind: string }>(sql`
    SELECT DISTINCT CASE WHEN ${type} IN ('UBIGINT', 'BIGINT', 'DOUBLE') THEN 'number'
      WHEN ${type} = 'VARCHAR' THEN 'string' ELSE lower(${type}) END AS kind
    FROM (${relation.query}) WHERE ${type} <> 'NULL' ORDER BY kind`);
  if (kinds.length < 2) return;
  const change = await findTypeChange(files, compression, column);
  const place = change === undefined ? files[0]! : `${change.path}, line ${change.lineNumber}`;
  const found = `column "${column}" holds ${kinds.map(({ kind }) => kind).join(" and ")}`;
  const detail = change === undefined ? "" : `: ${change.text}`;
  const remedy = `To read it all as text, open with { types: { ${JSON.stringify(column)}: "VARCHAR" } }`;
  throw new DataError(`${place}: ${found}${detail}. ${remedy}`, {
    path: change?.path ?? files[0]!,
    row: change?.lineNumber,
  });
}
