import { join } from "node:path";
import { trainConfig, type TrainConfig } from "../../train/train-config.ts";
import type { StudyDefinition, StudyModel } from "../study-plan/study-definition.ts";
import { plantedFacts } from "./planted-facts.ts";
import { plantedSet, questionSets } from "./question-stage.ts";
import type { StudySize } from "./study-size.ts";

/** Pretrained on the corpus in which the facts are stated, or on the same corpus without those sentences. */
export const arms = ["with-facts", "without-facts"] as const;
export type Arm = (typeof arms)[number];

/** Stages that each seed has of its own; see also `modelName`. */
export const stageNames = {
  facts: (seed: number): string => `facts-${seed}`,
  tokenizer: (seed: number): string => `tokenizer-${seed}`,
  instruct: (seed: number): string => `instruct-${seed}`,
  corpus: (arm: Arm, seed: number): string => `corpus-${arm}-${seed}`,
  answers: (seed: number): string => `answers-${seed}`,
};

/** Facts are drawn by numbers from 0, trainings by numbers from 1. */
export function factsSeedOf(seed: number): number {
  return seed - 1;
}

/** Where the miniature's stages put what later ones read; relative to the study's folder. */
export const places = {
  tokenizer: (seed: number): string => join(stageNames.tokenizer(seed), "tokenizer"),
  shards: (arm: Arm, seed: number, part: "train" | "held-out", domain: "clinical" | "general"): string =>
    join(stageNames.corpus(arm, seed), tokensFolder, part, domain),
  instruct: (seed: number): string => join(stageNames.instruct(seed), "tokens"),
  planted: (seed: number, set: string): string => join(stageNames.facts(seed), `${set}.jsonl`),
  /** Exports are called by their folders' names. */
  exported: (model: string, step: number): string =>
    join(`${model}.pretraining`, "models", `${model}.${step}`),
  tuned: (model: string, step: number, recipe: string): string =>
    join(`${model}.tuning`, "models", `${model}.${step}.${recipe}`),
};

/** The steps of each arm's corpus pipeline, after "read". */
export const corpusSteps = [
  { step: "filter", minimumLength: 30 },
  { step: "near-duplicates", preset: "lee", threshold: 0.85 },
  { step: "exact-spans", minimumBytes: 400 },
  { step: "exact-spans", minimumBytes: 100 },
  { step: "decontaminate", questions: questionSets },
  { step: "tokenize", heldOutShare: 0.1 },
] as const;

/** Of the corpus pipeline, in the folder of a corpus stage. */
export const tokensFolder = `${String(corpusSteps.length + 1).padStart(2, "0")}-tokenize`;

export function modelName(arm: Arm, seed: number): string {
  return `${arm}-${seed}`;
}

/**
 * One seed of the miniature as the definition that `planStudy` and `submitStudy` take: a model for each arm, each kept
 * checkpoint tuned by both recipes.
 *
 * Each configuration is a stage's whole request, apart from how it is run: the local stages hand it to the trainer as
 * it stands, and on a cluster it is the `config` of a job. Paths are relative to the study's folder (see `places`), and
 * what a tuning starts from is replaced by each checkpoint's export.
 */
export function miniatureStudy(size: StudySize, seed: number): StudyDefinition {
  const { test } = plantedFacts({ count: size.facts.count }).questions;
  return {
    models: arms.map((arm) => makeModel(size, arm, seed)),
    questions: [{ name: "planted", path: places.planted(seed, plantedSet), count: test.length }],
    resources: {
      pretraining: { nodes: 1, gpusPerNode: 0, processorsPerNode: 1 },
      tuning: { nodes: 1, gpusPerNode: 0, processorsPerNode: 1 },
      export: { nodes: 1, gpusPerNode: 0, processorsPerNode: 1 },
      evaluation: { nodes: 1, gpusPerNode: 0, processorsPerNode: 1 },
    },
    choices: [],
  };
}

function makeModel(size: StudySize, arm: Arm, seed: number): StudyModel {
  const { steps, checkpoints } = size.pretraining;
  const kept = Array.from({ length: checkpoints }, (_, index) => ((index + 1) * steps) / checkpoints);
  const name = modelName(arm, seed);
  return {
    name,
    title: `${arm.replace("-", " ")}, seed ${seed}`,
    pretraining: pretraining(size, arm, seed),
    tunings: {
      "fine-tuning": tuning(size, seed, "fine-tuning", name),
      neftune: tuning(size, seed, "neftune", name),
    },
    checkpoints: kept,
    tuned: kept,
  };
}

function modelOf(size: StudySize, seed: number) {
  return {
    preset: "tiny-mistral",
    // Positions beyond the context of training: several examples before a question are longer.
    shape: { ...size.shape, vocabularySize: size.vocabularySize, maximumPositions: 4096 },
    tokenizer: places.tokenizer(seed),
  } as const;
}

function pretraining(size: StudySize, arm: Arm, seed: number): TrainConfig {
  const { steps, checkpoints, contextLength, rowsPerStep, learningRate } = size.pretraining;
  const domains = ["clinical", "general"] as const;
  return trainConfig("pretraining", {
    seed,
    model: modelOf(size, seed),
    data: {
      // Section 3.1: 50 billion clinical and 15 billion general tokens.
      train: domains.map((domain) => ({
        domain,
        path: places.shards(arm, seed, "train", domain),
        weight: domain === "clinical" ? 50 : 15,
      })),
      heldOut: domains.map((domain) => ({
        domain,
        path: places.shards(arm, seed, "held-out", domain),
        rows: 16,
      })),
      contextLength,
    },
    optimization: { steps, rowsPerStep, rowsPerMicroBatch: rowsPerStep, learningRate },
    heldOutEverySteps: 20,
    checkpoint: { everySteps: steps / checkpoints, keepLast: 1, keepEverySteps: steps / checkpoints },
  });
}

function tuning(size: StudySize, seed: number, recipe: "fine-tuning" | "neftune", name: string): TrainConfig {
  const { steps, contextLength, rowsPerStep, learningRate } = size.tuning;
  return trainConfig(recipe, {
    seed,
    model: {
      ...modelOf(size, seed),
      initializeFrom: { kind: "safetensors", path: places.exported(name, size.pretraining.steps) },
    },
    data: { train: [{ domain: "instruct", path: places.instruct(seed), weight: 1 }], contextLength },
    optimization: { steps, rowsPerStep, rowsPerMicroBatch: rowsPerStep, learningRate },
    heldOutEverySteps: null,
    checkpoint: { everySteps: steps, keepLast: 1 },
  });
}
