import type { AccuracyRow } from "./table-2.ts";

/** A column of Table 2. */
export type Task = "medqa" | "usmle" | "mmluMedical" | "medmcqa";

/** How many questions an evaluation set has, as published and as the printed accuracies allow. */
export interface EvaluationSize {
  readonly task: Task;
  readonly label: string;
  /** Questions in the published set that bears the name. */
  readonly publishedCount: number;
  /** The paper states no size; a size is known where the printed accuracies are possible on it, else null. */
  readonly count: number | null;
}

/**
 * The sizes of Table 2's evaluation sets: published test and development splits, and which of them the printed
 * accuracies fit (see the erratum "accuracies").
 */
export const evaluationSizes: readonly EvaluationSize[] = [
  { task: "medqa", label: "MedQA", publishedCount: 1273, count: 1273 },
  { task: "usmle", label: "USMLE", publishedCount: 325, count: null },
  { task: "mmluMedical", label: "MMLU medical", publishedCount: 1089, count: null },
  { task: "medmcqa", label: "MedMCQA", publishedCount: 4183, count: 4183 },
];

/** The rows of Table 2 that the paper measured itself: its ten models, not those quoted from others. */
export function isMeasuredHere(row: AccuracyRow): boolean {
  return row.recipe !== "published";
}
