import { hyperparametersOf, type PaperModel, type Recipe } from "../paper/table-1.ts";
import type { Choice } from "./train-config.ts";

const open = (why: string): string => `not stated in the paper: ${why}`;

/**
 * The value of every key of a configuration under a recipe, each with its place in the paper or the reason why
 * it was chosen. Keys that name files are not among them, but for `data`.
 */
export function recipeDefaults(recipe: Recipe, model: PaperModel): Choice[] {
  const paper = hyperparametersOf(model, recipe);
  const column = `paper, Table 1: ${model}, ${recipe}`;
  const pretrains = recipe === "pretraining";
  const batch = batches[model][pretrains ? "pretraining" : "fine-tuning"];
  return [
    { name: "seed", value: 0, source: open("any") },
    ...(pretrains ? pretrainingData : instructData),
    {
      name: "data.contextLength",
      value: 8192,
      source: open("the context that the base models' authors name for both"),
    },
    { name: "optimization.steps", value: paper.steps, source: column },
    { name: "optimization.rowsPerStep", value: batch.rows, source: open(batch.why) },
    { name: "optimization.rowsPerMicroBatch", value: 1, source: open("the least memory") },
    { name: "optimization.learningRate", value: paper.maximumLearningRate, source: column },
    {
      name: "optimization.minLearningRate",
      value: paper.maximumLearningRate / 10,
      source: open("a tenth of the maximum, as Gupta et al. (2023), whom section 3.1 follows"),
    },
    {
      name: "optimization.warmupShare",
      value: 0.01,
      source: pretrains ? "paper, section 3.1: 1 % of the steps" : open("the share of section 3.1"),
    },
    {
      name: "optimization.warmupStart",
      value: 0.1,
      source: pretrains ? "paper, section 3.1: a tenth of the maximum" : open("the start of section 3.1"),
    },
    { name: "optimization.betas", value: paper.betas, source: column },
    { name: "optimization.epsilon", value: 1e-8, source: open("AdamW's usual value") },
    { name: "optimization.weightDecay", value: paper.weightDecay, source: column },
    {
      name: "optimization.decayedParameters",
      value: "matrices",
      source: open("norms are usually left alone"),
    },
    { name: "optimization.gradientClipping", value: 1, source: open("the usual norm") },
    {
      name: "optimization.routerLossCoefficient",
      value: model === "Mixtral 8x7B" ? 0.02 : null,
      source: model === "Mixtral 8x7B" ? open("Mixtral's own configuration") : "Mistral has no router",
    },
    ...(paper.neftuneAlpha === null
      ? [{ name: "neftune", value: null, source: column }]
      : neftuneDefaults(paper.neftuneAlpha, column)),
    {
      name: "compute.precision",
      value: "bfloat16",
      source: "paper, section 3.5; master weights and reduction stay float32, or small updates are lost",
    },
    { name: "compute.attention", value: "sdpa", source: open("PyTorch's own") },
    { name: "compute.activationCheckpointing", value: true, source: open("rows of 8,192 tokens need it") },
    { name: "compute.compile", value: true, source: open("speed") },
    { name: "compute.lossChunkTokens", value: 2048, source: open("bounds the memory of the logits") },
    { name: "compute.device", value: "auto", source: open("the accelerator where there is one") },
    { name: "compute.peakTeraflops", value: null, source: open("depends on the machine") },
    { name: "compute.deterministic", value: false, source: open("speed") },
    { name: "heldOutEverySteps", value: pretrains ? 500 : 100, source: open("often enough for a curve") },
    {
      name: "checkpoint.everySteps",
      value: pretrains ? 500 : 250,
      source: open("bounds what a failure costs"),
    },
    { name: "checkpoint.keepLast", value: 2, source: open("the one before stays if the last is damaged") },
    {
      name: "checkpoint.keepEverySteps",
      value: pretrains ? Math.round(paper.steps / 16 / 500) * 500 : null,
      source: open("about sixteen checkpoints for Figure 2"),
    },
  ];
}

/** NEFTune's values, for the recipe and for a caller who adds it to another. */
export function neftuneDefaults(alpha: number, source: string): Choice[] {
  return [
    { name: "neftune.alpha", value: alpha, source },
    {
      name: "neftune.formula",
      value: "jain",
      source: "Jain et al. (2023) and what libraries run; section 3.3 prints sqrt(alpha / (L d))",
    },
    {
      name: "neftune.lengthOf",
      value: "row",
      source: open("section 3.3 says sequence length; samples are concatenated into rows"),
    },
  ];
}

const pretrainingData: Choice[] = [
  {
    name: "data.train",
    value: [
      { domain: "clinical", path: "tokens/clinical", weight: 50 },
      { domain: "general", path: "tokens/general", weight: 15 },
    ],
    source: "paper, section 3.1: 50 billion clinical and 15 billion general tokens",
  },
  { name: "data.heldOut", value: [], source: open("none is mentioned") },
  {
    name: "data.documentAttention",
    value: "across",
    source: open('what section 4.1, "concatenated, and split into chunks", describes'),
  },
  { name: "data.longDocuments", value: "split", source: "paper, section 4.1: split into chunks" },
  { name: "data.sampleUnit", value: "chunk", source: "paper, section 4.1: split into chunks" },
];

const instructData: Choice[] = [
  {
    name: "data.train",
    value: [{ domain: "instruct", path: "tokens/instruct", weight: 1 }],
    source: "paper, section 3.2: samples across the entire dataset",
  },
  { name: "data.heldOut", value: [], source: open("none is mentioned") },
  { name: "data.documentAttention", value: "isolated", source: open("a sample should not see another") },
  { name: "data.longDocuments", value: "error", source: open("no answer is cut without your knowledge") },
  { name: "data.sampleUnit", value: "document", source: "paper, section 3.2: samples are concatenated" },
];

/** Rows of 8,192 tokens in a step: the nearest number over the paper's GPUs to the tokens that Table 1 implies. */
const batches = {
  "Mistral 7B": {
    pretraining: {
      rows: 400,
      why: "260 billion tokens in 79,259 steps are 3,280,385 a step; 80 GPUs x 5 rows fit within 0.11 %",
    },
    "fine-tuning": {
      rows: 32,
      why: "1.5 billion tokens in 6,089 steps are 246,346 a step; 32 GPUs x 1 row are 6.4 % more",
    },
  },
  "Mixtral 8x7B": {
    pretraining: {
      rows: 880,
      why: "260 billion tokens in 37,344 steps are 6,962,296 a step; 80 GPUs x 11 rows are 3.5 % more",
    },
    "fine-tuning": {
      rows: 64,
      why: "1.5 billion tokens in 2,589 steps are 579,374 a step; 32 GPUs x 2 rows are 9.5 % less",
    },
  },
} as const;
