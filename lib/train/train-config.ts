import { ArgumentError } from "../core/errors.ts";
import { unknownName } from "../core/nearest-name.ts";
import type { ModelShape } from "../paper/model-shape.ts";
import type { Recipe } from "../paper/table-1.ts";
import { checkTrainConfig } from "./check-train-config.ts";
import { modelPresets, type ModelPresetName } from "./model-preset.ts";
import { neftuneDefaults, recipeDefaults } from "./recipe-defaults.ts";

/**
 * The whole request of one training run, saved as `train.config.json` in its run folder.
 *
 * What each key means, with its range, is in `trainer/schemas/train-config.schema.json`, which both sides check.
 */
export interface TrainConfig {
  readonly version: 1;
  readonly recipe: Recipe;
  readonly seed: number;
  readonly model: ModelConfig;
  readonly data: DataConfig;
  readonly optimization: OptimizationConfig;
  readonly neftune: NeftuneConfig | null;
  readonly compute: ComputeConfig;
  readonly heldOutEverySteps: number | null;
  readonly checkpoint: CheckpointConfig;
  /** What the model is to be used for; what is not open to it is not trained on, nor exported. */
  readonly purpose?: "research" | "share" | "commercial";
  readonly choices: readonly Choice[];
}

export interface ModelConfig {
  readonly architecture: "mistral" | "mixtral";
  readonly initializeFrom:
    | {
        readonly kind: "safetensors";
        readonly path: string;
        /** SPDX expression, where the weights' folder does not tell it. */
        readonly licence?: string;
      }
    | { readonly kind: "random" };
  /** Null: read from the `config.json` beside the safetensors. */
  readonly shape: ModelShape | null;
  readonly tokenizer: string | null;
}

export interface DataConfig {
  readonly train: readonly { readonly domain: string; readonly path: string; readonly weight: number }[];
  readonly heldOut: readonly { readonly domain: string; readonly path: string; readonly rows: number }[];
  /** In tokens. */
  readonly contextLength: number;
  readonly documentAttention: "across" | "isolated";
  readonly longDocuments: "split" | "error" | "truncate";
  readonly sampleUnit: "chunk" | "document";
}

export interface OptimizationConfig {
  readonly steps: number;
  /** Of all processes together. */
  readonly rowsPerStep: number;
  /** Of one process. */
  readonly rowsPerMicroBatch: number;
  readonly learningRate: number;
  readonly minLearningRate: number;
  readonly warmupShare: number;
  readonly warmupStart: number;
  readonly betas: readonly [number, number];
  readonly epsilon: number;
  readonly weightDecay: number;
  readonly decayedParameters: "matrices" | "all";
  readonly gradientClipping: number | null;
  /** Null for Mistral, which has no router. */
  readonly routerLossCoefficient: number | null;
}

export interface NeftuneConfig {
  readonly alpha: number;
  readonly formula: "jain" | "paper";
  readonly lengthOf: "row" | "document";
}

export interface ComputeConfig {
  readonly precision: "bfloat16" | "float32";
  readonly attention: "sdpa" | "flex_attention" | "flash_attention_2";
  readonly activationCheckpointing: boolean;
  readonly compile: boolean;
  readonly lossChunkTokens: number | null;
  readonly device: "auto" | "cpu" | "cuda";
  readonly peakTeraflops: number | null;
  readonly deterministic: boolean;
}

export interface CheckpointConfig {
  readonly everySteps: number;
  readonly keepLast: number;
  readonly keepEverySteps: number | null;
}

/** Where one value of a configuration came from. */
export interface Choice {
  /** Path of the key: `optimization.minLearningRate`. */
  readonly name: string;
  readonly value: unknown;
  /** A place in the paper, or `not stated in the paper: ...`, or `set by the caller ...`. */
  readonly source: string;
}

/** What a caller sets; the rest is the recipe's. */
export interface TrainConfigOverrides {
  readonly seed?: number;
  readonly model?: Partial<Omit<ModelConfig, "shape">> & {
    /** @default "mistral-7b" */
    readonly preset?: ModelPresetName;
    readonly shape?: Partial<ModelShape> | null;
  };
  readonly data?: Partial<DataConfig>;
  readonly optimization?: Partial<OptimizationConfig>;
  readonly neftune?: Partial<NeftuneConfig> | null;
  readonly compute?: Partial<ComputeConfig>;
  readonly heldOutEverySteps?: number | null;
  readonly checkpoint?: Partial<CheckpointConfig>;
  readonly purpose?: NonNullable<TrainConfig["purpose"]>;
}

const recipes: readonly Recipe[] = ["pretraining", "fine-tuning", "neftune"];

/**
 * The whole configuration of a training run: the recipe's values from Table 1 and section 3, and what you set.
 *
 * `choices` tells of each value where it came from; what the paper does not state says so. The miniature presets
 * (`tiny-mistral`, 1.3 million parameters, and `tiny-mixtral`, 2.9 million) start from random weights and train
 * in a minute or two on a processor.
 *
 * @throws {ArgumentError} an unknown recipe or preset
 * @throws {TrainConfigError} with every fault of the whole; unknown keys are answered with the nearest names
 *
 * @example
 * trainConfig("neftune", { model: { preset: "mixtral-8x7b" } }).optimization.learningRate //=> 1e-6
 */
