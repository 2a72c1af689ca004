import { basename, isAbsolute } from "node:path";

import { recordAudit } from "../core/audit-log.ts";
import { ArgumentError } from "../core/errors.ts";
import { minimumCount } from "../core/minimum-count.ts";
import { checkOptions, integerOption, objectOption, textOption } from "../core/options.ts";
import { fromRows } from "../table/from-rows.ts";
import type { Table } from "../table/table.ts";

export interface CountCellsOptions {
  /** Columns whose values make the cells, 1 to 4. */
  readonly by: readonly string[];
  /** Count the different values of this column, such as patients, and not the rows. */
  readonly of?: string;
  /** The smallest count that is shown; it can only be raised. @default 11, or ROUNDS_MINIMUM_COUNT */
  readonly minimumCount?: number;
}

/** A cell of a table of counts; the columns of `by` are beside `n`. */
export interface CellCount {
  /** Null where it is suppressed. */
  readonly n: number | null;
}

interface Cell {
  readonly values: readonly unknown[];
  readonly n: number;
  isShown: boolean;
}

/**
 * Count the cells of a table, and give those that are large enough as a public table.
 *
 * Cells below the minimum have no count. Where the others of a line and its total would tell a count that is left out,
 * the smallest of them is left out too, until what is left out of each line is at least the minimum together. A value
 * that has fewer than the minimum in all is not named: its cells have null in its place. Cells of 0 are not listed. Two
 * tables of different cuts of the same data can still be compared: counts of a few are found by subtracting them.
 *
 * @throws {ArgumentError} a minimum below 11, no column or more than four
 *
 * @example
 * const rows = Array.from({ length: 40 }, (_, index) => ({ unit: index < 25 ? "A" : index < 37 ? "B" : "C" }));
 * const visits = fromRows(rows, { sensitivity: "restricted" });
 * await (await countCells(visits, { by: ["unit"] })).rows()
 * //=> [{ unit: "A", n: 25 }, { unit: "B", n: null }, { unit: null, n: null }]
 */
export async function countCells(
  table: Table,
  options: CountCellsOptions,
): Promise<Table<CellCount & Record<string, unknown>>> {
  const {
    by,
    of,
    minimumCount: given,
  } = checkOptions(options, {
    by: objectOption<readonly string[]>("1 to 4 names of columns", isColumnList),
    of: textOption(undefined),
    minimumCount: integerOption(undefined, { minimum: 11 }),
  });
  if (by === undefined) throw new ArgumentError("by", "1 to 4 names of columns", by);
  const minimum = minimumCount(given);
  const names = by.map(quoted).join(", ");
  const counted = of === undefined ? "count(*)" : `count(DISTINCT ${quoted(of)})`;
  const query = `SELECT ${names}, ${counted} AS n FROM this GROUP BY ALL ORDER BY ALL`;
  const found = await table.sql<{ n: number }>(query).rows();
  const cells = found
    .filter(({ n }) => n > 0)
    .map((row): Cell => ({
      values: by.map((name) => (row as Record<string, unknown>)[name]),
      n: row.n,
      isShown: true,
    }));
  if (table.sensitivity === "restricted") suppress(cells, minimum);
  const rows = namedRows(cells, by, table.sensitivity === "restricted" ? minimum : 0);
  recordAudit({
    action: "export",
    subject: `counts of ${table.source}`.slice(0, 500),
    sensitivity: table.sensitivity,
    detail: { cells: rows.length, suppressed: rows.filter(({ n }) => n === null).length, minimum },
  });
  const source = `counts of ${isAbsolute(table.source) ? basename(table.source) : table.source}`;
  const empty = { ...Object.fromEntries(by.map((name) => [name, null])), n: null };
  const made = fromRows(rows.length === 0 ? [empty] : rows, { source });
  return (rows.length === 0 ? made.limit(0) : made) as Table<CellCount & Record<string, unknown>>;
}

function isColumnList(value: unknown): boolean {
  const isList = Array.isArray(value) && value.length >= 1 && value.length <= 4;
  return isList && value.every((name) => typeof name === "string" && name !== "" && name !== "n");
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Leave out small cells, and of each line so many more that what it leaves out is no count of few. */
export function suppress(cells: readonly Cell[], minimum: number): void {
  for (const cell of cells) cell.isShown = cell.n >= minimum;
  const lines = linesOf(cells);
  for (let hasChanged = true; hasChanged;) {
    hasChanged = false;
    for (const line of lines) {
      const hidden = line.filter(({ isShown }) => !isShown);
      const sum = hidden.reduce((total, { n }) => total + n, 0);
      if (hidden.length === 0 || (hidden.length > 1 && sum >= minimum)) continue;
      const shown = line.filter(({ isShown }) => isShown).toSorted((one, other) => one.n - other.n);
      if (shown[0] === undefined) continue;
      shown[0].isShown = false;
      hasChanged = true;
    }
  }
}

/** All cells that are summed up when one or more columns are left out: each sum may be known. */
function linesOf(cells: readonly Cell[]): Cell[][] {
  const columns = cells[0]?.values.length ?? 0;
  const lines: Cell[][] = [];
  for (let kept = 0; kept < 2 ** columns - 1; kept++) {
    const keyOf = ({ values }: Cell): string => keyText(values.filter((_, index) => (kept >> index) & 1));
    lines.push(...Map.groupBy(cells, keyOf).values());
  }
  return lines;
}

function keyText(values: readonly unknown[]): string {
  return JSON.stringify(values, (_, value: unknown) => (typeof value === "bigint" ? `${value}n` : value));
}

/** Values that stand for fewer than the minimum in all are left out, and rows that are then the same are one. */
function namedRows(cells: readonly Cell[], by: readonly string[], minimum: number): CellCount[] {
  const totals = by.map((_, index) => {
    const totalOf = new Map<string, number>();
    for (const { values, n } of cells) {
      const key = keyText([values[index]]);
      totalOf.set(key, (totalOf.get(key) ?? 0) + n);
    }
    return totalOf;
  });
  const rows = new Map<string, CellCount>();
  for (const { values, n, isShown } of cells) {
    const named = values.map((value, index) =>
      totals[index]!.get(keyText([value]))! >= minimum ? value : null,
    );
    const row = {
      ...Object.fromEntries(by.map((name, index) => [name, named[index]])),
      n: isShown ? n : null,
    };
    rows.set(keyText([...named, isShown]), row as CellCount);
  }
  return [...rows.values()];
}
