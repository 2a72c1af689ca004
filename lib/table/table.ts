import type { Table as ArrowTable } from "apache-arrow";
import { ArgumentError } from "../core/errors.ts";
import { markRestricted } from "../core/restricted.ts";
import { checkQuery } from "./check-query.ts";
import type { RunOptions } from "./engine.ts";
import { rowsOfChunk } from "./from-duckdb.ts";
import { iterateRows } from "./iterate-rows.ts";
import { profileRelation } from "./profile.ts";
import type { Profile, ProfileOptions } from "./profile.ts";
import { Relation } from "./relation.ts";
import type { Column } from "./relation.ts";
import { rowType, TYPE } from "./row-type.ts";
import { checkSensitivity, strictest } from "./sensitivity.ts";
import type { Sensitivity } from "./sensitivity.ts";
import { identifier, joinSql, literal, sql, userSql } from "./sql.ts";
import type { QueryParameters } from "./sql.ts";
import { relationToArrow } from "./to-arrow.ts";
import { writeCsvFile, writeParquetFile } from "./write-table.ts";
import type { WrittenFile } from "./write-table.ts";

/** What a table is besides its query. */
export interface TableOrigin {
  readonly sensitivity: Sensitivity;
  /** What was opened, for people. */
  readonly source: string;
}

/** Which rows, counted from 0. */
export interface RowsOptions extends RunOptions {
  /** At most this many. @default all, when they are at most 1,000,000 */
  readonly limit?: number;
  /** Rows left out before the first. @default 0 */
  readonly offset?: number;
}

/** Other tables that a query names. */
export interface SqlOptions {
  readonly tables?: Readonly<Record<string, Table>>;
}

/** More rows than this are not made into objects unless a limit asks for them. */
const maximumUnaskedRows = 1_000_000;

/**
 * A lazy table over DuckDB: it holds a query and reads nothing until asked.
 *
 * Every verb gives a new table, which inherits the sensitivity. Values look in JavaScript as
 * {@link converterFor} says; the type parameter is the shape of a row, which is taken on trust.
 */
export class Table<Row = Record<string, unknown>> {
  readonly sensitivity: Sensitivity;
  readonly source: string;
  readonly #relation: Relation;

  /** @internal Tables come from {@link open}, {@link fromRows} and {@link fromArrow}. */
  constructor(relation: Relation, origin: TableOrigin) {
    this.sensitivity = checkSensitivity(origin.sensitivity);
    this.#relation = this.sensitivity === "restricted" ? relation.restricted() : relation;
    this.source = origin.source;
  }

  /** Whether another table asks the same of the same data, as one does that the same cell made before. */
  isSameAs(other: Table<Row>): boolean {
    return this.#relation.isSameAs(other.#relation);
  }

  /** Names and SQL types, in order. */
  columns(options?: RunOptions): Promise<Column[]> {
    return this.#relation.columns(options);
  }

  /** The kernel asks for it when a cell has made a table, so that completion and type errors know its columns. */
  async [TYPE](): Promise<string | undefined> {
    // Values of a restricted table are not to stand in warnings.
    const options = this.sensitivity === "restricted" ? { maximumEnumValues: 0 } : {};
    const row = rowType(await this.columns(), options);
    return row && `import("rounds").Table<${row}>`;
  }

  /** Number of rows; read from a Parquet file's footer, else counted once. */
  count(options?: RunOptions): Promise<number> {
    return this.#relation.count(options);
  }

