import type { PaperTable } from "./table.ts";

/** Something that a rerun must choose because the paper does not say it. */
export interface UnstatedSetting {
  readonly setting: string;
  /** What this project does about it; option names are those of its configuration and functions. */
  readonly choice: string;
}

/** All that the paper leaves unstated, with what this project does about each. */
export const unstated: PaperTable<UnstatedSetting> = {
  place: "the whole paper",
  title: "What the paper leaves unstated",
  rows: [
    { setting: "context length", choice: "data.contextLength, required" },
    { setting: "batch size", choice: "optimization.rowsPerStep; stepFactorisations lists what fits Table 1" },
    { setting: "gradient clipping", choice: "optimization.gradientClipping, recorded" },
    { setting: "floor of the learning rate", choice: "optimization.minLearningRate, recorded" },
    { setting: "whether attention crosses documents within a chunk", choice: "data.documentAttention" },
    { setting: "unit of the 5-grams", choice: "words" },
    { setting: "tokens of the role keywords", choice: "written as text; the vocabulary is left as it is" },
    { setting: "seeds", choice: "seed, recorded; results are compared over several" },
    { setting: "sizes of the evaluation sets", choice: "no interval where none is known (GRIM check)" },
    { setting: "length normalisation of likelihoods", choice: "every one is computed and named" },
    { setting: "how an ensemble's five likelihoods are joined", choice: "vote and mean likelihood, named" },
    { setting: "options of a MedQA question", choice: "four and five are both data sets, named" },
  ],
};
