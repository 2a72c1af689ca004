import { recordMade } from "../core/lineage.ts";
import type { Sensitivity } from "../table/sensitivity.ts";
import { sensitivityOfSpec } from "./sensitivity-of-spec.ts";
import type { TrainConfig } from "../train/train-config.ts";

/**
 * Note what a run is made from: its shards, and the model that it begins with.
 *
 * @param sensitivity of the job, which may be said by hand; left out, that of what it is made from
 */
export function recordRun(
  folder: string,
  config: TrainConfig,
  sensitivity: Sensitivity = sensitivityOfSpec({ config }, folder),
): void {
  const { data, model } = config;
  const shards = [...data.train, ...data.heldOut].map(({ path }) => path);
  const begin = model.initializeFrom.kind === "safetensors" ? [model.initializeFrom.path] : [];
  const from = [...shards, ...begin, ...(model.tokenizer === null ? [] : [model.tokenizer])];
  recordMade({ kind: "run", path: folder, from, sensitivity, step: "startTraining" });
}

/** Note that what a command leaves in its run folder is restricted, where what it reads is or it was said by hand. */
export function recordCommand(folder: string, inputs: readonly string[], sensitivity: Sensitivity): void {
  if (sensitivity === "restricted")
    recordMade({ kind: "run", path: folder, from: inputs, sensitivity, step: "submitJob" });
}
