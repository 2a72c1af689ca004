import { DISPLAY } from "../host.ts";

const CELL_STYLE = "padding:4px 10px;text-align:";

/** Let a value show itself as a line of text. */
export function shownAsText<Value extends object>(value: Value, text: string): Value {
  return Object.defineProperty(value, DISPLAY, { value: () => ({ "text/plain": text }) });
}

/** Let a value show itself as a table; its columns are aligned to the right where they hold quantities. */
export function shownAsTable<Value extends object>(
  value: Value,
  table: {
    readonly columns: readonly { readonly name: string; readonly isQuantity?: boolean }[];
    readonly rows: readonly (readonly string[])[];
    readonly empty?: string;
  },
): Value {
  return Object.defineProperty(value, DISPLAY, {
    value: () => ({ "text/html": tableHtml(table), "text/plain": tableText(table) }),
  });
}

type Table = Parameters<typeof shownAsTable>[1];

function tableHtml({ columns, rows, empty = "" }: Table): string {
  if (rows.length === 0) return `<div>${escapeHtml(empty)}</div>`;
  const cell = (name: string, text: string, column: number, scope = ""): string =>
    `<${name}${scope} style="${CELL_STYLE}${columns[column]?.isQuantity === true ? "right" : "left"}">${escapeHtml(text)}</${name}>`;
  const head = columns.map(({ name }, column) => cell("th", name, column, ' scope="col"')).join("");
  const body = rows.map((row) => `<tr>${row.map((text, column) => cell("td", text, column)).join("")}</tr>`);
  return `<table style="font-variant-numeric:tabular-nums"><thead><tr>${head}</tr></thead><tbody>${body.join("")}</tbody></table>`;
}

function tableText({ columns, rows, empty = "" }: Table): string {
  if (rows.length === 0) return empty;
  const lines = [columns.map(({ name }) => name), ...rows];
  const widths = columns.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  const pad = (text: string, column: number): string =>
    columns[column]?.isQuantity === true ? text.padStart(widths[column]!) : text.padEnd(widths[column]!);
  return lines.map((line) => line.map(pad).join("  ").trimEnd()).join("\n");
}

function escapeHtml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

/**
 * A number of bytes for people, in steps of 1,000.
 *
 * @example
 * bytesText(1_234_567) //=> "1.2 MB"
 */
export function bytesText(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`;
  const power = Math.min(Math.floor(Math.log10(bytes) / 3), 4);
  const scaled = bytes / 1_000 ** power;
  return `${scaled.toFixed(scaled < 10 ? 1 : 0)} ${["B", "kB", "MB", "GB", "TB"][power]}`;
}

/**
 * A duration for people.
 *
 * @example
 * durationText(1_234.5) //=> "1.23 s"
 */
export function durationText(milliseconds: number): string {
  if (milliseconds < 1) return `${(milliseconds * 1_000).toPrecision(3)} µs`;
  if (milliseconds < 1_000) return `${milliseconds.toPrecision(3)} ms`;
  const seconds = milliseconds / 1_000;
  return seconds < 60
    ? `${seconds.toPrecision(3)} s`
    : `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}
