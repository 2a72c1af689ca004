import { isDeepStrictEqual } from "node:util";
import { ArgumentError, QueryError } from "../core/errors.ts";
import { nearestName } from "../core/nearest-name.ts";
import { runQuery, streamQuery } from "./engine.ts";
import type { QueryResult, RunOptions } from "./engine.ts";
import { rowsOfChunk } from "./from-duckdb.ts";
import { hideValues } from "./hide-values.ts";
import { sql } from "./sql.ts";
import type { Sql } from "./sql.ts";
import { refusalOf, withRefusal } from "./translate-error.ts";

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

/** Another machine that answers queries over its own files. */
export interface RemoteEngine {
  /** What people call it. */
  readonly name: string;
  /**
   * Run a query there and bring its rows here.
   *
   * @throws {QueryError} the query is refused; the message is that of the engine there
   */
  answer(query: Sql, options?: RunOptions): Promise<HeldAnswer>;
}

/** Rows that another machine has answered with. */
export interface HeldAnswer {
  /** Gives them in their order, in this process. */
  readonly query: Sql;
  release(): Promise<void>;
}

export interface RelationOptions {
  readonly isRestricted?: boolean;
  /** Where the query runs. @default in this process, or where its parents run */
  readonly engine?: RemoteEngine;
  /** What the query may name besides columns, for an error. */
  readonly tableNames?: readonly string[];
}

/** A query with what it stands on; it reads nothing until asked. */
export class Relation {
  readonly query: Sql;
  readonly requirements: readonly Requirement[];
  /** The relations that the query names, for the columns in an error. */
  readonly parents: readonly Relation[];
  /** Whether errors leave out what rows hold. */
  readonly isRestricted: boolean;
  /** Where its queries run; undefined is this process. */
  readonly engine: RemoteEngine | undefined;
  readonly #options: RelationOptions;
  #files: readonly string[] = [];
  #columns: Promise<Column[]> | undefined;
  #count: Promise<number> | undefined;

  constructor(
    query: Sql,
    parents: readonly Relation[] = [],
    requirements: readonly Requirement[] = [],
    options: RelationOptions = {},
  ) {
    this.query = query;
    this.#options = options;
    this.isRestricted = options.isRestricted === true || parents.some((parent) => parent.isRestricted);
    this.parents = parents;
    this.engine = options.engine ?? oneEngine(parents);
    this.requirements = [...new Set([...parents.flatMap((parent) => parent.requirements), ...requirements])];
  }

  /** Say which files the query itself reads. */
  noteFiles(files: readonly string[]): void {
    this.#files = files;
  }

  /** The files that its rows come from. */
  get files(): readonly string[] {
    return [...new Set([...this.#files, ...this.parents.flatMap((parent) => parent.files)])];
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
      sql`SELECT * FROM (DESCRIBE SELECT * FROM (${this.query}))`,
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

  /** Whether another relation asks the same of the same data. */
  isSameAs(other: Relation): boolean {
    return isDeepStrictEqual(this.query.render(), other.query.render());
  }

  /** Run a query made from this relation and keep its whole result. */
  run(query: Sql, options?: RunOptions): Promise<QueryResult> {
    return this.answer(query, options, (answered) => runQuery(answered, options));
  }

  /**
   * Use the rows of a query made from this relation by another query, which runs in this process.
   *
   * Only what the query asks for has come from the machine where it ran.
   */
  async answer<Result>(
    query: Sql,
    options: RunOptions | undefined,
    use: (answered: Sql) => Promise<Result>,
  ): Promise<Result> {
    try {
      await this.prepare();
      if (this.engine === undefined) return await use(query);
      const held = await this.engine.answer(query, options);
      try {
        return await use(held.query);
      } finally {
        await held.release();
      }
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
    let held: HeldAnswer | undefined;
    try {
      await this.prepare();
      held = await this.engine?.answer(this.query, options);
      yield* streamQuery(held?.query ?? this.query, options);
    } catch (error) {
      throw await this.#explain(error);
    } finally {
      await held?.release();
    }
  }

  async prepare(): Promise<void> {
    for (const requirement of this.requirements) await requirement.prepare();
  }

  /** The same, telling nothing of its rows in errors; so does what is made from it. */
  restricted(): Relation {
    if (this.isRestricted) return this;
    const relation = new Relation(this.query, this.parents, this.requirements, {
      ...this.#options,
      isRestricted: true,
    });
    relation.noteFiles(this.#files);
    return relation;
  }

  /** The same, as public. It has no parents, which are restricted. */
  lowered(): Relation {
    const engine = this.engine === undefined ? {} : { engine: this.engine };
    return new Relation(this.query, [], this.requirements, {
      ...this.#options,
      ...engine,
      isRestricted: false,
    });
  }

  async #explain(error: unknown): Promise<unknown> {
    const explained = await this.#nameRightOnes(error);
    return this.isRestricted ? hideValues(explained) : explained;
  }

  /** Add what there is to an error about a column or a table that is not there. */
  async #nameRightOnes(error: unknown): Promise<unknown> {
    const told = refusalOf(error);
    if (!(error instanceof QueryError) || told === undefined) return error;
    const { error_subtype: subtype, name = "", exception_message: text } = told.refusal;
    const { tableNames } = this.#options;
    if (subtype === "MISSING_ENTRY" && text.startsWith("Table ") && tableNames !== undefined) {
      const message = `no table "${name}" here.${suggest(name, tableNames)} Its tables: ${list(tableNames)}.`;
      return withRefusal(new QueryError(message + told.place, error.sql), told.refusal, told.place);
    }
    if (subtype !== "COLUMN_NOT_FOUND" || this.parents.length === 0) return error;
    try {
      const names: string[] = [];
      for (const parent of this.parents) for (const column of await parent.columns()) names.push(column.name);
      const shown = name.length > longestName ? `${name.slice(0, longestName)}…` : name;
      const message = `no column "${shown}" in this table.${suggest(name, names)} Its columns: ${list(names)}.`;
      return withRefusal(new QueryError(message + told.place, error.sql), told.refusal, told.place);
    } catch {
      return error;
    }
  }
}

/** @throws {@link ArgumentError} they are on different machines */
function oneEngine(parents: readonly Relation[]): RemoteEngine | undefined {
  const [first, ...others] = parents.map(({ engine }) => engine);
  const other = others.find((engine) => engine !== first);
  if (others.every((engine) => engine === first)) return first;
  const names = [first, other].map((engine) => engine?.name ?? "this machine").join(" and ");
  const remedy = `tables of one machine (these are of ${names}): write the smaller one's rows to a file here first`;
  throw new ArgumentError("tables", remedy, others.length + 1);
}

/** A longer name is a text that went astray: it is clipped, and compared with none. */
const longestName = 200;

function suggest(name: string, names: readonly string[]): string {
  const nearest = name.length > longestName ? undefined : nearestName(name, names);
  return nearest === undefined ? "" : ` Did you mean "${nearest}"?`;
}

function list(names: readonly string[]): string {
  return names.slice(0, 50).join(", ") + (names.length > 50 ? `, … (${names.length} in all)` : "");
}
