import { countParameters } from "../../paper/model-shape.ts";
import type { TrainConfig } from "../../train/train-config.ts";
import { trainingFlops } from "../../train/plan/training-flops.ts";
import type { JobSpec } from "../job-spec.ts";
import type { ResolvedResources } from "./resolve-resources.ts";

/** Weights and the optimizer's two averages, in float32. */
const checkpointBytesPerParameter = 12;
/** Of a shared file system that others write to as well, in bytes a second. */
const writeBandwidth = 2e9;
/** Of one GPU and of one processor, far below what they reach: a lead that is too long costs little. */
const flopsOfGpu = 1e14;
const flopsOfProcessor = 1e9;
/** The signal was measured to come 10 s after its time. */
const lateness = 10;
const margin = 60;
/** What a model of unknown shape is taken for. */
const unknownShapeSeconds = 300;

/**
 * How long before its time limit a job is asked to save, in seconds: a step that has just begun, a checkpoint that is
 * still being written, the one to write, and a minute; at most half of the time limit.
 *
 * @example
 * saveLeadSeconds({ kind: "command" }, { nodes: 1, gpusPerNode: 0, timeLimitMinutes: 60 }) //=> 70
 */
export function saveLeadSeconds(
  { kind, config }: Pick<JobSpec, "kind" | "config">,
  resources: Pick<ResolvedResources, "nodes" | "gpusPerNode" | "timeLimitMinutes">,
): number {
  const work = kind === "train" && config !== undefined ? saveSeconds(config, resources) : 0;
  return Math.min(Math.ceil(margin + lateness + work), Math.floor(resources.timeLimitMinutes * 30));
}

function saveSeconds(
  { model, data, optimization }: TrainConfig,
  { nodes, gpusPerNode }: Pick<ResolvedResources, "nodes" | "gpusPerNode">,
): number {
  const { shape } = model;
  if (shape === null) return unknownShapeSeconds;
  const speed = nodes * (gpusPerNode > 0 ? gpusPerNode * flopsOfGpu : flopsOfProcessor);
  const flops = optimization.rowsPerStep * data.contextLength * trainingFlops(shape, data.contextLength);
  const write = (checkpointBytesPerParameter * countParameters(shape).total) / writeBandwidth;
  return flops / speed + 2 * write;
}
