import { QueryError } from "../core/errors.ts";
import { nearestName } from "../core/nearest-name.ts";
import { runQuery, streamQuery } from "./engine.ts";
import type { QueryResult, RunOptions } from "./engine.ts";
import { rowsOfChunk } from "./from-duckdb.ts";
import { sql } from "./sql.ts";
import type { Sql } from "./sql.ts";
import { readRefusal } from "./translate-error.ts";

/** One column of a table. */
export interface Column {
  readonly name: string;
  /** DuckDB's SQL type, such as `VARCHAR` or `STRUCT("a" INTEGER)`. */
  readonly type: string;
}

/** Something that must be there before a query can run: a parsed query, a loaded Arrow file. */
export interface Requirement {
  prepare(): Promise<void>;
}

/** A query with what it stands on; it reads nothing until asked. */
export class Relation {
  readonly query: Sql;
  readonly requirements: readonly Requirement[];
  /** The relations that the query names, for the columns in an error. */
  readonly parents: readonly Relation[];
  #columns: Promise<Column[]> | undefined;
  #count: Promise<number> | undefined;

  constructor(query: Sql, parents: readonly Relation[] = [], requirements: readonly Requirement[] = []) {
    this.query = query;
    this.parents = parents;
    this.requirements = [...new Set([...parents.flatMap((parent) => parent.requirements), ...requirements])];
  }

  columns(options?: RunOptions): Promise<Column[]> {
    this.#columns ??= this.#readColumns(options).catch((error: unknown) => {
      this.#columns = undefined;
      throw error;
    });
    return this.#columns;
  }

  async #readColumns(options?: RunOptions): Promise<Column[]> {
    // Not LIMIT 0: that starts to read the files.
    const rows = await this.rows<{ column_name: string; column_type: string }>(
      sql`DESCRIBE SELECT * FROM (${this.query})`,
      options,
    );
    return rows.map((row) => ({ name: row.column_name, type: row.column_type }));
  }

  count(options?: RunOptions): Promise<number> {
    this.#count ??= this.#readCount(options).catch((error: unknown) => {
      this.#count = undefined;
      throw error;
    });
    return this.#count;
  }

  async #readCount(options?: RunOptions): Promise<number> {
    const [row] = await this.rows<{ count: number }>(
      sql`SELECT count(*) AS count FROM (${this.query})`,
      options,
    );
    return row!.count;
  }

  /** Run a query made from this relation and keep its whole result. */
  async run(query: Sql, options?: RunOptions): Promise<QueryResult> {
    try {
      await this.prepare();
      return await runQuery(query, options);
    } catch (error) {
      throw await this.#explain(error);
    }
  }

  /** {@link run}, as row objects. */
  async rows<Row>(query: Sql, options?: RunOptions): Promise<Row[]> {
    const { columns, chunks } = await this.run(query, options);
    return chunks.flatMap((chunk) => rowsOfChunk<Row>(columns, chunk));
  }

  /** Run this relation and give its chunks as they come. */
  async *stream(options?: RunOptions): ReturnType<typeof streamQuery> {
    try {
      await this.prepare();
      yield* streamQuery(this.query, options);
    } catch (error) {
      throw await this.#explain(error);
    }
  }

  async prepare(): Promise<void> {
    for (const requirement of this.requirements) await requirement.prepare();
  }

  /** Add the table's columns to an error about a column that it does not have. */
  async #explain(error: unknown): Promise<unknown> {
    if (!(error instanceof QueryError) || !(error.cause instanceof Error)) return error;
    const { error_subtype: subtype, name } = readRefusal(error.cause.message);
    if (subtype !== "COLUMN_NOT_FOUND" || this.parents.length === 0) return error;
    const names: string[] = [];
    try {
      for (const parent of this.parents) names.push(...(await parent.columns()).map((column) => column.name));
    } catch {
      return error;
    }
    const nearest = name === undefined ? undefined : nearestName(name, names);
    const suggestion = nearest === undefined ? "" : ` Did you mean "${nearest}"?`;
    const shown = names.slice(0, 50).join(", ") + (names.length > 50 ? `, … (${names.length} in all)` : "");
    const place = error.message.includes("\n\n")
      ? `\n\n${error.message.split("\n\n").slice(1).join("\n\n")}`
      : "";
    const message = `no column "${name}" in this table.${suggestion} Its columns: ${shown}.${place}`;
    return new QueryError(message, error.sql, { cause: error.cause });
  }
}