  /**
   * Ask a question in SQL; this table is called `this`.
   *
   * Values are bound, never spliced: `?` or `$1` take a list, `$name` takes an object. Other tables are named
   * in `tables`, and the result is restricted as soon as one of them is. Mistakes come as a QueryError when the
   * result is first read.
   *
   * @example
   * table.sql("SELECT source, count(*) AS documents FROM this WHERE year >= $year GROUP BY ALL", { year: 2000 })
   */
  sql<Result = Record<string, unknown>>(
    query: string,
    parameters: QueryParameters = [],
    options: SqlOptions = {},
  ): Table<Result> {
    const tables = Object.entries(options.tables ?? {});
    for (const [name, table] of tables) checkNamedTable(name, table);
    const text = userSql(query, parameters);
    const names = [this.#relation, ...tables.map(([, table]) => table.#relation)];
    const bindings = [["this", this as Table] as const, ...tables].map(
      // Never materialized: a query that uses a table twice reads it twice, and memory stays bounded.
      ([name, table]) => sql`${identifier(name)} AS NOT MATERIALIZED (${table.#relation.query})`,
    );
    const composed = sql`WITH ${joinSql(bindings, ", ")} SELECT * FROM (${text}\n)`;
    const tableNames = ["this", ...tables.map(([name]) => name)];
    return new Table<Result>(new Relation(composed, names, [checkQuery(query)], { tableNames }), {
      sensitivity: strictest([this.sensitivity, ...tables.map(([, table]) => table.sensitivity)]),
      source: [...new Set([this.source, ...tables.map(([, table]) => table.source)])].join(", "),
    });
  }

  /**
   * Keep the rows for which an SQL condition holds.
   *
   * @example
   * table.where("year BETWEEN ? AND ?", [1999, 2009])
   */
  where(condition: string, parameters: QueryParameters = []): Table<Row> {
    const text = userSql(condition, parameters);
    const check = checkQuery(condition, "SELECT * FROM this WHERE ");
    return this.#derive(sql`SELECT * FROM (${this.#relation.query}) AS this WHERE (${text}\n)`, [check]);
  }

  /** Keep some columns, in the order given. */
  select<Name extends keyof Row & string>(...columns: readonly Name[]): Table<Pick<Row, Name>> {
    if (columns.length === 0) throw new ArgumentError("columns", "at least one column name", columns);
    const names = joinSql(columns.map(identifier), ", ");
    return new Table(
      new Relation(sql`SELECT ${names} FROM (${this.#relation.query}) AS this`, [this.#relation]),
      this,
    );
  }

  /**
   * Sort by columns, ascending, or descending where the name is wrapped as `{ descending: name }`; nulls come last.
   *
   * Equal rows may come in any order.
   *
   * @example
   * table.orderBy("source", { descending: "year" })
   */
  orderBy(...columns: readonly (string | { readonly descending: string })[]): Table<Row> {
    if (columns.length === 0) throw new ArgumentError("columns", "at least one column name", columns);
    const keys = columns.map((column) =>
      typeof column === "string"
        ? sql`${identifier(column)} ASC NULLS LAST`
        : sql`${identifier(column.descending)} DESC NULLS LAST`,
    );
    return this.#derive(sql`SELECT * FROM (${this.#relation.query}) AS this ORDER BY ${joinSql(keys, ", ")}`);
  }

  /** Keep at most `count` rows after leaving out `offset`. */
  limit(count: number, offset = 0): Table<Row> {
    checkCount("count", count);
    checkCount("offset", offset);
    return this.#derive(sql`SELECT * FROM (${this.#relation.query}) LIMIT ${count} OFFSET ${offset}`);
  }

  /**
   * Draw `count` rows without replacement, in the order of the table.
   *
   * Row i (from 0) has as key the last 8 bytes, lowest first, of the MD5 of the text `seed:i`; the rows with the
   * smallest keys are drawn. So the sample depends on the seed and the order of rows alone, not on threads or
   * machine, and a larger sample holds the smaller.
   */
  sample(count: number, options: { readonly seed: number | string }): Table<Row> {
    checkCount("count", count);
    const seed = (options as Partial<typeof options> | undefined)?.seed;
    if (typeof seed !== "string" && !Number.isSafeInteger(seed)) {
      throw new ArgumentError("seed", "a text or a whole number", seed);
    }
    // A name that no column has.
    const row = identifier("\u0001rounds row");
    const key = sql`md5_number_lower(${literal(`${seed}:`)} || ${row})`;
    const numbered = sql`SELECT *, row_number() OVER () - 1 AS ${row} FROM (${this.#relation.query})`;
    const drawn = sql`SELECT * FROM (${numbered}) ORDER BY ${key}, ${row} LIMIT ${count}`;
    return this.#derive(sql`SELECT * EXCLUDE (${row}) FROM (${drawn}) ORDER BY ${row}`);
  }

  /** The first rows. */
  head(count = 5, options: RunOptions = {}): Promise<Row[]> {
    return this.rows({ ...options, limit: count });
  }

  /** The last rows, in the order of the table. */
  async tail(count = 5, options: RunOptions = {}): Promise<Row[]> {
    checkCount("count", count);
    const total = await this.count(options);
    return this.rows({ ...options, limit: count, offset: Math.max(0, total - count) });
  }

  /**
   * A page of rows.
   *
   * @throws {@link ArgumentError} no limit, and more than 1,000,000 rows: a loop with `for await` streams them
   */
  async rows({ limit, offset = 0, ...options }: RowsOptions = {}): Promise<Row[]> {
    if (limit !== undefined) checkCount("limit", limit);
    checkCount("offset", offset);
    const asked = limit ?? maximumUnaskedRows + 1;
    const query = sql`SELECT * FROM (${this.#relation.query}) LIMIT ${asked} OFFSET ${offset}`;
    const rows = await this.#relation.rows<Row>(query, options);
    if (limit === undefined && rows.length > maximumUnaskedRows) {
      const expected = `given for a table of more than ${maximumUnaskedRows} rows (or use "for await")`;
      throw new ArgumentError("limit", expected, limit);
    }
    return this.#marked(rows);
  }

  /** Stream all rows in bounded memory; leaving the loop stops the query. */
  [Symbol.asyncIterator](): AsyncIterableIterator<Row, undefined> {
    return iterateRows(this.#batches());
  }

  async *#batches(): AsyncGenerator<Row[], void, void> {
    for await (const { columns, chunk } of this.#relation.stream()) {
      yield this.#marked(rowsOfChunk<Row>(columns, chunk));
    }
  }

  /** Nulls, distinct and duplicate values, quantiles, lengths and a histogram of every column, in one reading. */
  profile(options?: ProfileOptions): Promise<Profile> {
    return profileRelation(this.#relation, { source: this.source, sensitivity: this.sensitivity }, options);
  }

  /** Read everything into an Arrow table; see {@link relationToArrow} for the types. */
  async toArrow(options?: RunOptions): Promise<ArrowTable> {
    const arrow = await relationToArrow(this.#relation, options);
    return this.sensitivity === "restricted" ? markRestricted(arrow) : arrow;
  }

  /**
   * Write everything to a Parquet file; the path never holds half of it.
   *
   * @example
   * await table.where("language = 'en'").writeParquet("corpus/english.parquet")
   */
  writeParquet(path: string, options?: RunOptions): Promise<WrittenFile> {
    return writeParquetFile(this.#relation, path, options);
  }

  /** Write everything to a CSV file with a header; the path never holds half of it. */
  writeCsv(path: string, options?: RunOptions): Promise<WrittenFile> {
    return writeCsvFile(this.#relation, path, options);
  }

  /** @internal The same as public; `lowerSensitivity` logs the reason first. */
  lowered(): Table<Row> {
    return new Table<Row>(this.#relation.lowered(), { sensitivity: "public", source: this.source });
  }

  /** Rows say themselves that they are restricted, wherever they go. */
  #marked(rows: Row[]): Row[] {
    return this.sensitivity === "restricted" ? markRestricted(rows) : rows;
  }

  #derive(query: ReturnType<typeof sql>, requirements: Relation["requirements"] = []): Table<Row> {
    return new Table<Row>(new Relation(query, [this.#relation], requirements), this);
  }
}

function checkNamedTable(name: string, table: unknown): void {
  if (name.toLowerCase() === "this") {
    throw new ArgumentError("tables", 'without "this", which is the table itself', name);
  }
  if (!(table instanceof Table)) throw new ArgumentError(`tables.${name}`, "a table", table);
}

function checkCount(parameter: string, value: number): void {
  if (!(Number.isSafeInteger(value) && value >= 0)) {
    throw new ArgumentError(parameter, "a whole number >= 0", value);
  }
}
