import type { QuestionFormat } from "../data/catalogue.ts";
import { optionLetter, type Question } from "./question.ts";

/** How an answer names its option. Nothing is guessed: 1 means another option from 0 than from 1. */
export type AnswerKind = "letter" | "index from 0" | "index from 1" | "text";

/** Where a row of a question file holds what; every text is a column's name. */
export interface QuestionSchema {
  /** @default the row's 0-based place in the file */
  readonly id?: string;
  readonly question: string;
  /** Sentences that go before the question as one text with it. */
  readonly vignette?: string;
  /** A column with a list or an object by letter, or one column for each option, or the same options for all rows. */
  readonly options: string | readonly string[] | { readonly always: readonly string[] };
  readonly answer: string;
  readonly answerIs: AnswerKind;
  /** A column with the right option's text, which must agree with the answer. */
  readonly answerText?: string;
  readonly context?: string;
  readonly subject?: string;
  readonly split?: string;
  readonly metadata?: readonly string[];
}

/** The layouts of the catalogue's question sets. */
export const questionSchemas: Readonly<Record<QuestionFormat, QuestionSchema>> = {
  // Four or five options by letter; mediQ's form keeps the vignette's sentences apart and has an id.
  medqa: {
    id: "id",
    question: "question",
    vignette: "context",
    options: "options",
    answer: "answer_idx",
    answerIs: "letter",
    answerText: "answer",
    metadata: ["meta_info"],
  },
  medmcqa: {
    id: "id",
    question: "question",
    options: ["opa", "opb", "opc", "opd"],
    answer: "cop",
    answerIs: "index from 1",
    subject: "subject_name",
    metadata: ["topic_name", "choice_type", "exp"],
  },
  mmlu: {
    id: "id",
    question: "question",
    options: "options",
    answer: "answer",
    answerIs: "letter",
    subject: "subject",
    split: "split",
  },
  pubmedqa: {
    id: "pmid",
    question: "QUESTION",
    options: { always: ["yes", "no", "maybe"] },
    answer: "final_decision",
    answerIs: "text",
    context: "CONTEXTS",
    metadata: ["LABELS", "MESHES", "YEAR", "LONG_ANSWER"],
  },
};

type Row = Readonly<Record<string, unknown>>;

/** What is wrong with a row, in words; the loader adds which row. */
class RowProblem extends Error {}

/**
 * Read one row by a schema.
 *
 * @param place 0-based place in the file, the id of rows without one
 * @returns the question, or the id and the reason why the row is none
 */
export function questionOfRow(
  row: Row,
  place: number,
  schema: QuestionSchema,
  dataset: string,
): { question: Question } | { id: string; reason: string } {
  const id = idOf(row, place, schema);
  try {
    const options = optionsOf(row, schema);
    const answerIndex = answerIndexOf(row, options, schema);
    checkAnswerText(row, options[answerIndex]!, schema);
    const parts = [...textsOf(row, schema.vignette), requiredText(row, schema.question)];
    const context = textsOf(row, schema.context).join("\n");
    const subject = optionalText(row, schema.subject);
    const split = optionalText(row, schema.split);
    const question = {
      id,
      dataset,
      question: parts.join(" "),
      options,
      answerIndex,
      ...(context !== "" && { context }),
      ...(subject !== undefined && { subject }),
      ...(split !== undefined && { split }),
      metadata: Object.fromEntries((schema.metadata ?? []).map((column) => [column, row[column]])),
    };
    return { question };
  } catch (error) {
    if (error instanceof RowProblem) return { id, reason: error.message };
    throw error;
  }
}

function idOf(row: Row, place: number, schema: QuestionSchema): string {
  const id = schema.id === undefined ? undefined : row[schema.id];
  return typeof id === "string" || typeof id === "number" ? String(id) : String(place);
}

function optionsOf(row: Row, { options }: QuestionSchema): string[] {
  let held: unknown[];
  if (typeof options === "string") held = listOf(row[options], options);
  else if ("always" in options) held = [...options.always];
  else held = options.map((column) => row[column]);
  if (held.length < 2 || held.length > 10) throw new RowProblem(`${held.length} options instead of 2 to 10`);
  return held.map((option, index) => {
    if (typeof option === "string" && option.trim() !== "") return option;
    throw new RowProblem(`option ${optionLetter(index)} is not a text`);
  });
}

/** A list, or an object whose keys are A, B, C ... */
function listOf(value: unknown, column: string): unknown[] {
  if (Array.isArray(value)) return value;
  if (typeof value !== "object" || value === null) throw new RowProblem(`${column} is not a list of options`);
  const entries = Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
  const wrong = entries.slice(0, 26).findIndex(([letter], index) => letter !== optionLetter(index));
  if (wrong >= 0)
    throw new RowProblem(`${column} has "${entries[wrong]![0]}" instead of "${optionLetter(wrong)}"`);
  return entries.map(([, option]) => option);
}

function answerIndexOf(row: Row, options: readonly string[], { answer, answerIs }: QuestionSchema): number {
  const value = row[answer];
  const index = answerIs === "text" ? options.indexOf(String(value).trim()) : indexNamedBy(value, answerIs);
  if (Number.isInteger(index) && index >= 0 && index < options.length) return index;
  throw new RowProblem(
    `${answer} is ${JSON.stringify(value)}, which names none of the ${options.length} options`,
  );
}

function indexNamedBy(value: unknown, answerIs: "letter" | "index from 0" | "index from 1"): number {
  if (answerIs === "letter") {
    return typeof value === "string" && /^[A-J]$/u.test(value) ? value.charCodeAt(0) - 65 : -1;
  }
  if (typeof value !== "number") return -1;
  return answerIs === "index from 1" ? value - 1 : value;
}

function checkAnswerText(row: Row, option: string, { answer, answerText }: QuestionSchema): void {
  if (answerText === undefined) return;
  const text = row[answerText];
  if (typeof text === "string" && text.trim() === option.trim()) return;
  const named = JSON.stringify(option);
  throw new RowProblem(`${answer} names ${named}, but ${answerText} is ${JSON.stringify(text)}`);
}

function requiredText(row: Row, column: string): string {
  const value = row[column];
  if (typeof value === "string" && value.trim() !== "") return value;
  throw new RowProblem(`${column} is not a text`);
}

function optionalText(row: Row, column: string | undefined): string | undefined {
  const value = column === undefined ? undefined : row[column];
  return typeof value === "string" ? value : undefined;
}

/** A text or a list of texts; nothing where there is no such column. */
function textsOf(row: Row, column: string | undefined): string[] {
  const value = column === undefined ? undefined : row[column];
  if (value === undefined || value === null) return [];
  const texts = Array.isArray(value) ? value : [value];
  if (texts.every((text) => typeof text === "string")) return texts;
  throw new RowProblem(`${column} is not a text or a list of texts`);
}
