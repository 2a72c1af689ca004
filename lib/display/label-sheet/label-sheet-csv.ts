/**
 * Rows as CSV (RFC 4180) that a spreadsheet opens as UTF-8, for a person to fill in.
 *
 * A spreadsheet takes cells that begin with `=`, `+`, `-` or `@` for formulas: an apostrophe before them keeps them texts.
 */
export function labelSheetCsv(rows: readonly (readonly string[])[]): string {
  return `\uFEFF${rows.map((row) => `${row.map(cellOf).join(",")}\r\n`).join("")}`;
}

function cellOf(text: string): string {
  const harmless = /^\s*[=+\-@]/u.test(text) ? `'${text}` : text;
  return `"${harmless.replaceAll('"', '""')}"`;
}
