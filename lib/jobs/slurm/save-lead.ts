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
const flopsOfProcessor = 1e10;
/** The signal was measured to come 10 s after its time. */
const lateness = 10;
const margin = 60;
/** What a model of unknown shape is taken for. */
const unknownShapeSeconds = 300;
/** Slurm takes no more than 65,535 s. */
const longestSeconds = 3600;

type Speed = Pick<ResolvedResources, "nodes" | "gpusPerNode" | "processorsPerNode">;

/**
 * How long before its time limit a job is asked to save, in seconds: a step that has just begun, a checkpoint that is
 * still being written, the one to write, and a minute; at most an hour, and half of the time limit.
 *
 * @example
 * saveLeadSeconds({ kind: "command" }, { nodes: 1, gpusPerNode: 0, processorsPerNode: 1, timeLimitMinutes: 60 }) //=> 70
 */
export function saveLeadSeconds(
  { kind, config }: Pick<JobSpec, "kind" | "config">,
  resources: Speed & Pick<ResolvedResources, "timeLimitMinutes">,
): number {
  const work = kind === "train" && config !== undefined ? saveSeconds(config, resources) : 0;
  const lead = Math.ceil(margin + lateness + work);
  return Math.min(lead, longestSeconds, Math.floor(resources.timeLimitMinutes * 30));
}

function saveSeconds(
  { model, data, optimization }: TrainConfig,
  { nodes, gpusPerNode, processorsPerNode }: Speed,
): number {
  const { shape } = model;
  if (shape === null) return unknownShapeSeconds;
  const speed = nodes * (gpusPerNode > 0 ? gpusPerNode * flopsOfGpu : processorsPerNode * flopsOfProcessor);
  const flops = optimization.rowsPerStep * data.contextLength * trainingFlops(shape, data.contextLength);
  const write = (checkpointBytesPerParameter * countParameters(shape).total) / writeBandwidth;
  return flops / speed + 2 * write;
}
