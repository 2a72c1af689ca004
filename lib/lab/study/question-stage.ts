import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { DataError } from "../../core/errors.ts";
import { writeFileAtomically } from "../../core/write-file-atomically.ts";
import { resolveDataset } from "../../data/resolve-dataset.ts";
import { loadQuestions } from "../../evals/load-questions.ts";
import { questionSchemas } from "../../evals/question-schema.ts";
import type { Question } from "../../evals/question.ts";
import type { Stage, StageValue } from "../stages/stage.ts";
import type { StudySize } from "./study-size.ts";

/** Sets of the planted questions: those asked, and those on other facts that fine-tuning learns from. */
export const plantedSet = "planted-test";
export const plantedLearnedSet = "planted-training";

const realLearnedSet = "medmcqa-learned";

/** Real questions that are asked, by the label of the paper's column. */
export const realSets = {
  "medqa-asked": "MedQA",
  "usmle-asked": "USMLE",
  "mmlu-asked": "MMLU medical",
  "medmcqa-asked": "MedMCQA",
  "pubmedqa-asked": "PubMedQA",
} as const;

/** Not in the paper. */
export const extraSet = "pubmedqa-asked";

/** What real questions are taken from, and documents are cleaned of. */
export const questionSets = ["medqa-test", "medmcqa-dev", "mmlu-medical", "pubmedqa-labelled"] as const;

/**
 * Real questions, each set in a file of its own.
 *
 * MedMCQA, of which only the development set can be had, is both learned from and asked: its first questions are
 * learned from, those after them are asked.
 *
 * @param usmle a file of one's own in MedQA's format; the exam's questions are not free
 */
export async function questionStage({ realQuestions }: StudySize, usmle: string | undefined): Promise<Stage> {
  const resolved = await Promise.all(questionSets.map((name) => resolveDataset(name)));
  const { learned, asked } = realQuestions;
  return {
    name: "questions",
    title: "Real questions",
    kind: "source",
    settings: { realQuestions },
    inputs: [],
    files: [...resolved.map(({ path }) => path), ...(usmle === undefined ? [] : [usmle])],
    async run({ folder }) {
      const [medqa, medmcqa, mmlu, pubmedqa] = await Promise.all([
        loadQuestions("medqa-test"),
        loadQuestions("medmcqa-dev"),
        loadQuestions("mmlu-medical", { split: "test" }),
        loadQuestions("pubmedqa-labelled", { split: "test" }),
      ]);
      const own =
        usmle === undefined ? undefined : await loadQuestions(usmle, { schema: questionSchemas.medqa });
      const sets: Record<string, readonly Question[]> = {
        [realLearnedSet]: medmcqa.questions.slice(0, learned),
        "medqa-asked": medqa.questions.slice(0, asked),
        "mmlu-asked": mmlu.questions.slice(0, asked),
        "medmcqa-asked": medmcqa.questions.slice(learned, learned + asked),
        "pubmedqa-asked": pubmedqa.questions.slice(0, asked),
        ...(own !== undefined && { "usmle-asked": own.questions.slice(0, asked) }),
      };
      const values: Record<string, StageValue> = {};
      for (const [name, questions] of Object.entries(sets)) {
        await writeQuestionLines(folder, name, questions);
        values[name] = { value: questions.length, compare: "exact" };
      }
      return { values };
    },
  };
}

/** Files of what fine-tuning learns from: never what is asked. */
export function learnedQuestions(planted: string, real: string): string[] {
  return [join(planted, `${plantedLearnedSet}.jsonl`), join(real, `${realLearnedSet}.jsonl`)];
}

export function writeQuestionLines(
  folder: string,
  set: string,
  questions: readonly Question[],
): Promise<void> {
  const lines = questions.map((question) => `${JSON.stringify(question)}\n`).join("");
  return writeFileAtomically(join(folder, `${set}.jsonl`), lines);
}

/** Questions as the stage wrote them; none where there is no such file. */
export async function readQuestionLines(path: string): Promise<Question[]> {
  if (!existsSync(path)) return [];
  const lines = (await readFile(path, "utf8")).split("\n").filter((line) => line !== "");
  return lines.map((line, index) => {
    try {
      return JSON.parse(line) as Question;
    } catch (cause) {
      throw new DataError(`${path}, line ${index + 1}: not JSON`, { path, row: index + 1 }, { cause });
    }
  });
}
