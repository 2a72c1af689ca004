import { ArgumentError } from "../../core/errors.ts";
import { checkOptions, choiceOption, integerOption, objectOption } from "../../core/options.ts";
import { evaluationSizes } from "../../paper/evaluation-size.ts";
import { unknownName } from "../../core/nearest-name.ts";
import { modelPresets, type ModelPresetName } from "../../train/model-preset.ts";
import { trainConfig, type Choice, type TrainConfig } from "../../train/train-config.ts";

/** How a checkpoint is tuned: the two recipes of Table 1 besides pretraining. */
export const tuningRecipes = ["fine-tuning", "neftune"] as const;
export type TuningRecipe = (typeof tuningRecipes)[number];

/** A model that is pretrained on, and what becomes of its checkpoints. */
export interface StudyModel {
  /** Begins the names of its stages: small letters, digits, dots and dashes, at most 24. */
  readonly name: string;
  /** For people. */
  readonly title: string;
  readonly pretraining: TrainConfig;
  /** What they start from is replaced by each checkpoint's export. */
  readonly tunings: Readonly<Record<TuningRecipe, TrainConfig>>;
  /** Steps of pretraining whose checkpoints are evaluated as they are; 0 is the model that it starts from. */
  readonly checkpoints: readonly number[];
  /** Those of them that are tuned as well, by each recipe. */
  readonly tuned: readonly number[];
}

/** Questions that every model is evaluated on. */
export interface StudyQuestions {
  /** Names the file of results: small letters, digits, dots and dashes, at most 24. */
  readonly name: string;
  /** On the cluster, from its root: lines as `rounds evaluate` reads them. */
  readonly path: string;
  readonly count: number;
}

/** What one stage takes of the cluster. */
export interface StageResources {
  readonly nodes: number;
  readonly gpusPerNode: number;
  readonly processesPerNode?: number;
  readonly processorsPerNode?: number;
  readonly memoryGib?: number;
  /** Of one start. @default a quarter more than the slower end of the plan, and 15 minutes */
  readonly timeLimitMinutes?: number;
}

/** A study: models under Table 1's recipes, every kept checkpoint tuned and evaluated. */
export interface StudyDefinition {
  readonly models: readonly StudyModel[];
  readonly questions: readonly StudyQuestions[];
  readonly resources: Readonly<Record<"pretraining" | "tuning" | "export" | "evaluation", StageResources>>;
  /** What was chosen besides the configurations' own choices, and where from. */
  readonly choices: readonly Choice[];
}

export interface PaperStudyOptions {
  /** @default ["mistral-7b", "mixtral-8x7b"] */
  readonly models?: readonly ModelPresetName[];
  /** Checkpoints of each pretraining, its last among them. @default the recipe's, about sixteen */
  readonly checkpoints?: number;
  /** "paper": Mixtral's first and last alone, as in Figure 2 and Table 2. @default "every checkpoint" */
  readonly tuned?: "every checkpoint" | "paper";
}

const rules = {
  models: objectOption<readonly ModelPresetName[]>("a list of one model or more", (value) =>
    Array.isArray(value) ? value.length > 0 : false,
  ),
  checkpoints: integerOption(undefined, { minimum: 1, maximum: 1000 }),
  tuned: choiceOption<"every checkpoint" | "paper">("every checkpoint", ["every checkpoint", "paper"]),
};

const open = (why: string): string => `not stated in the paper: ${why}`;

/**
 * The paper's study at full size: Table 1's recipes on ten nodes for pretraining and four for fine-tuning (section
 * 3.5), every kept checkpoint exported, evaluated as it is, and fine-tuned with and without NEFTune.
 *
 * What the paper does not state is in `choices` here and in each configuration's. Paths are a cluster's, from its root.
 *
 * @throws {ArgumentError} an unknown model
 *
 * @example
 * paperStudy({ models: ["mistral-7b"], checkpoints: 4 }).models[0].checkpoints
 * //=> [0, 20000, 40000, 60000, 79259]
 */
