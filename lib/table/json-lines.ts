import { DataError } from "../core/errors.ts";
import type { Compression } from "./file-format.ts";
import { readLines } from "./text-lines.ts";

/**
 * Find the first line that is not JSON and throw it as an error; return when all lines are.
 *
 * Used once DuckDB has refused a file, since the line number that it gives is one too high.
 */
export async function findBrokenLine(files: readonly string[], compression: Compression): Promise<void> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  for (const path of files) {
    for await (const { line, lineNumber } of readLines(path, compression)) {
      try {
        const text = decoder.decode(line).trim();
        if (text !== "") JSON.parse(text);
      } catch (error) {
        const reason = error instanceof SyntaxError ? error.message : "text that is not UTF-8";
        const shown = line.subarray(0, 80).toString().trim();
        const message = `${path}, line ${lineNumber}: not JSON (${reason.slice(0, 200)}): ${shown}`;
        throw new DataError(message, { path, row: lineNumber }, { cause: error });
      }
    }
  }
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
