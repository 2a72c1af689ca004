import { captionText } from "./table-html.ts";
import { cellText, countOf, hiddenRows, isNumeric } from "./table-model.ts";
import type { Cell, TableModel } from "./table-model.ts";

const MAXIMUM_CHARACTERS = 32;
const MAXIMUM_COLUMNS = 12;

/** A table as plain text, for terminals, diffs and screen readers. */
export function tableText(model: TableModel): string {
  const columns = model.columns.slice(0, MAXIMUM_COLUMNS);
  const names = columns.map((column) => shown(column.name));
  const types = columns.map((column) => column.type.slice(0, MAXIMUM_CHARACTERS));
  const rows = [...model.head, ...model.tail].map((row) =>
    columns.map((_column, index) => shown(row[index] ?? null)),
  );
  const widths = columns.map((_column, index) =>
    Math.max(...[names, types, ...rows].map((line) => line[index]!.length)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, index) =>
        isNumeric(columns[index]!) ? cell.padStart(widths[index]!) : cell.padEnd(widths[index]!),
      )
      .join("  ")
      .trimEnd();
  const body = rows.map(line);
  if (rows.length > 0 && hiddenRows(model) > 0) {
    body.splice(model.head.length, 0, `… ${countOf(hiddenRows(model), "row")} …`);
  }
  const more = model.columnCount - columns.length;
  const note = more > 0 ? [`(${countOf(more, "more column")})`] : [];
  return [
    captionText(model),
    line(names),
    ...(types.some((type) => type !== "") ? [line(types)] : []),
    ...body,
    ...note,
  ].join("\n");
}

function shown(cell: Cell): string {
  const text = cellText(cell)?.replaceAll(/\s+/gu, " ") ?? "null";
  return text.length > MAXIMUM_CHARACTERS ? `${text.slice(0, MAXIMUM_CHARACTERS - 1)}…` : text;
}
