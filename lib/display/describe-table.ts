import { mayShowPart, minimumCount } from "../core/minimum-count.ts";
import type { Column } from "../table/relation.ts";
import type { Table } from "../table/table.ts";
import { quoteIdentifier, readCells } from "./read-cells.ts";
import { cellText, countOf } from "./table-model.ts";
import type { Cell, ColumnModel, TableModel } from "./table-model.ts";

/** Rows that are saved at each end of a table. */
const END_ROWS = 5;
/** Tables of up to this many rows are saved whole. */
const WHOLE_ROWS = 20;
/** Columns that are saved; the viewer asks the kernel for the others. */
const SAVED_COLUMNS = 40;
/** Nulls are counted where that reads at most this many cells. */
const MAXIMUM_COUNTED_CELLS = 20_000_000;
/** Characters kept of one text, longest first: the first that keeps the whole under the budget is taken. */
const CLIPS = [500, 200, 80, 20] as const;
/** Characters of all saved cells together; the HTML form repeats them, so it stays far below 200 kB. */
const BUDGET_CHARACTERS = 40_000;

/** Read what is saved of a table: shape, types, nulls, first and last rows; no row of a restricted one. */
export async function describeTable(table: Table, caption: string): Promise<Omit<TableModel, "id">> {
  const [all, rowCount] = [await table.columns(), await table.count()];
  const columns = all.slice(0, SAVED_COLUMNS);
  const { sensitivity } = table;
  const shape = { version: 1, caption, sensitivity, rowCount, columnCount: all.length } as const;
  const counted = await countNulls(table, columns, rowCount);
  if (sensitivity === "restricted") return { ...restrictedShape(shape, counted), head: [], tail: [] };
  const whole = rowCount <= WHOLE_ROWS;
  const read = (offset: number, limit: number): Promise<Cell[][]> =>
    readCells(table, { offset, limit, columns, maximumCharacters: CLIPS[0] });
  const head = await read(0, whole ? rowCount : END_ROWS);
  const tail = whole ? [] : await read(rowCount - END_ROWS, END_ROWS);
  const maximumCharacters = clipFor([...head, ...tail]);
  const clip = (rows: Cell[][]): Cell[][] =>
    rows.map((row) => row.map((cell) => clipCell(cell, maximumCharacters)));
  return { ...shape, columns: counted, head: clip(head), tail: clip(tail) };
}

/** Counts of few are not saved either: a filter's rows may be one patient. */
function restrictedShape<Shape extends { readonly rowCount: number; readonly columnCount: number }>(
  shape: Shape,
  counted: readonly ColumnModel[],
) {
  const { rowCount, columnCount } = shape;
  const columns = counted.map((column) =>
    column.nulls !== null && mayShowPart(column.nulls, rowCount) ? column : { ...column, nulls: null },
  );
  if (mayShowPart(0, rowCount)) return { ...shape, columns };
  const summary = `fewer than ${minimumCount()} rows × ${countOf(columnCount, "column")} (restricted: no row is saved)`;
  return { ...shape, rowCount: 0, summary, columns };
}

async function countNulls(
  table: Table,
  columns: readonly Column[],
  rowCount: number,
): Promise<ColumnModel[]> {
  if (columns.length === 0 || rowCount * columns.length > MAXIMUM_COUNTED_CELLS) {
    return columns.map(({ name, type }) => ({ name, type, nulls: null }));
  }
  const fields = columns.map(({ name }, index) => `count(*) - count(${quoteIdentifier(name)}) AS n${index}`);
  const [counts] = await table.sql(`SELECT ${fields.join(", ")} FROM this`).rows({ limit: 1 });
  return columns.map(({ name, type }, index) => ({ name, type, nulls: Number(counts?.[`n${index}`]) }));
}

function clipFor(rows: readonly (readonly Cell[])[]): number {
  const size = (maximum: number): number =>
    rows.flat().reduce((sum, cell) => sum + (cellText(clipCell(cell, maximum))?.length ?? 0), 0);
  return CLIPS.find((maximum) => size(maximum) <= BUDGET_CHARACTERS) ?? CLIPS[CLIPS.length - 1]!;
}

function clipCell(cell: Cell, maximum: number): Cell {
  const text = cellText(cell);
  if (text === null || text.length <= maximum) return cell;
  const length = typeof cell === "string" ? [...cell].length : cell!.length;
  return { clipped: text.slice(0, maximum).replace(/[\uD800-\uDBFF]$/u, ""), length };
}
