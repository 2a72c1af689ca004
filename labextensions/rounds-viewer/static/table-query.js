/**
 * A cell is the database's own text, null, or the start of a long text with its whole length.
 *
 * @typedef {string | null | { clipped: string, length: number }} Cell
 * @typedef {{ name: string, type: string, nulls: number | null, numeric?: boolean }} Column
 * @typedef {{ search: string, filters: Record<string, string>, sort: Sort | null }} Query
 * @typedef {{ column: string, descending: boolean }} Sort
 */

const NUMERIC = /^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|FLOAT|REAL|DOUBLE|DECIMAL.*)$/;
const COMPARISON = /^(<=|>=|<|>|=)\s*(-?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)$/i;

/** @param {Column} column */
export function isNumeric(column) {
  return column.numeric ?? NUMERIC.test(column.type);
}

/** @param {Cell} cell */
export function cellText(cell) {
  return typeof cell === "object" && cell !== null ? cell.clipped : cell;
}

/** Whether a query leaves rows out; sorting alone does not. @param {Query} query */
export function leavesOut(query) {
  return query.search !== "" || Object.values(query.filters).some((text) => text !== "");
}

/**
 * What the kernel does on the full data, on the saved rows: null matches nothing and is sorted last.
 *
 * @param {Cell[][]} rows
 * @param {Column[]} columns
 * @param {Query} query
 * @returns {Cell[][]}
 */
export function queryRows(rows, columns, query) {
  const found = rows.filter((row) => matches(row, columns, query));
  const place = columns.findIndex((column) => column.name === query.sort?.column);
  if (query.sort === null || place < 0) return found;
  const compare = isNumeric(columns[place])
    ? (a, b) => Number(a) - Number(b)
    : (a, b) => (a < b ? -1 : +(a > b));
  const sign = query.sort.descending ? -1 : 1;
  return found.sort((left, right) => {
    const [a, b] = [cellText(left[place]), cellText(right[place])];
    if (a === null || b === null) return Number(a === null) - Number(b === null);
    return sign * compare(a, b);
  });
}

function matches(row, columns, { search, filters }) {
  if (search !== "" && !row.some((cell) => contains(cell, search))) return false;
  return Object.entries(filters).every(([name, filter]) => {
    const place = columns.findIndex((column) => column.name === name);
    return filter === "" || place < 0 || cellMatches(row[place], columns[place], filter);
  });
}

function cellMatches(cell, column, filter) {
  const comparison = isNumeric(column) ? COMPARISON.exec(filter.trim()) : null;
  if (comparison === null) return contains(cell, filter);
  if (cell === null) return false;
  const [number, bound] = [Number(cellText(cell)), Number(comparison[2])];
  const tests = { "<": number < bound, "<=": number <= bound, ">": number > bound, ">=": number >= bound };
  return tests[comparison[1]] ?? number === bound;
}

function contains(cell, text) {
  return cellText(cell)?.toLowerCase().includes(text.toLowerCase()) ?? false;
}
