import { randomBytes } from "node:crypto";
import { open, rm, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { ArgumentError } from "../core/errors.ts";
import { recordMade } from "../core/lineage.ts";
import { makeFolder } from "../core/make-folder.ts";
import { renameDurably } from "../core/write-file-atomically.ts";
import { runQuery } from "./engine.ts";
import type { RunOptions } from "./engine.ts";
import { rowsOfChunk } from "./from-duckdb.ts";
import type { Relation } from "./relation.ts";
import { sensitivityKey } from "./sensitivity.ts";
import { identifier, literal, sql } from "./sql.ts";
import type { Sql } from "./sql.ts";

/** What was written. */
export interface WrittenFile {
  readonly path: string;
  readonly rowCount: number;
  readonly bytes: number;
}

/** Write a relation to a Parquet file, compressed by Zstandard, in bounded memory. */
export function writeParquetFile(
  relation: Relation,
  path: string,
  options?: RunOptions,
): Promise<WrittenFile> {
  // The file says itself that it is restricted, so that it is when it is opened again.
  const note = relation.isRestricted
    ? sql`, KV_METADATA {${identifier(sensitivityKey)}: 'restricted'}`
    : sql``;
  return writeFile(relation, path, sql`FORMAT parquet, COMPRESSION zstd${note}`, options);
}

/** Write a relation to a CSV file (RFC 4180) with a header, in bounded memory. */
export function writeCsvFile(relation: Relation, path: string, options?: RunOptions): Promise<WrittenFile> {
  return writeFile(relation, path, sql`FORMAT csv, HEADER true`, options);
}

/** Renaming onto a device or a link would put a file in its place. */
async function requireFreePath(path: string): Promise<string> {
  if (typeof path !== "string" || path === "") throw new ArgumentError("path", "the path of a file", path);
  const target = resolve(path);
  const existing = await stat(target).catch(() => undefined);
  if (existing !== undefined && !existing.isFile()) {
    throw new ArgumentError("path", "a new path or that of a regular file", path);
  }
  return target;
}

async function writeFile(
  relation: Relation,
  path: string,
  format: Sql,
  options?: RunOptions,
): Promise<WrittenFile> {
  const target = await requireFreePath(path);
  const sensitivity = relation.isRestricted ? "restricted" : "public";
  recordMade({ kind: "table", path: target, from: relation.files, sensitivity, step: "writeTable" });
  const temporary = `${target}.${process.pid}-${randomBytes(4).toString("hex")}.tmp`;
  makeFolder(dirname(target));
  try {
    const { columns, chunks } = await relation.answer(relation.query, options, (query) =>
      runQuery(sql`COPY (${query}) TO ${literal(temporary)} (${format})`, options),
    );
    const [row] = rowsOfChunk<{ Count: number }>(columns, chunks[0]!);
    const file = await open(temporary, "r+");
    try {
      await file.sync();
    } finally {
      await file.close();
    }
    await renameDurably(temporary, target);
    return { path: target, rowCount: row!.Count, bytes: (await stat(target)).size };
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
