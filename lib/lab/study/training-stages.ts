import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { makeFolder } from "../../core/make-folder.ts";
import { withAbsolutePaths } from "../../jobs/absolute-paths.ts";
import { TrainerWorker } from "../../jobs/local/trainer-worker.ts";
import { makeWholeFolder } from "../../jobs/run-folder.ts";
import { recordRun } from "../../jobs/record-run.ts";
import { describeRun } from "../../jobs/run-spec.ts";
import { readMetrics } from "../../runs/read-metrics.ts";
import type { TrainConfig } from "../../train/train-config.ts";
import type { Stage, StageContext, StageValue } from "../stages/stage.ts";
import { tuningRecipes, type StudyModel } from "../study-plan/study-definition.ts";
import { places, stageNames, type Arm } from "./miniature-study.ts";

/** One training, and the checkpoints of it that become models. */
interface Training {
  /** The run folder's name in the stage's `runs/`. */
  readonly run: string;
  /** Paths relative to the study's folder. */
  readonly config: TrainConfig;
  /** Folders of exported models by step, relative to the study's folder. */
  readonly models: Readonly<Record<number, string>>;
}

/** Pretraining of one model, with its kept checkpoints exported. */
export function pretrainingStage(model: StudyModel, arm: Arm): Stage {
  const { name, title, pretraining: config, checkpoints } = model;
  const { seed } = config;
  const models = Object.fromEntries(checkpoints.map((step) => [step, places.exported(name, step)]));
  const trainings: Training[] = [{ run: name, config, models }];
  return {
    name: `${name}.pretraining`,
    title: `Pretraining ${title}`,
    kind: "run",
    settings: settingsOf(trainings),
    inputs: [stageNames.corpus(arm, seed), stageNames.tokenizer(seed)],
    files: [],
    run: (context) => trainAll(trainings, context),
  };
}

/** Each kept checkpoint of a model instruct-tuned, with and without NEFTune, and exported. */
export function tuningStage({ name, title, pretraining: { seed }, tunings, tuned }: StudyModel): Stage {
  const trainings = tuned.flatMap((step) =>
    tuningRecipes.map((recipe): Training => {
      const path = places.exported(name, step);
      const { [recipe]: config } = tunings;
      return {
        run: `${name}.${step}.${recipe}`,
        config: {
          ...config,
          model: { ...config.model, initializeFrom: { kind: "safetensors", path } },
        },
        models: { [config.optimization.steps]: places.tuned(name, step, recipe) },
      };
    }),
  );
  return {
    name: `${name}.tuning`,
    title: `Instruct-tuning ${title}, with and without NEFTune`,
    kind: "model",
    settings: settingsOf(trainings),
    inputs: [`${name}.pretraining`, stageNames.instruct(seed), stageNames.tokenizer(seed)],
    files: [],
    run: (context) => trainAll(trainings, context),
  };
}

function settingsOf(trainings: readonly Training[]): Stage["settings"] {
  // Where a value of the configuration came from changes nothing of the result.
  return {
    trainings: trainings.map(({ run, config: { choices: _choices, ...config } }) => ({ run, config })),
  };
}

/** Trainings one after another in one process of the trainer; what an interrupted stage finished is left as it is. */
async function trainAll(
  trainings: readonly Training[],
  { folder, signal, tell }: StageContext,
): Promise<{ values: Record<string, StageValue>; runId?: string }> {
  const study = dirname(folder);
  const values: Record<string, StageValue> = {};
  const missing = trainings.filter(({ models }) => Object.values(models).some(isMissing));
  if (missing.length > 0) {
    await using worker = new TrainerWorker({ signal });
    for (const [index, training] of missing.entries()) {
      tell(trainings.length - missing.length + index, trainings.length, "runs");
      await trainOne(worker, training, join(folder, "runs", training.run), study);
    }
  }
  for (const { run } of trainings) {
    const { train, heldOut } = await readMetrics(join(folder, "runs", run));
    const losses = heldOut.at(-1)?.lossByDomain ?? train.at(-1)!.lossByDomain;
    for (const [domain, { loss }] of Object.entries(losses))
      values[`${run} ${domain} loss`] = { value: loss, compare: "trained" };
  }
  const [only] = trainings;
  return { values, ...(trainings.length === 1 && { runId: only!.run }) };

  function isMissing(path: string): boolean {
    return !existsSync(join(study, path, "config.json"));
  }
}

async function trainOne(
  worker: TrainerWorker,
  { config, models }: Training,
  run: string,
  study: string,
): Promise<void> {
  const absolute = withAbsolutePaths(config, study);
  const spec = await describeRun(absolute, { runId: basename(run), processes: 1 });
  makeFolder(dirname(run));
  await makeWholeFolder(run, { "train.config.json": absolute, "spec.json": spec });
  recordRun(run, absolute);
  const isInterrupted = existsSync(join(run, "metrics.jsonl"));
  await worker.run("train", "--run", run, ...(isInterrupted ? ["--resume"] : []));
  for (const [step, path] of Object.entries(models)) {
    const output = join(study, path);
    if (existsSync(join(output, "config.json"))) continue;
    await rm(output, { recursive: true, force: true });
    const checkpoint = join(run, "checkpoints", step);
    await worker.run("export", "--checkpoint", checkpoint, "--output", output, "--dtype", "float32");
  }
}
