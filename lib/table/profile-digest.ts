import { runQuery } from "./engine.ts";
import type { RunOptions } from "./engine.ts";
import { rowsOfChunk } from "./from-duckdb.ts";
import { columnKind } from "./profile-kind.ts";
import type { ColumnKind } from "./profile-kind.ts";
import type { Column, Relation } from "./relation.ts";
import { identifier, joinSql, sql } from "./sql.ts";
import type { Sql } from "./sql.ts";

/** Characters of a text that a digest keeps. */
export const keptCharacters = 40;

/** A column of a digest and the expressions that stand for it there. */
export interface DigestColumn extends Column {
  readonly kind: ColumnKind;
  /** Equal for equal values, null for null. */
  readonly key: Sql;
  /** The value, or the beginning of a text; null for kinds that keep none. */
  readonly value: Sql;
  /** Characters of a text, items of a list, bytes of a BLOB. */
  readonly length: Sql | undefined;
  readonly byteLength: Sql | undefined;
}

/** The compact copy of a table from which its profile is computed. */
export interface Digest {
  /** Its name in SQL. */
  readonly table: Sql;
  readonly columns: readonly DigestColumn[];
  readonly rowCount: number;
  /** Rows that are equal to an earlier one in every column. */
  countDuplicateRows(): Promise<number>;
  /** Ask for one row of figures. */
  figures<Row>(select: Sql): Promise<Row>;
  rows<Row>(select: Sql, rest: Sql): Promise<Row[]>;
  drop(): Promise<void>;
}

let digestNumber = 0;

/** Read a relation once into a digest. */
export async function createDigest(relation: Relation, options: RunOptions): Promise<Digest> {
  const table = identifier(`rounds_digest_${++digestNumber}`);
  const source = await relation.columns(options);
  const columns = source.map((column, index) => digestColumn(column, index));
  const stored = columns.flatMap(({ stored: parts }) => parts);
  const created = await relation.answer(
    sql`SELECT ${joinSql(stored, ", ")} FROM (${relation.query})`,
    options,
    (query) => runQuery(sql`CREATE TABLE ${table} AS ${query}`, options),
  );
  const rows = async <Row>(select: Sql, rest: Sql): Promise<Row[]> => {
    const { columns: names, chunks } = await runQuery(sql`SELECT ${select} FROM ${table} ${rest}`, options);
    return chunks.flatMap((chunk) => rowsOfChunk<Row>(names, chunk));
  };
  const figures = async <Row>(select: Sql): Promise<Row> => (await rows<Row>(select, sql``))[0]!;
  const [{ Count: rowCount }] = created.chunks.flatMap((chunk) =>
    rowsOfChunk<{ Count: number }>(created.columns, chunk),
  ) as [{ Count: number }];
  return {
    table,
    columns,
    rowCount,
    rows,
    figures,
    async countDuplicateRows() {
      const keys = joinSql(
        columns.map(({ key }) => key),
        ", ",
      );
      const { different } = await figures<{ different: number }>(
        sql`count(DISTINCT hash(${keys})) AS different`,
      );
      return rowCount - different;
    },
    async drop() {
      // Without the signal: an interrupted profile is tidied up too.
      await runQuery(sql`DROP TABLE IF EXISTS ${table}`, { signal: new AbortController().signal });
    },
  };
}

function digestColumn(column: Column, index: number): DigestColumn & { stored: Sql[] } {
  const kind = columnKind(column.type);
  const source = identifier(column.name);
  const name = (part: string) => identifier(`${part}${index}`);
  const part = (expression: Sql, partName: string) => sql`${expression} AS ${name(partName)}`;
  const none = sql`NULL`;
  const hashed = part(sql`CASE WHEN ${source} IS NOT NULL THEN hash(${source}) END`, "key");
  switch (kind) {
    case "number":
    case "time":
    case "boolean":
      return {
        ...column,
        kind,
        stored: [part(source, "value")],
        key: name("value"),
        value: name("value"),
        length: undefined,
        byteLength: undefined,
      };
    case "text": {
      const text = sql`CAST(${source} AS VARCHAR)`;
      return {
        ...column,
        kind,
        stored: [
          hashed,
          part(sql`left(${text}, ${keptCharacters})`, "value"),
          part(sql`length(${text})`, "length"),
          part(sql`strlen(${text})`, "bytes"),
        ],
        key: name("key"),
        value: name("value"),
        length: name("length"),
        byteLength: name("bytes"),
      };
    }
    case "list":
    case "bytes": {
      const length = kind === "list" ? sql`len(${source})` : sql`octet_length(${source})`;
      const stored = [hashed, part(length, "length")];
      return {
        ...column,
        kind,
        stored,
        key: name("key"),
        value: none,
        length: name("length"),
        byteLength: undefined,
      };
    }
    case "other":
      return {
        ...column,
        kind,
        stored: [hashed],
        key: name("key"),
        value: none,
        length: undefined,
        byteLength: undefined,
      };
  }
}
