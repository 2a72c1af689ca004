import { planTraining } from "../../train/plan/plan-training.ts";
import { shapeOf } from "../../train/plan/plan-symbols.ts";
import type { UtilisationInterval, MeasuredRun } from "../../train/plan/expected-speed.ts";
import { multipliedParameters } from "../../train/plan/training-flops.ts";
import { countParameters } from "../../paper/model-shape.ts";
import type { TrainConfig } from "../../train/train-config.ts";
import type { StageResources, StudyDefinition, StudyModel } from "./study-definition.ts";
import type { StudyCluster } from "./study-cluster.ts";
import type { StudyJob } from "./study-jobs.ts";

/** Both ends of what is not known exactly, the smaller first. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

/** What one job of a study takes. */
export interface PlannedJob extends StudyJob {
  readonly resources: StageResources;
  /** That it trains on; null where it trains nothing. */
  readonly tokens: number | null;
  /** Of work; queue, start and restarts come on top. Null where the machines are not known. */
  readonly hours: Range | null;
  readonly gpuHours: Range | null;
  /** Of one GPU; null of a job without. */
  readonly memoryGiB: number | null;
  /** Null where the memory of a GPU is not known. */
  readonly fits: boolean | null;
  /** What it leaves behind, in 10⁹ bytes. */
  readonly diskGB: number;
  /** How hours, memory and disk are computed, in the letters of a training's plan. */
  readonly formulas: { readonly hours: string; readonly memory: string; readonly disk: string };
  /** What stands in the way, or makes a number unsure. */
  readonly warnings: readonly string[];
}

interface StageSpeeds {
  readonly mfu: number | UtilisationInterval | undefined;
  readonly ownRuns: readonly MeasuredRun[];
}

/** Assumed, and said so in the plan's choices. */
export const assumed = {
  /** Of an evaluation's reading: slower and faster end. */
  utilisation: [0.05, 0.3],
  /** Of one question with its context, and of one option. */
  promptTokens: 300,
  optionTokens: 15,
  options: 4,
  /** What one process of an export or a server that loads reads and writes, in bytes a second. */
  bytesPerSecond: 1e9,
} as const;

/** The numbers of one job. */
export function planStage(
  job: StudyJob,
  study: StudyDefinition,
  cluster: StudyCluster,
  speeds: StageSpeeds,
): PlannedJob {
  const model = study.models.find(({ name }) => name === job.model)!;
  switch (job.kind) {
    case "pretraining":
      return training(job, model.pretraining, study.resources.pretraining, cluster, speeds);
    case "fine-tuning":
    case "neftune":
      return training(job, model.tunings[job.kind], study.resources.tuning, cluster, speeds);
    case "export":
      return exporting(job, model, study.resources.export, cluster);
    case "evaluation":
      return evaluation(job, model, study, cluster);
  }
}

function training(
  job: StudyJob,
  config: TrainConfig,
  resources: StageResources,
  cluster: StudyCluster,
  { mfu, ownRuns }: StageSpeeds,
): PlannedJob {
  const { nodes, gpusPerNode, processesPerNode = gpusPerNode } = resources;
  const { price: _, hoursLimit: __, gpuMemoryGiB, ...machines } = cluster;
  const processes = Math.max(1, processesPerNode);
  const onGpus = gpusPerNode > 0;
  const plan = planTraining(
    config,
    {
      ...machines,
      nodes,
      gpusPerNode: processes,
      gpuMemoryGiB: gpuMemoryGiB ?? 1e6,
      // The peak is a GPU's.
      peakTeraflops: onGpus ? machines.peakTeraflops : null,
    },
    { mfu, ownRuns },
  );
  const { time, memory, checkpoints, changes } = plan;
  const gpus = nodes * gpusPerNode;
  const hours = time === null ? null : scaled(time.gpuHours, 1 / (nodes * processes));
  const fits = gpuMemoryGiB === null || !onGpus ? null : plan.fits;
  const advice = changes.map(({ change }) => change).join("; or ");
  return {
    ...job,
    resources,
    tokens: plan.symbols.T,
    hours,
    gpuHours: hours && scaled(hours, gpus),
    memoryGiB: onGpus ? memory.total.value : null,
    fits,
    diskGB: checkpoints.keptSize.value,
    formulas: {
      hours: "T / (3600 × N × v)",
      memory: "16 × P / Z and what one step holds",
      disk: checkpoints.keptSize.formula,
    },
    warnings: [
      ...(fits === false ? [`does not fit${advice === "" ? "" : `: fits with ${advice}`}`] : []),
      ...plan.warnings,
    ],
  };
}

