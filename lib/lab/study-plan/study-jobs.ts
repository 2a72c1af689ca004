import { ArgumentError } from "../../core/errors.ts";
import {
  tuningRecipes,
  type StudyDefinition,
  type StudyModel,
  type TuningRecipe,
} from "./study-definition.ts";

export const studyJobKinds = ["pretraining", ...tuningRecipes, "export", "evaluation"] as const;
export type StudyJobKind = (typeof studyJobKinds)[number];

/** One job of a study, by what it does; what it takes is in a plan. */
export interface StudyJob {
  /** The stage's name, which its token ends with: `mistral-7b.5000.neftune.evaluation`. */
  readonly name: string;
  /** For people. */
  readonly title: string;
  readonly kind: StudyJobKind;
  /** Name of the model of the study. */
  readonly model: string;
  /** The model that is exported or evaluated: a checkpoint of pretraining as it is, or tuned. */
  readonly recipe: "pretraining" | TuningRecipe;
  /** Of the pretraining; 0 before it, null of the pretraining itself. */
  readonly step: number | null;
  /** Names of the jobs that must have succeeded. */
  readonly dependsOn: readonly string[];
}

/**
 * The jobs of a study, each after those that it waits for: the pretraining, then each checkpoint with its export,
 * evaluation and tunings, model by model.
 *
 * @throws {ArgumentError} two models or question sets of one name, or a checkpoint that the pretraining does not keep
 *
 * @example
 * studyJobs(paperStudy({ models: ["mistral-7b"], checkpoints: 1 })).map(({ name }) => name).slice(0, 2)
 * //=> ["mistral-7b.pretraining", "mistral-7b.0.evaluation"]
 */
export function studyJobs(study: StudyDefinition): StudyJob[] {
  requireOwnNames("models", study.models);
  requireOwnNames("questions", study.questions);
  return study.models.flatMap(jobsOfModel);
}

function jobsOfModel(model: StudyModel): StudyJob[] {
  const { name, title, checkpoints, tuned, pretraining } = model;
  for (const step of [...checkpoints, ...tuned]) {
    if (!(Number.isSafeInteger(step) && step >= 0 && step <= pretraining.optimization.steps))
      throw new ArgumentError(
        `models.${name}.checkpoints`,
        `steps from 0 to ${pretraining.optimization.steps}`,
        step,
      );
  }
  if (checkpoints.includes(0) && pretraining.model.initializeFrom.kind === "random")
    throw new ArgumentError(
      `models.${name}.checkpoints`,
      "without 0: a pretraining from random weights starts from no model",
      checkpoints,
    );
  const first: StudyJob = {
    name: `${name}.pretraining`,
    title: `${title}: pretraining`,
    kind: "pretraining",
    model: name,
    recipe: "pretraining",
    step: null,
    dependsOn: [],
  };
  const steps = [...new Set([...checkpoints, ...tuned])].toSorted((left, right) => left - right);
  return [first, ...steps.flatMap((step) => jobsOfCheckpoint(model, step, first.name))];
}

function jobsOfCheckpoint(model: StudyModel, step: number, pretraining: string): StudyJob[] {
  const place = `${model.name}.${step}`;
  const words = `${model.title}, ${step === 0 ? "before pretraining" : `step ${step.toLocaleString("en-US")}`}`;
  const common = { model: model.name, step };
  // What pretraining starts from is a model already.
  const exported = step === 0 ? [] : [`${place}.export`];
  const jobs: StudyJob[] = [];
  const add = (job: Omit<StudyJob, "model" | "step">): void => void jobs.push({ ...common, ...job });
  if (step !== 0)
    add({
      name: `${place}.export`,
      title: `${words}: export`,
      kind: "export",
      recipe: "pretraining",
      dependsOn: [pretraining],
    });
  if (model.checkpoints.includes(step))
    add({
      name: `${place}.evaluation`,
      title: `${words}: evaluation`,
      kind: "evaluation",
      recipe: "pretraining",
      dependsOn: exported,
    });
  if (!model.tuned.includes(step)) return jobs;
  for (const recipe of tuningRecipes) {
    const tuning = `${place}.${recipe}`;
    const what = `${words}, ${recipe === "neftune" ? "NEFTune" : recipe}`;
    add({ name: tuning, title: what, kind: recipe, recipe, dependsOn: exported });
    add({ name: `${tuning}.export`, title: `${what}: export`, kind: "export", recipe, dependsOn: [tuning] });
    add({
      name: `${tuning}.evaluation`,
      title: `${what}: evaluation`,
      kind: "evaluation",
      recipe,
      dependsOn: [`${tuning}.export`],
    });
  }
  return jobs;
}

function requireOwnNames(what: string, held: readonly { readonly name: string }[]): void {
  if (held.length === 0) throw new ArgumentError(what, "one or more", held);
  const seen = new Set<string>();
  for (const { name } of held) {
    // With what is behind it, and the study's token before it, it is a job's name.
    if (!/^[a-z0-9][a-z0-9.-]{0,23}$/u.test(name))
      throw new ArgumentError(`${what}: name`, "small letters, digits, dots and dashes, at most 24", name);
    if (seen.has(name)) throw new ArgumentError(`${what}: name`, "each different", name);
    seen.add(name);
  }
}
