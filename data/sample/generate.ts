import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { writeFileAtomically } from "../../lib/core/write-file-atomically.ts";
import { generateArticles, generateHealthAnswers, generateTextbook } from "./generator/documents.ts";
import { generateDialogues } from "./generator/dialogues.ts";
import { generateQuestions } from "./generator/questions.ts";
import { checkpointAnswers, recordedOutputs } from "./generator/recorded-outputs.ts";

/**
 * The sample's files by name, made of nothing but a seed.
 *
 * Everything in them is invented: grammar-made English about drugs, diseases, people and places that do not exist.
 */
export function sampleFiles(seed = "rounds-sample-1"): ReadonlyMap<string, string> {
  const { articles, pairs } = generateArticles(seed);
  const { medqa, medmcqa, mmlu, pubmedqa, pubmedqaTestIds } = generateQuestions(seed);
  return new Map([
    ["synthetic-articles.jsonl", lines(articles)],
    ["synthetic-near-duplicates.jsonl", lines(pairs)],
    ["synthetic-textbook-medical.jsonl", lines(generateTextbook("medical", seed))],
    ["synthetic-textbook-general.jsonl", lines(generateTextbook("general", seed))],
    ["synthetic-health-answers.jsonl", lines(generateHealthAnswers(seed))],
    ["synthetic-medqa-test.jsonl", lines(medqa)],
    ["synthetic-medmcqa-dev.jsonl", lines(medmcqa)],
    ["synthetic-mmlu-medical.jsonl", lines(mmlu)],
    ["synthetic-recorded-outputs.jsonl", lines(recordedOutputs({ medqa, medmcqa }, seed))],
    ["synthetic-checkpoint-answers.jsonl", lines(checkpointAnswers(mmlu, seed))],
    ["synthetic-visit-dialogues.csv", csv(generateDialogues(seed))],
    ["synthetic-pubmedqa-labelled.json", `${JSON.stringify(pubmedqa, null, 1)}\n`],
    ["synthetic-pubmedqa-test-ids.json", `${JSON.stringify(pubmedqaTestIds, null, 1)}\n`],
  ]);
}

function lines(rows: readonly object[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join("");
}

function csv(rows: readonly Readonly<Record<string, string | number>>[]): string {
  const cell = (value: string | number): string => `"${String(value).replaceAll('"', '""')}"`;
  const table = [Object.keys(rows[0]!), ...rows.map((row) => Object.values(row))];
  return table
    .map(
      (row) => `${row.map(cell).join(",")}
`,
    )
    .join("");
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  for (const [name, content] of sampleFiles())
    await writeFileAtomically(join(import.meta.dirname, name), content);
}
