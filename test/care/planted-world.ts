/** Restricted data with a mark in every value, as files and as objects, to be put into every public function. */
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import * as rounds from "../../lib/index.ts";
import type { Document, InstructSample, LanguageModel, Question, Table } from "../../lib/index.ts";
import { formulaModel } from "../evals/formula-model.ts";
import { mark, markedNumber } from "./watch-leaks.ts";

export interface PlantedWorld {
  readonly folder: string;
  /** Files of restricted data that the test itself wrote. */
  readonly planted: string;
  /** Where what is asked to be written goes. */
  readonly exported: string;
  readonly table: Table;
  readonly rows: readonly Record<string, unknown>[];
  readonly documents: readonly Document[];
  readonly questions: readonly Question[];
  readonly samples: readonly InstructSample[];
  readonly results: readonly (readonly rounds.QuestionResult[])[];
  readonly model: LanguageModel;
  readonly tokenizer: rounds.Tokenizer;
}

/** By the name of a public function: calls that give it what was planted. */
export type Calls = Readonly<Record<string, (world: PlantedWorld) => readonly (() => unknown)[]>>;

const restricted = { sensitivity: "restricted" } as const;

/** Ids are names, which reports tell; all else is marked. */
export async function plantWorld(): Promise<PlantedWorld> {
  const folder = mkdtempSync(join(tmpdir(), "rounds-leaks-"));
  const planted = join(folder, "planted");
  const exported = join(folder, "exported");
  for (const made of [planted, exported]) mkdirSync(made);
  const documents = Array.from({ length: 24 }, (_, index): Document => documentAt(index));
  const questions = Array.from({ length: 16 }, (_, index): Question => questionAt(index));
  const samples = documents.map(({ id, text }): InstructSample => ({
    id,
    system: `${mark} system`,
    prompter: `${mark} asked ${id}`,
    assistant: text,
    source: "notes",
    licence: null,
    ...restricted,
  }));
  const lines = (name: string, values: readonly object[]): void =>
    writeFileSync(join(planted, name), values.map((value) => `${JSON.stringify(value)}\n`).join(""));
  lines("patients.jsonl", patients());
  lines("documents.jsonl", documents);
  lines("questions.jsonl", questions);
  lines(
    "samples.jsonl",
    samples.map(({ prompter, assistant }) => ({ question: prompter, answer: assistant })),
  );
  writeFileSync(join(planted, "broken.jsonl"), `{"id":"1","text":"a"}\n{"id":"2","text":"${mark}\n${mark}\n`);
  writeFileSync(join(planted, "ragged.csv"), `id,text\n1,${mark}\n2,b,${mark}\n`);
  writeFileSync(join(planted, "broken.json"), `[{"id": "${mark}" "${mark}"}]`);
  writeFileSync(join(planted, "binary.parquet"), `PAR1${mark}PAR1`);
  writeFileSync(join(planted, "broken.xml"), `<article><body>${mark}</bodi>${mark}`);
  const table = await rounds.open(join(planted, "patients.jsonl"), restricted);
  const tokenizer = await rounds.trainTokenizer(documents, { vocabularySize: 300 });
  const scored = async (seed: number) => {
    const model = formulaModel(
      (prompt) => `${mark} is why. The answer is (${"AB"[(prompt.length + seed) % 2]}).`,
    );
    const strategy = rounds.chainOfThought();
    return (await rounds.scoreQuestions(model, questions, { strategy, scoring: "generate" })).results;
  };
  // Without the formula's own memory of what it was asked.
  const { asked: _asked, ...model } = formulaModel(() => `${mark} is why. The answer is (A).`);
  const results = [await scored(0), await scored(1)];
  const rows = await table.rows();
  return { folder, planted, exported, table, rows, documents, questions, samples, results, model, tokenizer };
}

export function patients(count = 40): object[] {
  return Array.from({ length: count }, (_, index) => ({
    id: index,
    note: `${mark} ${index}`,
    unit: `${mark} unit ${index % 3}`,
    age: markedNumber + index,
    seen: index % 2 === 0,
    list: [`${mark} in a list ${index}`],
    held: { inner: `${mark} within ${index}` },
  }));
}

function documentAt(index: number): Document {
  // Every third repeats the one before it in most words, so that deduplication finds something.
  const words = Array.from({ length: 90 }, (_, word) => `${mark}${index - (index % 3)}w${word}`);
  return {
    id: `d${index}`,
    text: `# ${mark} heading\n\n${words.join(" ")} ${mark} mail ${mark}${index}@example.org`,
    source: "notes.jsonl",
    licence: null,
    metadata: { title: `${mark} title ${index - (index % 3)}`, author: `${mark} writer`, year: "2001" },
    ...restricted,
  };
}

function questionAt(index: number): Question {
  return {
    id: `q${index}`,
    dataset: "restricted-questions",
    question: `What of ${mark} ${index} is so when ${mark} and ${mark} are taken as they were before?`,
    options: [`${mark} yes ${index}`, `${mark} no ${index}`],
    answerIndex: index % 2,
    context: `${mark} context ${index}`,
    metadata: { note: `${mark} of ${index}` },
    ...restricted,
  };
}
