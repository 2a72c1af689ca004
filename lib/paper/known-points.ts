import type { PaperTable } from "./table.ts";
import { table2 } from "./table-2.ts";

/**
 * A point of one of the paper's figures that its text or tables state.
 *
 * The figures themselves are pictures; their curves are not read off or made up.
 */
export interface KnownPoint {
  readonly figure: "Figure 2" | "Figure 3";
  readonly model: "Mistral 7b" | "Mixtral 8x7b Instruct" | "Mixtral 8x7b";
  /** Tokens of continued pretraining that the model has seen. */
  readonly pretrainingTokens: number;
  /** Instruction tuning: F is plain, null is none by the paper. */
  readonly recipe: "F" | "P+F" | "baseline";
  readonly prompting: "zero-shot" | "medprompt";
  /** MedQA accuracy in percent; of a bound, what it exceeds. */
  readonly accuracyPercent: number;
  readonly isLowerBound: boolean;
  readonly place: string;
  /** What is concluded rather than read; null where nothing is. */
  readonly inference: string | null;
}

function medqaOf(model: string, recipe: string): number {
  return table2.rows.find((row) => row.model === model && row.recipe === recipe)!.medqa;
}

const end = "that the last point of the curve is the model of Table 2, after 260 billion tokens";

/** All points of Figures 2 and 3 that the text or tables state. */
export const knownPoints: PaperTable<KnownPoint> = {
  place: "Figures 2 and 3",
  title: "Points of the figures that the text states; of Figure 1 it states none",
  rows: [
    ...(["F", "P+F"] as const).map((recipe): KnownPoint => ({
      figure: "Figure 2",
      model: "Mistral 7b",
      pretrainingTokens: recipe === "F" ? 0 : 260e9,
      recipe,
      prompting: "zero-shot",
      accuracyPercent: medqaOf("Mistral 7b", recipe),
      isLowerBound: false,
      place: "Table 2",
      inference: recipe === "F" ? "that the curve begins with the model of Table 2" : end,
    })),
    {
      figure: "Figure 3",
      model: "Mixtral 8x7b Instruct",
      pretrainingTokens: 0,
      recipe: "baseline",
      prompting: "zero-shot",
      accuracyPercent: 52.55,
      isLowerBound: false,
      place: "Section 6, Table 2",
      inference: null,
    },
    {
      figure: "Figure 3",
      model: "Mixtral 8x7b Instruct",
      pretrainingTokens: 0,
      recipe: "baseline",
      prompting: "medprompt",
      accuracyPercent: 75,
      isLowerBound: true,
      place: "Section 6",
      inference: "that the value above 75 % is of the instruct model, as the sentence has it",
    },
    ...(["F", "P+F"] as const).map((recipe): KnownPoint => ({
      figure: "Figure 3",
      model: "Mixtral 8x7b",
      pretrainingTokens: recipe === "F" ? 0 : 260e9,
      recipe,
      prompting: "zero-shot",
      accuracyPercent: medqaOf("Mixtral 8x7b", recipe),
      isLowerBound: false,
      place: "Table 2",
      inference: "that the figure's first bars are the models of Table 2",
    })),
  ],
};
