import { html, type Markup } from "../../display/markup.ts";
import { textTable } from "../../display/text-table.ts";

/** More rows would be a file of their own. */
const maximumRows = 200;

/**
 * Rows as an HTML table, every value escaped; of long tables the first rows, which is said.
 *
 * @param links where a row's first cell leads to in the page, by the row's place
 */
export function reportTable(rows: readonly object[], links: readonly (string | undefined)[] = []): Markup {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const shown = rows.slice(0, maximumRows).map((row) => names.map((name) => valueIn(row, name)));
  const left = rows.length - shown.length;
  const columns = names.map((name, column) => ({
    name,
    isNumeric: shown.every((values) => isNumber(values[column]) || isMissing(values[column])),
  }));
  const cells = shown.map((values, row) =>
    values.map((value, column) => {
      const link = column === 0 ? links[row] : undefined;
      return link === undefined ? cell(value) : html`<a href="#${link}">${cell(value)}</a>`;
    }),
  );
  return html`<div class="scroll">${textTable({ columns, rows: cells })}</div>
    ${left > 0 ? html`<p class="note">${left.toLocaleString("en-US")} more rows are in the study's folder.</p>` : ""}`;
}

/** Whole numbers in full, others with four digits. */
export function numberText(value: number | bigint): string {
  const number = Number(value);
  if (Number.isInteger(number)) return value.toLocaleString("en-US");
  if (Math.abs(number) < 1e-4) return number.toExponential(2);
  return number.toLocaleString("en-US", { maximumSignificantDigits: 4 });
}

function valueIn(row: object, name: string): unknown {
  return (row as Readonly<Record<string, unknown>>)[name];
}

function isNumber(value: unknown): value is number | bigint {
  return typeof value === "number" || typeof value === "bigint";
}

function isMissing(value: unknown): value is null | undefined {
  return value === null || value === undefined;
}

/** A SHA-256 is broken anywhere, so that it takes no more than its share of the width. */
const longHash = /^(sha256:)?[0-9a-f]{64}$/u;

function cell(value: unknown): string | Markup {
  if (isMissing(value)) return "";
  if (isNumber(value)) return numberText(value);
  const text = typeof value === "object" ? JSON.stringify(value) : String(value);
  return longHash.test(text) ? html`<code class="hash">${text}</code>` : text;
}
