import { DataError } from "../core/errors.ts";
import type { Compression } from "./file-format.ts";
import { readLines } from "./text-lines.ts";

/**
 * Find the first line that DuckDB does not read and throw it as an error; return when there is none.
 *
 * Such a line is not JSON, or no object when `mustBeObjects`, or holds half of a surrogate pair, which JSON can
 * write and Unicode text cannot hold. Used once DuckDB has refused a file, since the line number that it gives is one too high.
 */
export async function findBrokenLine(
  files: readonly string[],
  compression: Compression,
  { mustBeObjects = false }: { readonly mustBeObjects?: boolean } = {},
): Promise<void> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  for (const path of files) {
    for await (const { line, lineNumber } of readLines(path, compression)) {
      let problem: string | undefined;
      try {
        const text = decoder.decode(line).trim();
        if (text === "") continue;
        const value: unknown = JSON.parse(text);
        problem = mustBeObjects && isNoObject(value) ? "not an object" : surrogateProblem(text, value);
      } catch (error) {
        const reason = error instanceof SyntaxError ? error.message : "text that is not UTF-8";
        problem = `not JSON (${reason.slice(0, 200)})`;
      }
      if (problem === undefined) continue;
      const shown = line.subarray(0, 80).toString().trim();
      throw new DataError(`${path}, line ${lineNumber}: ${problem}: ${shown}`, { path, row: lineNumber });
    }
  }
}

function isNoObject(value: unknown): boolean {
  return value !== null && (typeof value !== "object" || Array.isArray(value));
}

function surrogateProblem(text: string, value: unknown): string | undefined {
  if (!/\\u[dD][89a-fA-F]/u.test(text)) return undefined;
  // Whole pairs come out as the character itself.
  const half = /\\ud[89a-f][\da-f]{2}/u.exec(JSON.stringify(value))?.[0];
  return half === undefined
    ? undefined
    : `a text holds ${half}, half of a surrogate pair, which is no character`;
}

/** Where a column's values stop being of one kind. */
export interface TypeChange {
  readonly path: string;
  readonly lineNumber: number;
  /** What the line holds, and what the lines before it hold. */
  readonly text: string;
}

/** Find the first line of JSON Lines whose value in a column is of another kind than those before. */
export async function findTypeChange(
  files: readonly string[],
  compression: Compression,
  column: string,
): Promise<TypeChange | undefined> {
  let usual: string | undefined;
  for (const path of files) {
    for await (const { line, lineNumber } of readLines(path, compression)) {
      let record: unknown;
      try {
        record = JSON.parse(line.toString());
      } catch {
        continue;
      }
      const value: unknown = typeof record === "object" && record !== null && Reflect.get(record, column);
      if (value === null || value === undefined) continue;
      const kind = Array.isArray(value) ? "array" : typeof value;
      usual ??= kind;
      if (kind === usual) continue;
      const shown = JSON.stringify(value).slice(0, 60);
      return {
        path,
        lineNumber,
        text: `${shown} is of type ${kind}, the values before it are of type ${usual}`,
      };
    }
  }
  return undefined;
}
