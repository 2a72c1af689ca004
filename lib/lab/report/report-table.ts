import { html, type Markup } from "../../display/markup.ts";

/** More rows would be a file of their own. */
const maximumRows = 200;

/** Rows as an HTML table, every value escaped; of long tables the first rows, which is said. */
export function reportTable(rows: readonly object[]): Markup {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const shown = rows.slice(0, maximumRows);
  const left = rows.length - shown.length;
  return html`<div class="scroll">
      <table>
        <thead>
          <tr>
            ${columns.map((column) => html`<th scope="col">${column}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${shown.map(
            (row) =>
              html`<tr>
                ${columns.map((column) => cell((row as Record<string, unknown>)[column]))}
              </tr> `,
          )}
        </tbody>
      </table>
    </div>
    ${left > 0 ? html`<p class="note">${left.toLocaleString("en-US")} more rows are in the study's folder.</p>` : ""}`;
}

/** Whole numbers in full, others with four digits. */
export function numberText(value: number | bigint): string {
  const number = Number(value);
  if (Number.isInteger(number)) return value.toLocaleString("en-US");
  if (Math.abs(number) < 1e-4) return number.toExponential(2);
  return number.toLocaleString("en-US", { maximumSignificantDigits: 4 });
}

function cell(value: unknown): Markup {
  if (typeof value === "number" || typeof value === "bigint")
    return html`<td class="number">${numberText(value)}</td>`;
  if (value === null || value === undefined) return html`<td></td>`;
  return html`<td>${typeof value === "object" ? JSON.stringify(value) : String(value)}</td>`;
}
