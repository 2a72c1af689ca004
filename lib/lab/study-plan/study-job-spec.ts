import { posix } from "node:path";

import { ArgumentError } from "../../core/errors.ts";
import type { JobSpec } from "../../jobs/job-spec.ts";
import type { TrainConfig } from "../../train/train-config.ts";
import { clusterRunFolder } from "../../jobs/cluster/run-files.ts";
import type { PlannedJob } from "./plan-stage.ts";
import type { StudyPlan } from "./plan-study.ts";
import type { StudyModel, TuningRecipe } from "./study-definition.ts";

/** Where the jobs of a study are. */
export class StudyPlace {
  readonly #token: string;
  readonly #root: string;

  /** @param root of the cluster, which the study's paths are relative to */
  constructor(token: string, root: string) {
    this.#token = token;
    this.#root = root;
  }

  /** The id of a job, which is the token of its submission, by its name in the study. */
  idOf(name: string): string {
    return `${this.#token}-${name}`;
  }

  /** The run folder of a job on the cluster, by its name in the study. */
  folderOf(name: string): string {
    return clusterRunFolder({ root: this.#root }, this.idOf(name));
  }

  /** A path of the study on the cluster. */
  resolve(path: string): string {
    return posix.resolve(this.#root, path);
  }
}

/** The folder of an exported model within its job's run folder. */
const exported = "model";

/** A job that was cut off after its export has nothing to do. */
const exportScript = `[ -e "$RUN_FOLDER/${exported}" ] || exec python3 -m trainer export --checkpoint "$1" --output "$RUN_FOLDER/${exported}"`;

/** One set of questions after the other; those that are done are not asked again, answers of a set that was cut off neither. */
const evaluationScript = `PATH="$1:$PATH" model="$2" strategy="$3"; shift 3
while [ $# -gt 0 ]; do
  [ -e "$RUN_FOLDER/$1.jsonl" ] || node --disable-warning=ExperimentalWarning commands/rounds.ts evaluate --model "$model" \\
    --strategy "$strategy" --questions "$2" --output "$RUN_FOLDER/$1.jsonl" --cache "$RUN_FOLDER/answers" || exit 1
  shift 2
done`;

/**
 * The request of one job of a study. The same plan gives the same request, which its token rests on.
 *
 * @param code folder of the project's code on this machine
 * @throws {ArgumentError} neither the study's resources nor the plan give a time limit
 */
export function studyJobSpec(
  job: PlannedJob,
  { study, cluster }: Pick<StudyPlan, "study" | "cluster">,
  place: StudyPlace,
  code: string,
): JobSpec {
  const model = study.models.find(({ name }) => name === job.model)!;
  const { minutes, restarts } = timeLimit(job, cluster.hoursLimit);
  const common = {
    version: 1,
    name: job.name,
    resources: { ...job.resources, timeLimitMinutes: minutes },
    restartsMaximum: restarts,
    code: { path: code },
    ...(job.dependsOn.length > 0 && {
      dependsOn: job.dependsOn.map((name) => ({ job: place.idOf(name), condition: "success" as const })),
    }),
  } as const;
  const commands = { ...common, kind: "command", environment } as const;
  switch (job.kind) {
    case "pretraining":
      return { ...common, kind: "train", config: model.pretraining };
    case "fine-tuning":
    case "neftune":
      return { ...common, kind: "train", config: tuningConfig(job, model, place) };
    case "export": {
      const [made] = job.dependsOn;
      const steps = job.recipe === "pretraining" ? job.step! : model.tunings[job.recipe].optimization.steps;
      const checkpoint = `${place.folderOf(made!)}/checkpoints/${steps}`;
      return { ...commands, command: ["bash", "-c", exportScript, "export", checkpoint] };
    }
    case "evaluation": {
      const sets = study.questions.flatMap(({ name, path }) => [name, place.resolve(path)]);
      // Where `jobs setup` brings Node: a cluster's own may be too old to run TypeScript.
      const node = place.resolve("tools/node");
      const parameters = [node, startOf(job, model, place), evaluationStrategy(job), ...sets];
      return {
        ...commands,
        command: ["bash", "-c", evaluationScript, "evaluate", ...parameters],
        inputs: study.questions.map(({ path }) => path),
      };
    }
  }
}

/** How a model is asked: one that was not tuned gets no prompt, as in section 6 of the paper. */
export function evaluationStrategy({ recipe }: Pick<PlannedJob, "recipe">): "no-prompt" | "zero-shot" {
  return recipe === "pretraining" ? "no-prompt" : "zero-shot";
}

/** What serves a model is in the job's environment; the code's folder is others' as well. */
const environment = { ROUNDS_PYTHON: "python3", PYTHONDONTWRITEBYTECODE: "1", HF_HUB_OFFLINE: "1" };

function tuningConfig(job: PlannedJob, model: StudyModel, place: StudyPlace): TrainConfig {
  const config = model.tunings[job.kind as TuningRecipe];
  const path = startOf(job, model, place);
  return { ...config, model: { ...config.model, initializeFrom: { kind: "safetensors", path } } };
}

/** The model that a tuning starts from or that is evaluated: an export, or what pretraining starts from itself. */
function startOf({ dependsOn: [made] }: PlannedJob, { pretraining }: StudyModel, place: StudyPlace): string {
  if (made !== undefined) return `${place.folderOf(made)}/${exported}`;
  const { initializeFrom } = pretraining.model;
  return place.resolve((initializeFrom as { readonly path: string }).path);
}

/** A quarter more than the slower end, within what the cluster allows; restarts for the rest, and for failures. */
function timeLimit(
  { name, kind, hours, resources }: PlannedJob,
  hoursLimit: number | null,
): { readonly minutes: number; readonly restarts: number } {
  const needed = resources.timeLimitMinutes ?? (hours === null ? undefined : Math.ceil(75 * hours.high) + 15);
  if (needed === undefined)
    throw new ArgumentError(
      `study.resources: timeLimitMinutes of ${name}`,
      "given, since its hours are not known on this cluster",
      needed,
    );
  const minutes = Math.min(needed, Math.floor((hoursLimit ?? Infinity) * 60));
  const failures = kind === "export" || kind === "evaluation" ? 2 : 3;
  return { minutes, restarts: Math.ceil(needed / minutes) - 1 + failures };
}
