import { basename } from "node:path";

import { recordAudit } from "../core/audit-log.ts";
import { declaredSensitivity } from "../core/declared-sensitivity.ts";
import { ArgumentError, DataError } from "../core/errors.ts";
import { checkOptions, choiceOption, objectOption, textOption } from "../core/options.ts";
import { loadCatalogue } from "../data/catalogue.ts";
import { resolveDataset, type ResolvedDataset } from "../data/resolve-dataset.ts";
import { showNotice } from "../data/show-notice.ts";
import { hideValues } from "../table/hide-values.ts";
import { strictest, type Sensitivity } from "../table/sensitivity.ts";
import type { Question, RejectedRow } from "./question.ts";
import { questionOfRow, type QuestionSchema, questionSchemas } from "./question-schema.ts";
import { type JsonRow, readJsonRows, readKeyedRows } from "./read-rows.ts";

export interface LoadQuestionsOptions {
  /** Where a file's rows hold what; needed for a path, known for a name of the catalogue. */
  readonly schema?: QuestionSchema;
  /** Only the questions of this split: `dev` or `test` of MMLU; `test` of PubMedQA is its official test set. */
  readonly split?: string;
  /** Of a file's questions; a set of the catalogue can be made restricted, not public. @default "public" */
  readonly sensitivity?: Sensitivity;
}

/** The questions of a data set, and the rows that are none; together all its rows (of the split). */
export interface QuestionSet {
  readonly dataset: string;
  readonly questions: readonly Question[];
  readonly rejected: readonly RejectedRow[];
  /** True where the generated sample stands in for the real data. */
  readonly synthetic: boolean;
  /** B: show counts, not questions. A file of the user's own is A. */
  readonly tier: "A" | "B";
  readonly sensitivity: "public" | "restricted";
}

const rules = {
  schema: objectOption<QuestionSchema>("a question schema", (value) => typeof value === "object"),
  split: textOption(undefined),
  sensitivity: choiceOption<Sensitivity>("public", ["public", "restricted"]),
};

/**
 * Load a multiple-choice question set of the catalogue, or a JSON Lines file by a schema.
 *
 * A row whose answer names no option, or another one than its answer text, is left out and reported. Ids are
 * unique within the set.
 *
 * @throws {ArgumentError} a name that is no question set, or a path without a schema
 * @throws {DataError} a broken line (its number is in the error), a repeated id, answers that count from 0 where
 *   the schema counts from 1, no rows at all, no such split
 *
 * @example
 * const { questions, rejected } = await loadQuestions("medmcqa-dev");
 */
export async function loadQuestions(
  nameOrPath: string,
  options: LoadQuestionsOptions = {},
): Promise<QuestionSet> {
  const { schema: ownSchema, split, sensitivity: own } = checkOptions(options, rules);
  if (ownSchema !== undefined) {
    const sensitivity = declaredSensitivity([nameOrPath], options.sensitivity);
    recordAudit({ action: "open", subject: nameOrPath.slice(-500), sensitivity });
    const dataset = basename(nameOrPath).replace(/\.jsonl?(\.gz)?$/u, "");
    const reading = readQuestions(nameOrPath, ownSchema, dataset, split, rowsOfLines(nameOrPath));
    const read = await hiding(sensitivity, reading);
    return { dataset, ...marked(read, sensitivity), synthetic: false, tier: "A", sensitivity };
  }
  const resolved = await resolveDataset(checkName(nameOrPath));
  showNotice(resolved);
  const { path, entry, synthetic } = resolved;
  const schema = questionSchemas[entry.questionFormat!];
  const rows = entry.questionFormat === "pubmedqa" ? rowsOfPubmedqa(resolved) : rowsOfLines(path);
  const splitColumn = entry.questionFormat === "pubmedqa" ? { split: "split" } : {};
  const sensitivity = strictest([own, entry.sensitivity]);
  recordAudit({ action: "open", subject: entry.name, sensitivity });
  const reading = readQuestions(path, { ...schema, ...splitColumn }, entry.name, split, rows);
  const read = await hiding(sensitivity, reading);
  return {
    dataset: entry.name,
    ...marked(read, sensitivity),
    synthetic,
    tier: entry.tier,
    sensitivity,
  };
}

/** Errors of restricted questions tell the place alone. */
async function hiding<Read>(sensitivity: Sensitivity, reading: Promise<Read>): Promise<Read> {
  try {
    return await reading;
  } catch (error) {
    throw sensitivity === "restricted" ? hideValues(error) : error;
  }
}

