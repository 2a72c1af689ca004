import { DataError } from "../core/errors.ts";
import { writeFileAtomically } from "../core/write-file-atomically.ts";
import type { QuestionResult } from "./question-result.ts";
import { readJsonRows } from "./read-rows.ts";

/** Write results as JSON Lines, one a question; the file is there whole or not at all. */
export async function writeResults(path: string, results: readonly QuestionResult[]): Promise<void> {
  await writeFileAtomically(path, results.map((result) => `${JSON.stringify(result)}\n`).join(""));
}

/**
 * Read a results file, as `rounds evaluate` writes it.
 *
 * @throws {DataError} a line that is no result; its number is in the error
 *
 * @example
 * compareResults(await readResults("base.jsonl"), await readResults("tuned.jsonl")).p;
 */
export async function readResults(path: string): Promise<QuestionResult[]> {
  const results: QuestionResult[] = [];
  for await (const { row, line } of readJsonRows(path)) {
    const { id, dataset, gold, correct, optionCount, format, scoring } = row;
    const isResult =
      [id, dataset, format, scoring].every((value) => typeof value === "string") &&
      [gold, optionCount].every(Number.isInteger) &&
      typeof correct === "boolean";
    if (!isResult)
      throw new DataError(`${path}, line ${line} is no result of a question`, { path, row: line });
    results.push(row as unknown as QuestionResult);
  }
  return results;
}