/** It reads the weights in float32 and writes them in bfloat16, on one node's processors. */
function exporting(
  job: StudyJob,
  model: StudyModel,
  resources: StageResources,
  { writeGigabytesPerSecond }: StudyCluster,
): PlannedJob {
  const { total: P } = countParameters(shapeOf(model.pretraining));
  const fastest = Math.max(assumed.bytesPerSecond, (writeGigabytesPerSecond ?? 0) * 1e9);
  const gpus = resources.nodes * resources.gpusPerNode;
  const hours = { low: (6 * P) / fastest / 3600, high: (6 * P) / assumed.bytesPerSecond / 3600 };
  return {
    ...job,
    resources,
    tokens: null,
    hours,
    gpuHours: scaled(hours, gpus),
    memoryGiB: null,
    fits: null,
    diskGB: (2 * P) / 1e9,
    formulas: { hours: "6 × P / W / 3600", memory: "", disk: "2 × P / GB" },
    warnings: [],
  };
}

/** Of the slower end, each option is read with its question; of the faster, the question once. */
function evaluation(
  job: StudyJob,
  model: StudyModel,
  { questions, resources: { evaluation: resources } }: StudyDefinition,
  { peakTeraflops, gpuMemoryGiB, runtimeGiB }: StudyCluster,
): PlannedJob {
  const shape = shapeOf(model.pretraining);
  const { total: P } = countParameters(shape);
  const count = questions.reduce((sum, each) => sum + each.count, 0);
  const { promptTokens, optionTokens, options, utilisation, bytesPerSecond } = assumed;
  const once = count * (promptTokens + options * optionTokens);
  const each = count * options * (promptTokens + optionTokens);
  const loading = (questions.length * 2 * P) / bytesPerSecond;
  const seconds = (tokens: number, share: number): number =>
    loading + (2 * multipliedParameters(shape) * tokens) / (share * peakTeraflops! * 1e12);
  const hours =
    peakTeraflops === null || resources.gpusPerNode === 0
      ? null
      : { low: seconds(once, utilisation[1]) / 3600, high: seconds(each, utilisation[0]) / 3600 };
  const memoryGiB = resources.gpusPerNode === 0 ? null : (2 * P) / 2 ** 30 + runtimeGiB;
  const fits = memoryGiB === null || gpuMemoryGiB === null ? null : memoryGiB <= gpuMemoryGiB;
  return {
    ...job,
    resources,
    tokens: null,
    hours,
    gpuHours: hours && scaled(hours, resources.nodes * resources.gpusPerNode),
    memoryGiB,
    fits,
    diskGB: 0,
    formulas: {
      hours: "(2 × M × tokens / (U × R) + sets × 2 × P / W) / 3600",
      memory: "2 × P / GiB and the runtime",
      disk: "answers, a few MB",
    },
    warnings:
      fits === false
        ? [
            `does not fit on one GPU of ${gpuMemoryGiB} GiB, and this project's server uses one: serve it elsewhere and evaluate with --endpoint`,
          ]
        : [],
  };
}

function scaled({ low, high }: Range, factor: number): Range {
  return { low: low * factor, high: high * factor };
}
