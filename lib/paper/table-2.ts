import type { PaperTable } from "./table.ts";

/** F is instruct fine-tuning, N is NEFTune, P is continued pretraining before it. */
export type TrainingRecipe = "published" | "baseline" | "F" | "N" | "P+F" | "P+N";

/** Accuracies in percent, two decimals. */
export interface AccuracyRow {
  readonly model: string;
  readonly recipe: TrainingRecipe;
  /** Number of parameters as the paper writes it. */
  readonly parameters: "7B" | "46.7B" | "70B";
  readonly medqa: number;
  readonly usmle: number;
  readonly mmluMedical: number;
  readonly medmcqa: number;
}

type Accuracies = readonly [medqa: number, usmle: number, mmluMedical: number, medmcqa: number];

function row(
  model: string,
  recipe: TrainingRecipe,
  parameters: AccuracyRow["parameters"],
  [medqa, usmle, mmluMedical, medmcqa]: Accuracies,
): AccuracyRow {
  return { model, recipe, parameters, medqa, usmle, mmluMedical, medmcqa };
}

/** Table 2: accuracies of all models, as printed. */
export const table2: PaperTable<AccuracyRow> = {
  place: "Table 2",
  title: "Accuracy on clinical question answering (%)",
  rows: [
    row("BioMistral", "published", "7B", [45.09, 46.67, 63.63, 44.58]),
    row("Clinical Camel", "published", "70B", [53.42, 54.35, 69.75, 47.01]),
    row("MediTron", "published", "70B", [51.14, 57.31, 68.26, 42.36]),
    row("Med42", "published", "70B", [61.52, 72.01, 76.71, 60.93]),
    row("Mistral 7b Instruct", "baseline", "7B", [42.89, 48.18, 62.75, 43.32]),
    row("Mistral 7b", "F", "7B", [54.28, 62.63, 68.3, 58.11]),
    row("Mistral 7b", "N", "7B", [60.72, 61.97, 70.35, 58.57]),
    row("Mistral 7b", "P+F", "7B", [58.36, 63.84, 72.28, 60.84]),
    row("Mistral 7b", "P+N", "7B", [62.69, 63.98, 73.45, 59.79]),
    row("Mixtral 8x7b Instruct", "baseline", "46.7B", [52.55, 65.99, 75.78, 53.74]),
    row("Mixtral 8x7b", "F", "46.7B", [62.6, 72.68, 79.1, 62.85]),
    row("Mixtral 8x7b", "N", "46.7B", [66.93, 70.05, 79.57, 64.64]),
    row("Mixtral 8x7b", "P+F", "46.7B", [67.09, 73.57, 79.92, 65.29]),
    row("Mixtral 8x7b", "P+N", "46.7B", [68.34, 72.82, 79.84, 65.34]),
  ],
};
