import { readdirSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { DataError } from "../core/errors.ts";
import { nearestName } from "../core/nearest-name.ts";
import { Relation } from "./relation.ts";
import type { Sensitivity } from "./sensitivity.ts";
import { joinSql, literal, sql } from "./sql.ts";
import type { Sql } from "./sql.ts";
import { Table } from "./table.ts";

export interface OpenOptions {
  /** @default "public", or what the catalogue says */
  readonly sensitivity?: Sensitivity;
}

export async function open<Row = Record<string, unknown>>(
  path: string,
  options: OpenOptions = {},
): Promise<Table<Row>> {
  const files = [resolve(path)];
  for (const file of files) if (!statSync(file, { throwIfNoEntry: false })) throw missing(file);
  const list = sql`[${joinSql(files.map(literal), ", ")}]`;
  const reader: Sql = /\.parquet$/.test(path)
    ? sql`SELECT * FROM read_parquet(${list})`
    : /\.[ct]sv(\.gz|\.zst)?$/.test(path)
      ? sql`SELECT * FROM read_csv(${list}, sample_size = -1)`
      : sql`SELECT * FROM read_json(${list}, sample_size = -1)`;
  const table = new Table<Row>(new Relation(reader), {
    sensitivity: options.sensitivity ?? "public",
    source: path,
  });
  await table.columns();
  return table;
}

function missing(path: string): DataError {
  const folder = dirname(path);
  const names = statSync(folder, { throwIfNoEntry: false })?.isDirectory() ? readdirSync(folder) : [];
  const nearest = nearestName(basename(path), names);
  return new DataError(
    `no file ${path}${nearest === undefined ? "" : `; did you mean ${join(folder, nearest)}?`}`,
    {
      path,
    },
  );
}
