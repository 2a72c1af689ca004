/**
 * Rows as CSV (RFC 4180) with a header and lines that end in CR LF; null is empty, an empty text is `""`.
 *
 * Lists, objects and Maps are written as JSON.
 *
 * @example
 * toCsv([{ name: "a, b", n: 1 }, { name: null, n: 2 }]) //=> 'name,n\r\n"a, b",1\r\n,2\r\n'
 */
export function toCsv(
  rows: readonly object[],
  columns: readonly string[] = Object.keys(rows[0] ?? {}),
): string {
  const records = [columns, ...rows.map((row) => columns.map((name) => Reflect.get(row, name) as unknown))];
  return records.map((fields) => `${fields.map(csvField).join(",")}\r\n`).join("");
}

function csvField(value: unknown): string {
  if (value === null || value === undefined) return "";
  const text = typeof value === "object" ? JSON.stringify(value, jsonValue) : String(value as string);
  return text === "" || /[",\r\n]/u.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function jsonValue(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  if (value instanceof Map) return Object.fromEntries(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  return value;
}
