import type { Column } from "../table/relation.ts";
import type { Table } from "../table/table.ts";
import type { Cell } from "./table-model.ts";

export interface CellRange {
  readonly offset: number;
  readonly limit: number;
  /** The columns to read, in order. */
  readonly columns: readonly Column[];
  /** Longer texts are clipped in the database, so that a huge value is never brought out. */
  readonly maximumCharacters: number;
}

/** Some rows as the database's own text. */
export async function readCells(table: Table, range: CellRange): Promise<Cell[][]> {
  const { offset, limit, columns, maximumCharacters } = range;
  if (limit === 0 || columns.length === 0) return [];
  const fields = columns.map(({ name }, index) => {
    const text = `CAST(${quoteIdentifier(name)} AS VARCHAR)`;
    return `left(${text}, ${maximumCharacters}) AS t${index}, length(${text}) AS l${index}`;
  });
  // The range comes first: only its rows are turned into text.
  const rows = await table
    .limit(limit, offset)
    .sql(`SELECT ${fields.join(", ")} FROM this`)
    .rows({ limit });
  return rows.map((row) =>
    columns.map((_column, index) => {
      const text = row[`t${index}`];
      const length = row[`l${index}`];
      if (typeof text !== "string" || typeof length !== "number") return null;
      return length > maximumCharacters ? { clipped: text, length } : text;
    }),
  );
}

/** A name as SQL reads it whatever it holds. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
