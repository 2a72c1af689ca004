import { escapeHtml } from "./escape-html.ts";
import { cellText, countOf, hiddenRows, isNumeric, typeText } from "./table-model.ts";
import type { Cell, ColumnModel, TableModel } from "./table-model.ts";

/** Characters of one text in the static form. */
const MAXIMUM_CHARACTERS = 120;
/** Only sizes and lines: the page's own colours stay, so it is right on light and on dark. */
const TABLE_STYLE = "border-collapse:collapse;font-variant-numeric:tabular-nums";
const CELL_STYLE = "padding:4px 10px;vertical-align:top;max-width:32em";

/**
 * A table that needs no script and no style sheet, for pages that only show what is saved.
 *
 * All text is escaped; texts longer than 120 characters end with "…".
 */
export function tableHtml(model: TableModel): string {
  const columns = model.columns;
  const head = columns.map((column) => headerCell(column)).join("");
  const gap = hiddenRows(model) > 0 ? gapRow(model) : "";
  const rows = (cells: TableModel["head"], first: number): string =>
    cells.map((row, index) => bodyRow(row, columns, first + index)).join("");
  return (
    `<table style="${TABLE_STYLE}"><caption style="text-align:left;padding:4px 10px">${escapeHtml(captionText(model))}</caption>` +
    `<thead><tr><th scope="col" style="${CELL_STYLE}">#</th>${head}</tr></thead>` +
    `<tbody>${rows(model.head, 1)}${gap}${rows(model.tail, model.rowCount - model.tail.length + 1)}</tbody></table>`
  );
}

/** Caption, shape and what is left out, in one line. */
export function captionText(model: TableModel): string {
  if (model.summary !== undefined) return `${model.caption}: ${model.summary}`;
  const shape = `${countOf(model.rowCount, "row")} × ${countOf(model.columnCount, "column")}`;
  const hidden = model.columnCount - model.columns.length;
  const columns = hidden > 0 ? `; the first ${model.columns.length} columns are shown` : "";
  const restricted = model.sensitivity === "restricted" ? "; restricted: rows are not saved" : "";
  return `${model.caption}: ${shape}${columns}${restricted}`;
}

function headerCell(column: ColumnModel): string {
  const type = typeText(column);
  const detail = type === "" ? "" : `<br><small style="font-weight:normal">${escapeHtml(type)}</small>`;
  return `<th scope="col" style="${CELL_STYLE};text-align:${alignment(column)}">${escapeHtml(column.name)}${detail}</th>`;
}

function alignment(column: ColumnModel): "left" | "right" {
  return isNumeric(column) ? "right" : "left";
}

function bodyRow(cells: readonly Cell[], columns: readonly ColumnModel[], number: number): string {
  const content = cells.map((cell, index) => bodyCell(cell, columns[index]!)).join("");
  const label = number.toLocaleString("en-US");
  return `<tr><th scope="row" style="${CELL_STYLE};font-weight:normal;text-align:right">${label}</th>${content}</tr>`;
}

function bodyCell(cell: Cell, column: ColumnModel): string {
  const text = cellText(cell);
  if (text === null) return `<td style="${CELL_STYLE}">${column.type === "" ? "" : "<em>null</em>"}</td>`;
  const clipped = text.length > MAXIMUM_CHARACTERS || typeof cell === "object";
  const shown = clipped ? `${text.slice(0, MAXIMUM_CHARACTERS)}…` : text;
  return `<td style="${CELL_STYLE};text-align:${alignment(column)}">${escapeHtml(shown)}</td>`;
}

function gapRow(model: TableModel): string {
  const width = model.columns.length + 1;
  const text =
    model.sensitivity === "restricted" ? "rows are not saved" : `… ${countOf(hiddenRows(model), "row")} …`;
  return `<tr><td colspan="${width}" style="${CELL_STYLE};text-align:center">${text}</td></tr>`;
}