export function trainConfig(recipe: Recipe, overrides: TrainConfigOverrides = {}): TrainConfig {
  if (!recipes.includes(recipe)) throw unknownName("recipe", recipe, recipes);
  if (overrides === null || typeof overrides !== "object" || Array.isArray(overrides))
    throw new ArgumentError("overrides", "an object", overrides);
  const { model: modelOverrides = {}, ...rest } = overrides;
  const { preset: name = "mistral-7b", shape, ...model } = modelOverrides;
  if (!Object.hasOwn(modelPresets, name)) throw unknownName("model.preset", name, Object.keys(modelPresets));
  const preset = modelPresets[name];

  const defaults = recipeDefaults(recipe, preset.paperModel);
  const choices = new Map(defaults.map((choice) => [choice.name, choice]));
  if (rest.neftune && !choices.has("neftune.alpha")) {
    choices.delete("neftune");
    for (const choice of neftuneDefaults(5, "paper, Table 1: NEFTune")) choices.set(choice.name, choice);
  }
  const given = leaves(rest);
  for (const choice of [...preset.replaces, ...given]) replace(choices, choice, defaults);
  if (!given.some((choice) => choice.name === "optimization.minLearningRate")) followMaximum(choices);

  const config: Record<string, unknown> = { version: 1, recipe, model: modelOf(preset.model, model, shape) };
  for (const { name: path, value } of choices.values()) setAt(config, path.split("."), value);
  config["choices"] = [
    { name: "model.shape", value: name, source: modelSource(name, shape) },
    ...[...choices.values()].map(withoutPaths),
  ];
  return checkTrainConfig(structuredClone(config));
}

function modelOf(
  preset: ModelConfig,
  model: Partial<ModelConfig>,
  shape: Partial<ModelShape> | null | undefined,
): object {
  const isMerged = shape !== null && typeof shape === "object";
  return {
    ...preset,
    ...model,
    shape: isMerged ? { ...preset.shape, ...shape } : shape === undefined ? preset.shape : shape,
  };
}

function modelSource(preset: ModelPresetName, shape: object | null | undefined): string {
  const source = preset.startsWith("tiny-")
    ? "a miniature for a laptop's processor"
    : "the paper names the model alone; its version (0.1) is not stated in the paper";
  return shape === undefined ? source : `${source}; sizes set by the caller`;
}

function replace(choices: Map<string, Choice>, { name, value, source }: Choice, defaults: Choice[]): void {
  if (name === "neftune") {
    for (const part of ["alpha", "formula", "lengthOf"]) choices.delete(`neftune.${part}`);
  }
  if (JSON.stringify(choices.get(name)?.value) === JSON.stringify(value)) return;
  const usual = defaults.find((choice) => choice.name === name);
  const instead = usual === undefined ? "" : `; the recipe has ${shown(usual.value)} (${usual.source})`;
  choices.set(name, { name, value, source: `${source}${instead}` });
}

/** The floor is a tenth of the maximum, whoever set that. */
function followMaximum(choices: Map<string, Choice>): void {
  const maximum = choices.get("optimization.learningRate")!.value;
  const floor = choices.get("optimization.minLearningRate")!;
  if (typeof maximum === "number")
    choices.set(floor.name, { ...floor, value: Number((maximum / 10).toPrecision(15)) });
}

function shown(value: unknown): string {
  const isMixture = Array.isArray(value) && typeof value[0] === "object";
  return isMixture ? value.map(({ domain }) => domain).join(" and ") : JSON.stringify(value);
}

/** Each value that the caller set, under its path; lists and nulls are values. */
function leaves(value: object, path = ""): Choice[] {
  return Object.entries(value).flatMap(([key, held]): Choice[] => {
    if (held === undefined) return [];
    const name = path === "" ? key : `${path}.${key}`;
    const isBranch = held !== null && typeof held === "object" && !Array.isArray(held) && path === "";
    return isBranch ? leaves(held, name) : [{ name, value: held, source: "set by the caller" }];
  });
}

function setAt(target: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [key, ...rest] = path as [string, ...string[]];
  if (rest.length === 0) target[key] = value;
  else setAt((target[key] ??= {}) as Record<string, unknown>, rest, value);
}

/** Choices stay the same wherever the files lie. */
function withoutPaths(choice: Choice): Choice {
  if (choice.name !== "data.train" && choice.name !== "data.heldOut") return choice;
  if (!Array.isArray(choice.value)) return choice;
  const value = choice.value.map((entry: unknown) =>
    entry !== null && typeof entry === "object"
      ? Object.fromEntries(Object.entries(entry).filter(([key]) => key !== "path"))
      : entry,
  );
  return { ...choice, value };
}
