import { DataError } from "../core/errors.ts";
import type { Compression } from "./file-format.ts";
import { openText, readLines } from "./text-lines.ts";

/** A first record that is longer is one whose quote nobody closed. */
const longestFirstRecordBytes = 2 ** 28;

/** The first record of a CSV file, its line breaks inside quotes kept. */
async function firstRecord(path: string, compression: Compression): Promise<string> {
  const lines: string[] = [];
  let isQuoted = false;
  let bytes = 0;
  for await (const { line } of readLines(path, compression)) {
    bytes += line.length + 1;
    if (bytes > longestFirstRecordBytes) break;
    const text = line.toString();
    lines.push(text);
    // After an odd number of quotes one is open.
    if (text.split('"').length % 2 === 0) isQuoted = !isQuoted;
    if (!isQuoted)
      return lines
        .join("\n")
        .replace(/^\uFEFF/u, "")
        .replace(/\r$/u, "");
  }
  throw new DataError(`${path}: the quote that opens in its first line is never closed`, { path, row: 1 });
}

/** The commonest of `,` `;` tab `|` outside quotes in the first line; the comma on a tie. */
export async function findDelimiter(path: string, compression: Compression): Promise<string> {
  const unquoted = (await firstRecord(path, compression)).replaceAll(/"[^"]*"/gu, "");
  const counts = [",", ";", "\t", "|"].map((each) => [each, unquoted.split(each).length] as const);
  return counts.reduce((best, next) => (next[1] > best[1] ? next : best))[0];
}

/** Names of the columns, each once: a name that comes again gets `_1`, `_2`, ..., and an empty one its number. */
export async function readCsvHeader(
  path: string,
  compression: Compression,
  delimiter: string,
  hasHeader: boolean,
): Promise<string[]> {
  const fields = splitRecord(await firstRecord(path, compression), delimiter);
  const taken = new Set<string>();
  return fields.map((field, index) => {
    const name = hasHeader && field.trim() !== "" ? field.trim() : `column${index + 1}`;
    let unique = name;
    // DuckDB takes names that differ in case alone for the same.
    for (let again = 1; taken.has(unique.toLowerCase()); again++) unique = `${name}_${again}`;
    taken.add(unique.toLowerCase());
    return unique;
  });
}

/** The fields of a record, their quotes taken off. */
export function splitRecord(record: string, delimiter: string): string[] {
  const fields = [""];
  let isQuoted = false;
  for (const part of record.split(/(")/u)) {
    if (part === '"') {
      isQuoted = !isQuoted;
      // Two quotes in a row stand for one.
      if (isQuoted && fields.at(-1)!.endsWith("\0")) fields.push(`${fields.pop()!.slice(0, -1)}"`);
      else if (!isQuoted) fields.push(`${fields.pop()!}\0`);
    } else if (isQuoted) fields.push(fields.pop()! + part);
    else {
      const [first, ...others] = part.split(delimiter);
      fields.push(fields.pop()! + first!, ...others);
    }
  }
  return fields.map((field) => field.replaceAll("\0", ""));
}

/** Bytes of the longest record, line breaks inside quotes counted. */
export async function longestRecordBytes(path: string, compression: Compression): Promise<number> {
  let longest = 0;
  let start = 0;
  let chunkStart = 0;
  let isQuoted = false;
  for await (const chunk of openText(path, compression) as AsyncIterable<Buffer>) {
    let from = 0;
    while (from < chunk.length) {
      const quote = chunk.indexOf(34, from);
      const end = quote < 0 ? chunk.length : quote;
      if (!isQuoted) {
        const unquoted = chunk.subarray(from, end);
        for (let line = unquoted.indexOf(10); line >= 0; line = unquoted.indexOf(10, line + 1)) {
          longest = Math.max(longest, chunkStart + from + line - start);
          start = chunkStart + from + line + 1;
        }
      }
      if (quote >= 0) isQuoted = !isQuoted;
      from = end + 1;
    }
    chunkStart += chunk.length;
  }
  return Math.max(longest, chunkStart - start);
}