export function paperStudy(options: PaperStudyOptions = {}): StudyDefinition {
  const { models = ["mistral-7b", "mixtral-8x7b"], checkpoints, tuned } = checkOptions(options, rules);
  return {
    models: models.map((preset) => paperModel(preset, checkpoints, tuned)),
    questions: evaluationSizes.map(({ task, label, publishedCount }) => ({
      name: label.toLowerCase().replaceAll(" ", "-"),
      path: `questions/${task}.jsonl`,
      count: publishedCount,
    })),
    resources: {
      pretraining: { nodes: 10, gpusPerNode: 8 },
      tuning: { nodes: 4, gpusPerNode: 8 },
      export: { nodes: 1, gpusPerNode: 0, processorsPerNode: 4, memoryGib: 64 },
      evaluation: { nodes: 1, gpusPerNode: 1 },
    },
    choices: paperChoices(checkpoints, tuned),
  };
}

function paperModel(
  preset: ModelPresetName,
  count: number | undefined,
  tuned: "every checkpoint" | "paper",
): StudyModel {
  if (!Object.hasOwn(modelPresets, preset)) throw unknownName("models", preset, Object.keys(modelPresets));
  const { paperModel: title } = modelPresets[preset];
  const usual = trainConfig("pretraining", { model: { preset } });
  const { steps } = usual.optimization;
  const everySteps = usual.checkpoint.everySteps;
  const keepEverySteps =
    count === undefined
      ? usual.checkpoint.keepEverySteps
      : Math.max(1, Math.ceil(steps / count / everySteps)) * everySteps;
  const pretraining = trainConfig("pretraining", {
    model: { preset },
    checkpoint: { keepLast: 1, keepEverySteps },
  });
  const all = [0, ...keptCheckpoints(pretraining)];
  const firstAndLast = [0, all.at(-1)!];
  const tuning = (recipe: TuningRecipe): TrainConfig =>
    trainConfig(recipe, { model: { preset }, checkpoint: { keepLast: 1 } });
  return {
    name: preset,
    title,
    pretraining,
    tunings: { "fine-tuning": tuning("fine-tuning"), neftune: tuning("neftune") },
    checkpoints: all,
    tuned: tuned === "paper" && title === "Mixtral 8x7B" ? firstAndLast : all,
  };
}

/**
 * Steps of the checkpoints that a training keeps for good, its last one among them.
 *
 * @throws {ArgumentError} the configuration keeps none but the last ones
 */
function keptCheckpoints({ optimization: { steps }, checkpoint }: TrainConfig): number[] {
  const { keepEverySteps } = checkpoint;
  if (keepEverySteps === null) return [steps];
  if (!(keepEverySteps >= 1))
    throw new ArgumentError("checkpoint.keepEverySteps", "a whole number >= 1", keepEverySteps);
  const multiples = Array.from(
    { length: Math.floor(steps / keepEverySteps) },
    (_, index) => (index + 1) * keepEverySteps,
  );
  return [...new Set([...multiples, steps])];
}

function paperChoices(count: number | undefined, tuned: "every checkpoint" | "paper"): Choice[] {
  return [
    {
      name: "checkpoints",
      value: count ?? "about sixteen",
      source: open('section 6 says "multiple checkpoints"; the model before pretraining is one more'),
    },
    {
      name: "tuned",
      value: tuned,
      source:
        "paper, Figure 2: instructed versions of Mistral at each checkpoint; Table 2: of Mixtral before and after pretraining",
    },
    {
      name: "resources.pretraining",
      value: "10 nodes of 8 H100",
      source: 'paper, section 3.5: "a maximum of"',
    },
    { name: "resources.tuning", value: "4 nodes of 8 H100", source: "paper, section 3.5" },
    {
      name: "resources.evaluation",
      value: "1 GPU",
      source: open("this project's server holds a model on one GPU"),
    },
    {
      name: "questions",
      value: "published sizes",
      source: open("sizes; MedQA and MedMCQA fit the accuracies of Table 2, USMLE and MMLU do not"),
    },
    { name: "seeds", value: 1, source: open("further seeds multiply all of this") },
    {
      name: "evaluation formats",
      value: "no prompt for base models, zero-shot for tuned ones",
      source: "paper, section 6; the two are not comparable",
    },
  ];
}
