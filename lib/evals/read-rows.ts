import { readFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";

import { DataError } from "../core/errors.ts";
import { readFailure } from "../core/read-failure.ts";
import { openText } from "../table/text-lines.ts";

export type JsonRow = Readonly<Record<string, unknown>>;

/**
 * The objects of a JSON Lines file (.gz too), line by line, each with its 1-based line number.
 *
 * Empty lines are passed over. A file whose first character is `[` is read as one JSON list instead.
 *
 * @throws {DataError} the file is missing or damaged, or a line is not a JSON object: its number is in the error
 */
export async function* readJsonRows(path: string): AsyncGenerator<{ row: JsonRow; line: number }> {
  let line = 0;
  try {
    for await (const content of linesOf(path)) {
      line++;
      if (content.trim() === "") continue;
      if (line === 1 && content.trimStart().startsWith("[")) return yield* readJsonList(path);
      yield { row: objectOf(parse(content, path, line), path, line), line };
    }
  } catch (error) {
    if (error instanceof DataError) throw error;
    const place = line === 0 ? path : `${path} after line ${line}`;
    throw new DataError(`${place} ${readFailure(error)}`, { path }, { cause: error });
  }
}

async function* linesOf(path: string): AsyncGenerator<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let rest = "";
  for await (const chunk of bytesOf(path)) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
  rest += decoder.decode();
  if (rest !== "") yield rest;
}

function bytesOf(path: string): AsyncIterable<Buffer> {
  return openText(path, path.endsWith(".gz") ? "gzip" : "uncompressed");
}

async function* readJsonList(path: string): AsyncGenerator<{ row: JsonRow; line: number }> {
  const list = parse(await readText(path), path, undefined) as unknown[];
  for (const [index, row] of list.entries()) yield { row: objectOf(row, path, index + 1), line: index + 1 };
}

/**
 * The rows of a file that is one JSON object, its keys put into a column.
 *
 * @throws {DataError} the file is missing or is not one JSON object
 */
export async function readKeyedRows(path: string, keyColumn: string): Promise<Map<string, JsonRow>> {
  const object = objectOf(parse(await readText(path), path, undefined), path, undefined);
  const rows = Object.entries(object).map(([key, value]) => {
    const fields = typeof value === "object" && value !== null ? value : { value };
    return [key, { [keyColumn]: key, ...fields }] as const;
  });
  return new Map(rows);
}

async function readText(path: string): Promise<string> {
  try {
    const bytes = await readFile(path);
    return (path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
  } catch (error) {
    throw new DataError(`${path} ${readFailure(error)}`, { path }, { cause: error });
  }
}

function parse(text: string, path: string, row: number | undefined): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    const place = row === undefined ? path : `${path}, line ${row}`;
    throw new DataError(`${place} is not JSON: ${(error as Error).message}`, { path, row }, { cause: error });
  }
}

function objectOf(value: unknown, path: string, row: number | undefined): JsonRow {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as JsonRow;
  const place = row === undefined ? path : `${path}, row ${row}`;
  throw new DataError(`${place} is not a JSON object`, { path, row });
}
