import { cellText } from "./table-query.js";

/**
 * Rows as CSV with a header, as DuckDB's `COPY ... TO (HEADER)` writes them: null is nothing, an empty text is `""`.
 *
 * @param {string[]} names
 * @param {import("./table-query.js").Cell[][]} rows
 */
export function toCsv(names, rows) {
  const lines = [names.map(quoted), ...rows.map((row) => row.map((cell) => quoted(cellText(cell))))];
  return lines.map((line) => `${line.join(",")}\n`).join("");
}

function quoted(text) {
  if (text === null) return "";
  return text === "" || /[",#\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Put text on the clipboard, also where the page came over plain HTTP and has no clipboard of its own. */
export async function copyText(text) {
  if (navigator.clipboard !== undefined) {
    await navigator.clipboard.writeText(text);
    return;
  }
  const holder = document.createElement("textarea");
  holder.value = text;
  document.body.append(holder);
  holder.select();
  document.execCommand("copy");
  holder.remove();
}
