import { possibleCount } from "./possible-count.ts";
import { evaluationSizes, isMeasuredHere } from "./evaluation-size.ts";
import { pretrainingMixture } from "./pretraining-mixture.ts";
import { significanceMatrix } from "./significance-matrix.ts";
import { stepFactorisations } from "./step-factorisations.ts";
import { hyperparametersOf } from "./table-1.ts";
import { table2, type AccuracyRow, type TrainingRecipe } from "./table-2.ts";
import { table3 } from "./table-3.ts";

/** One line of what a check found. */
export type CheckRow = Readonly<Record<string, string | number | boolean | null>>;

/** A place where the paper disagrees with itself or its sources, or leaves open what changes a result. */
export interface Erratum {
  readonly name: string;
  readonly place: string;
  readonly paperSays: string;
  readonly finding: string;
  /** What this project does. */
  readonly choice: string;
  /** Computes the finding's numbers from the paper's own; null where the paper is silent rather than wrong. */
  readonly check: (() => readonly CheckRow[]) | null;
}

const pretrainingTokens =
  pretrainingMixture.epochs * pretrainingMixture.rows.reduce((sum, { tokenCount }) => sum + tokenCount, 0);
const instructionTokens = 3 * 500e6;

/** Where the paper disagrees with itself or with what it cites, each with the check that finds it and what is done here. */
export const errata: readonly Erratum[] = [
  {
    name: "minhash-buckets",
    place: "Section 4.1",
    paperSays: "9,000 hashes in 15 buckets of 400, similarity threshold 0.85",
    finding:
      "15 × 400 is 6,000; as 15 bands of 400 rows a pair at 0.85 is practically never found. Lee et al. have 450 bands of 20 rows, whose curve turns at 0.74.",
    choice: 'preset "lee", 450 × 20, every candidate verified at 0.85; that this was meant is an inference',
    check: () =>
      [
        { bands: 15, rows: 400 },
        { bands: 450, rows: 20 },
      ].map(({ bands, rows }) => ({
        bands,
        rows,
        hashes: bands * rows,
        foundAtThreshold: -Math.expm1(bands * Math.log1p(-(0.85 ** rows))),
        turningPoint: (1 / bands) ** (1 / rows),
      })),
  },
  {
    name: "exact-thresholds",
    place: "Section 4.1",
    paperSays: "exact deduplication twice, at 400 and 100 bytes, as the original literature advises",
    finding:
      "The original's threshold is 50 tokens, that is 100 bytes of tokenized text, and it removes every occurrence. Whether one is kept, and which bytes are meant, is not said.",
    choice: 'bytes of text, 400 and then 100 on what is left; keep: "first" or "none"',
    check: null,
  },
  {
    name: "same-article",
    place: "Section 4.1",
    paperSays: "MinHash finds the same article under different DOIs",
    finding:
      "Scattered edits bring five-word shingles below 0.85 soon: one word in a hundred changed leaves 0.91, one in fifty 0.82.",
    choice: "PMID, DOI, title and authors are compared first",
    check: () =>
      [0.01, 0.02].map((editedShare) => {
        const unchanged = (1 - editedShare) ** 5;
        return { editedShare, similarity: unchanged / (2 - unchanged) };
      }),
  },
  {
    name: "neftune-scale",
    place: "Section 3.3",
    paperSays: "noise scaled by sqrt(alpha / (L d))",
    finding: "Jain et al. have alpha / sqrt(L d): larger by sqrt(alpha), 2.24 at alpha 5.",
    choice: 'neftune.formula: "jain" or "paper", recorded with the run',
    check: () => {
      const [alpha, length, width] = [5, 8192, 4096];
      const [jain, paper] = [alpha / Math.sqrt(length * width), Math.sqrt(alpha / (length * width))];
      return [{ alpha, length, width, jain, paper, ratio: jain / paper }];
    },
  },
  {
    name: "neftune-length",
    place: "Section 3.3",
    paperSays: "L is the sequence length",
    finding: "Samples are packed: the length of a row and of a document differ.",
    choice: 'neftune.lengthOf: "row" or "document", recorded',
    check: null,
  },
  {
    name: "alpha-selection",
    place: "Section 3.3",
    paperSays: "various values of alpha were explored, 5 was best",
    finding: "On which data is not said.",
    choice: "sweeps choose on a development split alone",
    check: null,
  },
  {
    name: "learning-rate-floor",
    place: "Section 3.1",
    paperSays: "a linear warm-up and a cosine",
    finding: "Where the cosine ends is not said.",
    choice: "minLearningRate is explicit",
    check: null,
  },
  {
    name: "bfloat16-weights",
    place: "Section 3.5",
    paperSays: "bfloat16 throughout the training pipeline",
    finding:
      "A bfloat16 weight near 0.02 moves in steps of 1.2e-4; an update of 7e-6 is below half of one and is lost.",
    choice: "float32 master weights, bfloat16 compute",
    check: () => {
      const step = 2 ** (Math.floor(Math.log2(0.02)) - 7);
      return [{ weight: 0.02, halfStep: step / 2, update: 7e-6, isLost: 7e-6 < step / 2 }];
    },
  },
  ...(["Mistral 7B", "Mixtral 8x7B"] as const).map((model): Erratum => {
    const { steps } = hyperparametersOf(model, "pretraining");
    return {
      name: `pretraining-steps-${model === "Mistral 7B" ? "mistral" : "mixtral"}`,
      place: "Table 1",
      paperSays: `${model}: ${steps.toLocaleString("en")} steps for 260 billion tokens`,
      finding:
        "Batch and context length are not stated; several batches on 8 to 80 GPUs are consistent with the steps.",
      choice: 'listed as "consistent with", never as the paper\'s setting',
      check: () =>
        stepFactorisations(pretrainingTokens, steps).map((found) => ({
          meanTokensPerStep: pretrainingTokens / steps,
          ...found,
        })),
    };
  }),
  {
    name: "fine-tuning-steps",
    place: "Table 1",
    paperSays: "fine-tuning in 6,089 and 2,589 steps, 3 epochs of 500 million tokens",
    finding: "246,346 and 579,374 tokens a step; batch and context length are not stated.",
    choice: 'listed as "consistent with"',
    check: () =>
      (["Mistral 7B", "Mixtral 8x7B"] as const).map((model) => {
        const { steps } = hyperparametersOf(model, "fine-tuning");
        return { model, steps, meanTokensPerStep: instructionTokens / steps };
      }),
  },
  {
    name: "medical-share",
    place: "Table 3, caption",
    paperSays: "medical data is approximately 60 % of the data set",
    finding: "Its rows are 424,853 of 768,382 samples, 55.29 %.",
    choice: "the rows are used",
    check: () => {
      const samples = samplesOf(() => true);
      const medical = samplesOf(({ domain }) => domain === "medical");
      return [{ medical, samples, percent: (100 * medical) / samples }];
    },
  },
  {
    name: "medical-forums",
    place: "Section 4.2",
    paperSays: "sourced primarily from medical forums like Stack Exchange",
    finding: "StackExchange is 15.1 % of the medical samples, MedMCQA 42.5 %.",
    choice: "shown",
    check: () => {
      const medical = samplesOf(({ domain }) => domain === "medical");
      return ["StackExchange", "MedMCQA"].map((dataset) => {
        const samples = samplesOf((row) => row.dataset === dataset);
        return { dataset, samples, percentOfMedical: (100 * samples) / medical };
      });
    },
  },
  {
    name: "medqa-samples",
    place: "Table 3",
    paperSays: "11,290 MedQA samples",
    finding:
      "More than the published training split of 10,178; it fits training and development together, 11,450.",
    choice: "examples taken from the development set are warned of as possible training data",
    check: () => {
      const samples = samplesOf(({ dataset }) => dataset === "MedQA (USMLE)");
      return [
        { split: "training", questions: 10_178, samples, isEnough: samples <= 10_178 },
        { split: "training and development", questions: 11_450, samples, isEnough: samples <= 11_450 },
      ];
    },
  },
  {
    name: "in-domain-gains",
    place: "Tables 2 and 3",
    paperSays: "models trained on MedMCQA and MMLU samples are tested on both",
    finding: "Gains there are in-domain gains.",
    choice: "marked",
    check: () =>
      ["MedMCQA", "MMLU"].map((dataset) => ({
        dataset,
        trainingSamples: samplesOf((row) => row.dataset === dataset),
      })),
  },
  {
    name: "improves-on-all-tasks",
    place: "Table 2, caption",
    paperSays: "models improve on all tasks as more techniques are added",
    finding: "Not on all: in five places a technique more scores lower.",
    choice: "each pair is shown",
    check: () =>
      pairsOfTable2([
        ["F", "N"],
        ["F", "P+F"],
        ["N", "P+N"],
        ["P+F", "P+N"],
      ]).filter(({ difference }) => difference < 0),
  },
  {
    name: "outperforms-others",
    place: "Section 6",
    paperSays: "the pretrained models consistently outperform state-of-the-art models",
    finding: "Med42 (70B) is above Mistral P+F on all four tasks.",
    choice: "shown",
    check: () => {
      const med42 = accuracyRow("Med42", "published");
      const ours = accuracyRow("Mistral 7b", "P+F");
      return evaluationSizes.map(({ task, label }) => ({
        task: label,
        med42: med42[task],
        mistral: ours[task],
        isMed42Above: med42[task] > ours[task],
      }));
    },
  },
  {
    name: "marginal-for-mixtral",
    place: "Section 6",
    paperSays: "gains of pretraining are more marginal for Mixtral",
    finding: "On MedQA, from F to P+F, Mixtral gains 4.49 points and Mistral 4.08.",
    choice: "shown",
    check: () => pairsOfTable2([["F", "P+F"]]).filter(({ task }) => task === "MedQA"),
  },
  {
    name: "base-model-decline",
    place: "Abstract, section 6",
    paperSays: "pretraining yields marginal improvements on its own",
    finding: "Section 6 has the checkpoints consistently behind the original base model.",
    choice: "Figure 2 is redrawn from own runs",
    check: null,
  },
  {
    name: "significance",
    place: "Table 2",
    paperSays: "differences without intervals",
    finding:
      "Answers to single questions are not published, so no paired test is possible. Of sixteen unpaired differences one stays below 0.05 after Holm's correction: Mistral MedQA, F to N.",
    choice: "a corrected matrix; own runs are tested paired, over several seeds",
    check: () => significanceMatrix().map((row) => ({ ...row })),
  },
  {
    name: "accuracies",
    place: "Table 2",
    paperSays: "accuracies with two decimals",
    finding:
      "58.36 and 62.60 on MedQA and 58.11 on MedMCQA are truncated, not rounded. Every USMLE and MMLU value is impossible on the published sets: their sizes are unknown.",
    choice: "a GRIM check; no interval where the size is unknown",
    check: () =>
      evaluationSizes.flatMap(({ task, label, publishedCount }) =>
        table2.rows.filter(isMeasuredHere).map((row) => {
          const found = possibleCount(row[task], publishedCount);
          return {
            task: label,
            model: row.model,
            recipe: row.recipe,
            percent: row[task],
            questions: publishedCount,
            correct: found?.correct ?? null,
            printed: found?.printed ?? "impossible",
          };
        }),
      ),
  },
  {
    name: "length-normalisation",
    place: "Section 5",
    paperSays: "the likelihood of the complete answer text",
    finding: "How it is normalised by length is not said, and it changes the answer.",
    choice: "every normalisation is computed and named",
    check: null,
  },
  {
    name: "ensemble-likelihood",
    place: "Section 5",
    paperSays: "chains are generated, then the likelihood of the final answer is taken",
    finding: "How the five likelihoods of an ensemble are joined is not said.",
    choice: "vote and mean likelihood, named",
    check: null,
  },
  {
    name: "prompt-formats",
    place: "Section 6, Figure 2",
    paperSays: "base models are evaluated without a prompt, instructed ones with one",
    finding: "The two lines of the figure are not comparable.",
    choice: "marked",
    check: null,
  },
  {
    name: "medqa-options",
    place: "Figures 4 and 5",
    paperSays: "five options",
    finding: "MedQA is published with four and with five; which one Table 2 uses is not said.",
    choice: "both are supported, and named",
    check: null,
  },
  {
    name: "harness",
    place: "Section 5",
    paperSays: "a modified evaluation harness",
    finding:
      "The modification is not published; the stock harness scores letters for MedQA, MedMCQA and MMLU.",
    choice: "own scoring of full text, compared with the harness on tasks that score full text",
    check: null,
  },
];

function samplesOf(accepts: (row: (typeof table3.rows)[number]) => boolean): number {
  return table3.rows.filter(accepts).reduce((sum, { samples }) => sum + samples, 0);
}

function accuracyRow(model: string, recipe: TrainingRecipe): AccuracyRow {
  return table2.rows.find((row) => row.model === model && row.recipe === recipe)!;
}

function pairsOfTable2(pairs: readonly (readonly [TrainingRecipe, TrainingRecipe])[]) {
  return (["Mistral 7b", "Mixtral 8x7b"] as const).flatMap((model) =>
    pairs.flatMap(([from, to]) =>
      evaluationSizes.map(({ task, label }) => {
        const [before, after] = [accuracyRow(model, from)[task], accuracyRow(model, to)[task]];
        const difference = Math.round(100 * (after - before)) / 100;
        return { model, from, to, task: label, before, after, difference };
      }),
    ),
  );
}
