import type { Column } from "../table/relation.ts";
import type { Table } from "../table/table.ts";
import { quoteIdentifier } from "./read-cells.ts";
import { isNumericType } from "./table-model.ts";

/** What a reader asked of a table on screen. */
export interface ViewQuery {
  /** Rows of which any column holds this text, case aside. */
  readonly search: string;
  /** Per column: a text that it must hold, or for numbers a comparison such as `> 5`. */
  readonly filters: Readonly<Record<string, string>>;
  readonly sort: { readonly column: string; readonly descending: boolean } | null;
}

/** A name that no column has. */
const ROW_NUMBER = quoteIdentifier("\u0001rounds row");
const COMPARISON = /^(<=|>=|<|>|=)\s*(-?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)$/iu;

/** The rows that match, in the order asked for; nulls match nothing and come last, equal values keep their order. */
export function queryTable(table: Table, columns: readonly Column[], query: ViewQuery): Table {
  let found = table;
  if (query.search !== "") {
    const anyColumn = columns.map(({ name }) => containsText(name)).join(" OR ");
    found = found.where(anyColumn, { text: query.search });
  }
  for (const [name, filter] of Object.entries(query.filters)) {
    const column = columns.find((candidate) => candidate.name === name);
    if (column !== undefined && filter !== "") found = filterColumn(found, column, filter);
  }
  const { sort } = query;
  if (sort === null || !columns.some(({ name }) => name === sort.column)) return found;
  // Equal values keep the table's order, so that no row is on two pages.
  const direction = sort.descending ? "DESC" : "ASC";
  const numbered = `SELECT *, row_number() OVER () AS ${ROW_NUMBER} FROM this`;
  const order = `${quoteIdentifier(sort.column)} ${direction} NULLS LAST, ${ROW_NUMBER}`;
  return found.sql(`SELECT * EXCLUDE (${ROW_NUMBER}) FROM (${numbered}) ORDER BY ${order}`);
}

function filterColumn(table: Table, { name, type }: Column, filter: string): Table {
  const [, operator, bound] = (isNumericType(type) && COMPARISON.exec(filter.trim())) || [];
  if (operator === undefined) return table.where(containsText(name), { text: filter });
  return table.where(`${quoteIdentifier(name)} ${operator} $bound`, { bound: numberOf(bound!) });
}

/** A whole number keeps all its digits, which identifiers need. */
function numberOf(text: string): number | bigint {
  return /^-?\d{1,38}$/u.test(text) ? BigInt(text) : Number(text);
}

function containsText(name: string): string {
  return `contains(lower(CAST(${quoteIdentifier(name)} AS VARCHAR)), lower($text))`;
}
