import { ArgumentError } from "../core/errors.ts";
import { unknownName } from "../core/nearest-name.ts";
import { someRestricted } from "../core/restricted.ts";
import { escapePlotlyText } from "./figure.ts";

/** An object with a value for each column; an interface will do, so no index signature is asked for. */
export type Row = object;

/** The value that a row has in a column. */
export function valueIn(row: Row, column: string): unknown {
  return (row as Readonly<Record<string, unknown>>)[column];
}

/** A value on an axis: plotly's own kinds, with null as a gap. */
export type AxisValue = number | string | null;

/** Throw unless there are rows, none of them is restricted, and the first one has the column. */
export function checkColumn(rows: readonly Row[], parameter: string, column: string): void {
  const [first] = rows;
  if (first === undefined) throw new ArgumentError("rows", "at least one row", rows);
  if (someRestricted(rows))
    throw new ArgumentError(
      "rows",
      "public: a figure is saved with each of its points. Count restricted rows with countCells and draw that",
      rows,
    );
  if (!Object.hasOwn(first, column)) throw unknownName(parameter, column, Object.keys(first));
}

/** A column as axis values: bigint as number, dates as ISO text, text escaped, NaN and infinities as gaps. */
export function axisColumn(rows: readonly Row[], parameter: string, column: string): AxisValue[] {
  checkColumn(rows, parameter, column);
  return rows.map((row) => axisValue(valueIn(row, column)));
}

export function axisValue(value: unknown): AxisValue {
  if (value === null || value === undefined) return null;
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (typeof value === "bigint") return Number(value);
  if (value instanceof Date) return value.toISOString();
  return escapePlotlyText(String(value));
}

/**
 * A column as numbers, rows that hold null left out.
 *
 * @throws {ArgumentError} a value that is not a number, with its row
 */
export function numberColumn(rows: readonly Row[], parameter: string, column: string): number[] {
  checkColumn(rows, parameter, column);
  const numbers: number[] = [];
  for (const [index, row] of rows.entries()) {
    const value = valueIn(row, column);
    if (value === null || value === undefined) continue;
    const number = typeof value === "bigint" ? Number(value) : value;
    if (typeof number !== "number") {
      throw new ArgumentError(parameter, `a column of numbers (row ${index} of "${column}" is not)`, value);
    }
    if (Number.isFinite(number)) numbers.push(number);
  }
  return numbers;
}

/** Rows by the value of a column, groups in order of first appearance; one unnamed group without a column. */
export function groupRows(
  rows: readonly Row[],
  parameter: string,
  column: string | undefined,
): { readonly name?: string; readonly rows: readonly Row[] }[] {
  if (column === undefined) return [{ rows }];
  checkColumn(rows, parameter, column);
  const groups = Map.groupBy(rows, (row) => String(valueIn(row, column) ?? "(none)"));
  return [...groups].map(([name, held]) => ({ name: escapePlotlyText(name), rows: held }));
}

/** Plotly template that writes a value with three significant digits, large ones with k, M and G. */
export function valueTemplate(key: "x" | "y" | "z", values: readonly AxisValue[]): string {
  const large = values.some((value) => Math.abs(Number(value)) >= 1000);
  return large ? `%{${key}:.3~s}` : `%{${key}:.3~g}`;
}
