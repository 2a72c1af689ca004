import duckdb from "@duckdb/node-bindings";
import { DuckDBDataChunk } from "@duckdb/node-api";
import type { DuckDBConnection, DuckDBType, DuckDBValue } from "@duckdb/node-api";
import { connect } from "./engine.ts";
import { Relation } from "./relation.ts";
import type { Requirement } from "./relation.ts";
import { identifier, sql } from "./sql.ts";

/** Rows that DuckDB takes at once. */
export const chunkRows = 2048;

/** A column to be filled. */
export interface MemoryColumn {
  readonly name: string;
  readonly type: DuckDBType;
}

/** Some values of a column: one by one, or as the bytes that DuckDB itself would hold. */
export type ColumnChunk =
  | { readonly values: readonly DuckDBValue[] }
  | { readonly bytes: Uint8Array; readonly isValid: ((row: number) => boolean) | undefined };

/** Takes up to {@link chunkRows} rows. */
export type AppendChunk = (rowCount: number, columns: readonly ColumnChunk[]) => void;

/** Appends all rows of a table. */
type FillTable = (append: AppendChunk) => Promise<void> | void;

let tableNumber = 0;

// The rows of a table that no one holds any more are let go of; at exit they go anyway.
const abandoned = new FinalizationRegistry<string>((name) => void dropTable(name));

async function dropTable(name: string): Promise<void> {
  const connection = await connect();
  await connection.run(`DROP TABLE IF EXISTS "${name}"`);
  connection.disconnectSync();
}

/**
 * A relation over rows that are put into DuckDB when it is first asked, and let go of when nothing holds it.
 *
 * DuckDB spills them to disk when they pass the memory limit.
 */
export function memoryRelation(columns: readonly MemoryColumn[], fill: FillTable): Relation {
  const name = `rounds_${++tableNumber}`;
  // Let go of once the rows are in DuckDB, since it holds them too.
  let source: FillTable | undefined = fill;
  let filling: Promise<void> | undefined;
  const fillOnce = async (from: FillTable): Promise<void> => {
    try {
      await fillTable(name, columns, from);
      source = undefined;
    } finally {
      filling = undefined;
    }
  };
  const table: Requirement = {
    async prepare() {
      if (source !== undefined) await (filling ??= fillOnce(source));
    },
  };
  abandoned.register(table, name);
  return new Relation(sql`SELECT * FROM memory.main.${identifier(name)}`, [], [table]);
}

async function fillTable(name: string, columns: readonly MemoryColumn[], fill: FillTable): Promise<void> {
  const connection = await connect();
  try {
    const definitions = columns.map((column) => `"${column.name.replaceAll('"', '""')}" ${column.type}`);
    await connection.run(`CREATE OR REPLACE TABLE "${name}" (${definitions.join(", ")})`);
    await append(connection, name, columns, fill);
  } catch (error) {
    await connection.run(`DROP TABLE IF EXISTS "${name}"`);
    throw error;
  } finally {
    connection.disconnectSync();
  }
}

async function append(
  connection: DuckDBConnection,
  name: string,
  columns: readonly MemoryColumn[],
  fill: FillTable,
): Promise<void> {
  const appender = await connection.createAppender(name);
  const types = columns.map(({ type }) => type);
  await fill((rowCount, parts) => {
    const chunk = DuckDBDataChunk.create(types, rowCount);
    for (const [index, part] of parts.entries()) {
      if ("values" in part) chunk.setColumnValues(index, part.values);
      else writeBytes(chunk, index, rowCount, part);
    }
    appender.appendDataChunk(chunk);
  });
  appender.closeSync();
}

function writeBytes(
  chunk: DuckDBDataChunk,
  index: number,
  rowCount: number,
  { bytes, isValid }: Extract<ColumnChunk, { bytes: Uint8Array }>,
): void {
  const vector = duckdb.data_chunk_get_vector(chunk.chunk, index);
  duckdb.copy_data_to_vector(vector, 0, bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength);
  if (isValid === undefined) return;
  duckdb.vector_ensure_validity_writable(vector);
  const validity = new Uint8Array(Math.ceil(rowCount / 64) * 8);
  for (let row = 0; row < rowCount; row++) if (isValid(row)) validity[row >> 3]! |= 1 << (row & 7);
  duckdb.copy_data_to_vector_validity(vector, 0, validity.buffer, 0, validity.byteLength);
}
