import { unknownName } from "../core/nearest-name.ts";
import type { PaperTable } from "./table.ts";

/** A model that the paper trains. */
export type PaperModel = "Mistral 7B" | "Mixtral 8x7B";
/** A way of training in the paper. */
export type Recipe = "pretraining" | "fine-tuning" | "neftune";

/** One column of Table 1: a model under one of the three recipes. */
export interface Hyperparameters {
  readonly model: PaperModel;
  readonly recipe: Recipe;
  readonly scheduler: "linear warmup + cosine";
  readonly maximumLearningRate: number;
  /** Of AdamW: decay of the gradient's mean and of its square's. */
  readonly betas: readonly [number, number];
  /** Scale of NEFTune's noise; null where there is none. */
  readonly neftuneAlpha: number | null;
  readonly weightDecay: number;
  /** Optimizer steps of the whole run. */
  readonly steps: number;
}

const common = { scheduler: "linear warmup + cosine", betas: [0.9, 0.95], weightDecay: 0.1 } as const;
const plain = { ...common, neftuneAlpha: null };
const noisy = { ...common, neftuneAlpha: 5 };

/** Table 1: hyperparameters of both models under each recipe. */
export const table1: PaperTable<Hyperparameters> = {
  place: "Table 1",
  title: "Hyperparameters of pretraining, fine-tuning and NEFTune",
  rows: [
    { ...plain, model: "Mistral 7B", recipe: "pretraining", maximumLearningRate: 7e-6, steps: 79_259 },
    { ...plain, model: "Mistral 7B", recipe: "fine-tuning", maximumLearningRate: 5e-6, steps: 6_089 },
    { ...noisy, model: "Mistral 7B", recipe: "neftune", maximumLearningRate: 5e-6, steps: 6_089 },
    { ...plain, model: "Mixtral 8x7B", recipe: "pretraining", maximumLearningRate: 7e-6, steps: 37_344 },
    { ...plain, model: "Mixtral 8x7B", recipe: "fine-tuning", maximumLearningRate: 1e-6, steps: 2_589 },
    { ...noisy, model: "Mixtral 8x7B", recipe: "neftune", maximumLearningRate: 1e-6, steps: 2_589 },
  ],
};

/**
 * The paper's hyperparameters of a model under a recipe.
 *
 * @throws {ArgumentError} a model or a recipe that is not in the paper, with all that are
 *
 * @example
 * hyperparametersOf("Mistral 7B", "neftune").maximumLearningRate //=> 5e-6
 */
export function hyperparametersOf(model: PaperModel, recipe: Recipe): Hyperparameters {
  const ofModel = table1.rows.filter((row) => row.model === model);
  if (ofModel.length === 0)
    throw unknownName("model", model, [...new Set(table1.rows.map((row) => row.model))]);
  const found = ofModel.find((row) => row.recipe === recipe);
  if (found === undefined)
    throw unknownName(
      "recipe",
      recipe,
      ofModel.map((row) => row.recipe),
    );
  return found;
}
