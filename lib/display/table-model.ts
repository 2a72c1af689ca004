import type { Sensitivity } from "../table/sensitivity.ts";

/** A cell as the database writes it: its text, null, or the start of a long text with its whole length. */
export type Cell = string | null | { readonly clipped: string; readonly length: number };

export interface ColumnModel {
  readonly name: string;
  /** DuckDB's SQL type; empty where the table is none of DuckDB's. */
  readonly type: string;
  /** Whether the texts are numbers though the type does not say so. */
  readonly numeric?: boolean;
  /** Number of nulls; null where counting would read too much. */
  readonly nulls: number | null;
}

/** What is saved of a table, and what the viewer shows without a kernel. */
export interface TableModel {
  readonly version: 1;
  /** The kernel's name for the table while it lives; null when it was not kept. */
  readonly id: string | null;
  readonly caption: string;
  /** What is said beside the caption in place of the shape. */
  readonly summary?: string;
  readonly sensitivity: Sensitivity;
  readonly rowCount: number;
  readonly columnCount: number;
  /** The first columns, all of them unless there are very many. */
  readonly columns: readonly ColumnModel[];
  /** First rows, in the order of `columns`; none for a restricted table. */
  readonly head: readonly (readonly Cell[])[];
  /** Last rows; none when `head` holds them all. */
  readonly tail: readonly (readonly Cell[])[];
}

export function cellText(cell: Cell): string | null {
  return typeof cell === "object" && cell !== null ? cell.clipped : cell;
}

/** Number of rows between the first and the last ones that are saved. */
export function hiddenRows(model: TableModel): number {
  return model.rowCount - model.head.length - model.tail.length;
}

/**
 * A number with its noun: `"1 row"`, `"10,000 rows"`.
 *
 * @example
 * countOf(1, "row") //=> "1 row"
 */
export function countOf(count: number, noun: string): string {
  return `${count.toLocaleString("en-US")} ${noun}${count === 1 ? "" : "s"}`;
}

/** Whether a column is set to the right and sorted by number. */
export function isNumeric(column: ColumnModel): boolean {
  return column.numeric ?? isNumericType(column.type);
}

/** Type and number of nulls, as far as they are known. */
export function typeText({ type, nulls }: ColumnModel): string {
  if (type === "" || nulls === null) return type;
  return `${type} · ${nulls === 0 ? "no nulls" : `${nulls.toLocaleString("en-US")} null`}`;
}

/** Whether DuckDB's type holds numbers. */
export function isNumericType(type: string): boolean {
  return /^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|FLOAT|REAL|DOUBLE|DECIMAL.*)$/u.test(type);
}
