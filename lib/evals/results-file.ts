import { checkList, checkText } from "../core/arguments.ts";
import { checkPath } from "../core/check-path.ts";
import { DataError } from "../core/errors.ts";
import { recordMade } from "../core/lineage.ts";
import { writeFileAtomically } from "../core/write-file-atomically.ts";
import type { QuestionResult } from "./question-result.ts";
import { readJsonRows } from "./read-rows.ts";

/**
 * Write results as JSON Lines, one a question; the file is there whole or not at all.
 *
 * @param options what the results came from: the model's folder, the files of questions
 */
export async function writeResults(
  path: string,
  results: readonly QuestionResult[],
  options: { readonly from?: readonly string[] } = {},
): Promise<void> {
  checkText("path", "the path of a file", path);
  checkList("results", "a list of results", results);
  const { from = [] } = options;
  const sensitivity = results.some((result) => result.sensitivity === "restricted") ? "restricted" : "public";
  recordMade({ kind: "results", path, from, sensitivity, step: "writeResults" });
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
  checkPath("path", path);
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
