import { DataError } from "../core/errors.ts";
import { asDataError, fileList, refusalText } from "./duckdb-file.ts";
import { Relation } from "./relation.ts";
import type { RemoteEngine } from "./relation.ts";
import { sensitivityKey } from "./sensitivity.ts";
import { sql } from "./sql.ts";

/**
 * Parquet files as one relation; only their footers are read.
 *
 * One that was written from a restricted table is restricted. Columns are matched by name, and one that a file lacks is null in its rows.
 *
 * @throws {@link DataError} not a whole Parquet file, or a column whose type differs between files
 */
export async function readParquet(files: readonly string[], engine?: RemoteEngine): Promise<Relation> {
  const list = fileList(files);
  const query = sql`SELECT * FROM read_parquet(${list}, union_by_name = true)`;
  const relation = new Relation(query, [], [], engine && { engine });
  try {
    if (files.length > 1) await requireOneSchema(relation, files);
    await relation.columns();
    const marks = await relation.rows(
      sql`SELECT 1 FROM parquet_kv_metadata(${list}) WHERE decode(key) = ${sensitivityKey} LIMIT 1`,
    );
    return marks.length > 0 ? relation.restricted() : relation;
  } catch (error) {
    const cut = /^No magic bytes found at end of file '(.+)'/u.exec(refusalText(error))?.[1];
    if (cut === undefined) throw asDataError(error, files);
    throw new DataError(`${cut} is not a whole Parquet file: it was cut short, or is something else`, {
      path: cut,
    });
  }
}

async function requireOneSchema(relation: Relation, files: readonly string[]): Promise<void> {
  const [clash] = await relation.rows<{ name: string; files: string[]; types: string[] }>(sql`
    SELECT name, list(file_name) AS files, list(signature) AS types
    FROM (
      SELECT name, concat_ws(' ', type, logical_type) AS signature, any_value(file_name) AS file_name
      FROM parquet_schema(${fileList(files)})
      WHERE coalesce(num_children, 0) = 0
      GROUP BY ALL
    )
    GROUP BY name HAVING count(DISTINCT signature) > 1 ORDER BY name LIMIT 1`);
  if (clash === undefined) return;
  const [first, second] = clash.files;
  const message = `column "${clash.name}" is ${clash.types[0]} in ${first} and ${clash.types[1]} in ${second}`;
  throw new DataError(message, { path: second! });
}
