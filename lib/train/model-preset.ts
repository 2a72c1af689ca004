import { modelShapes, type ModelShape } from "../paper/model-shape.ts";
import type { PaperModel } from "../paper/table-1.ts";
import type { Choice, ModelConfig } from "./train-config.ts";

/** A model that configurations start from: the paper's two, and miniatures of them for a laptop's processor. */
export type ModelPresetName = "mistral-7b" | "mixtral-8x7b" | "tiny-mistral" | "tiny-mixtral";

export interface ModelPreset {
  readonly model: ModelConfig;
  /** Whose column of Table 1 applies. */
  readonly paperModel: PaperModel;
  /** Values that replace the recipe's, since the paper's fit no model of this size. */
  readonly replaces: readonly Choice[];
}

const tinyMistral: ModelShape = {
  hiddenSize: 128,
  intermediateSize: 352,
  layers: 4,
  attentionHeads: 4,
  keyValueHeads: 2,
  vocabularySize: 2048,
  ropeTheta: 10_000,
  maximumPositions: 1024,
  slidingWindow: null,
  rmsNormEpsilon: 1e-5,
  tieWordEmbeddings: false,
};

const tinyMixtral: ModelShape = { ...tinyMistral, experts: 4, expertsPerToken: 2 };

const miniature: Readonly<Record<string, unknown>> = {
  "data.contextLength": 128,
  "optimization.steps": 160,
  "optimization.rowsPerStep": 16,
  "optimization.rowsPerMicroBatch": 8,
  "optimization.learningRate": 3e-3,
  "compute.precision": "float32",
  "compute.activationCheckpointing": false,
  "compute.compile": false,
  "compute.lossChunkTokens": null,
  heldOutEverySteps: 20,
  "checkpoint.everySteps": 80,
  "checkpoint.keepEverySteps": null,
};

const replaces = Object.entries(miniature).map(([name, value]): Choice => ({
  name,
  value,
  source: "set by the miniature model",
}));

const random: ModelConfig["initializeFrom"] = { kind: "random" };

export const modelPresets: Readonly<Record<ModelPresetName, ModelPreset>> = {
  "mistral-7b": {
    model: {
      architecture: "mistral",
      initializeFrom: { kind: "safetensors", path: "models/mistral-7b" },
      shape: modelShapes["Mistral 7B"],
      tokenizer: "models/mistral-7b",
    },
    paperModel: "Mistral 7B",
    replaces: [],
  },
  "mixtral-8x7b": {
    model: {
      architecture: "mixtral",
      initializeFrom: { kind: "safetensors", path: "models/mixtral-8x7b" },
      shape: modelShapes["Mixtral 8x7B"],
      tokenizer: "models/mixtral-8x7b",
    },
    paperModel: "Mixtral 8x7B",
    replaces: [],
  },
  "tiny-mistral": {
    model: { architecture: "mistral", initializeFrom: random, shape: tinyMistral, tokenizer: null },
    paperModel: "Mistral 7B",
    replaces,
  },
  "tiny-mixtral": {
    model: { architecture: "mixtral", initializeFrom: random, shape: tinyMixtral, tokenizer: null },
    paperModel: "Mixtral 8x7B",
    replaces,
  },
};