/** Each question says by itself that it is restricted, whatever it is put into. */
function marked<Read extends { readonly questions: readonly Question[] }>(
  read: Read,
  sensitivity: Sensitivity,
): Read {
  if (sensitivity === "public") return read;
  return { ...read, questions: read.questions.map((question) => ({ ...question, sensitivity })) };
}

function checkName(name: string): string {
  const entry = loadCatalogue().entries.find((candidate) => candidate.name === name);
  if (entry?.questionFormat !== undefined) return name;
  const sets = loadCatalogue().entries.filter((candidate) => candidate.questionFormat !== undefined);
  const known = sets.map((candidate) => candidate.name).join(", ");
  throw new ArgumentError("nameOrPath", `one of ${known}, or a JSON Lines file with the option schema`, name);
}

async function readQuestions(
  path: string,
  schema: QuestionSchema,
  dataset: string,
  split: string | undefined,
  rows: AsyncIterable<{ row: JsonRow; line: number }>,
): Promise<{ questions: Question[]; rejected: RejectedRow[] }> {
  const questions: Question[] = [];
  const rejected: RejectedRow[] = [];
  const lines = new Map<string, number>();
  const splits = new Set<string>();
  let place = 0;
  for await (const { row, line } of rows) {
    const rowSplit = schema.split === undefined ? undefined : row[schema.split];
    if (typeof rowSplit === "string") splits.add(rowSplit);
    checkId(row, schema, path, line);
    const read = questionOfRow(row, place++, schema, dataset);
    const id = "question" in read ? read.question.id : read.id;
    if (lines.has(id)) {
      throw new DataError(`${path}: rows ${lines.get(id)} and ${line} have the same id ${id}`, {
        path,
        row: line,
      });
    }
    lines.set(id, line);
    checkCountsFromOne(row, schema, path, line);
    if (split !== undefined && rowSplit !== split) continue;
    if ("question" in read) questions.push(read.question);
    else rejected.push(read);
  }
  if (place === 0) throw new DataError(`${path} holds no rows`, { path });
  if (split !== undefined && !splits.has(split)) {
    const known = [...splits].join(", ") || "no splits";
    throw new DataError(`${dataset} has no split "${split}"; it has ${known}`, { path });
  }
  return { questions, rejected };
}

/** Results are kept by the id: one that was rounded would be another question's. */
function checkId(row: JsonRow, schema: QuestionSchema, path: string, line: number): void {
  const id = schema.id === undefined ? undefined : row[schema.id];
  if (!Number.isInteger(id) || Number.isSafeInteger(id)) return;
  const message = `${path}, line ${line}: the number in "${schema.id}" is past 2^53 and was rounded; write it as a text`;
  throw new DataError(message, { path, row: line });
}

/** A single 0 shows that every answer of the file is off by one: none can be trusted. */
function checkCountsFromOne(row: JsonRow, schema: QuestionSchema, path: string, line: number): void {
  if (schema.answerIs !== "index from 1" || row[schema.answer] !== 0) return;
  const message = `${path}, line ${line}: ${schema.answer} is 0, but this schema counts answers from 1`;
  throw new DataError(`${message}; if the file counts from 0, give a schema with "index from 0"`, {
    path,
    row: line,
  });
}

function rowsOfLines(path: string): AsyncIterable<{ row: JsonRow; line: number }> {
  return readJsonRows(path);
}

/** PubMedQA's rows with the split that its official list of test ids makes. */
async function* rowsOfPubmedqa({
  path,
  entry,
  synthetic,
}: ResolvedDataset): AsyncGenerator<{ row: JsonRow; line: number }> {
  const rows = await readKeyedRows(path, entry.keyColumn!);
  const ids = await resolveDataset("pubmedqa-test-ids");
  if (ids.synthetic !== synthetic) {
    const message = `of pubmedqa-labelled and pubmedqa-test-ids one is real and one a sample: ${ids.notice ?? path}`;
    throw new DataError(message, { path: ids.path });
  }
  const testLabels = await readKeyedRows(ids.path, entry.keyColumn!);
  for (const [pmid, label] of testLabels) {
    const decision = rows.get(pmid)?.["final_decision"];
    if (decision === label["value"]) continue;
    const message = `${ids.path}: ${pmid} is ${String(label["value"])}, but ${String(decision)} in ${path}`;
    throw new DataError(message, { path: ids.path });
  }
  let line = 0;
  for (const [pmid, row] of rows) {
    yield { row: { ...row, split: testLabels.has(pmid) ? "test" : "train" }, line: ++line };
  }
}
