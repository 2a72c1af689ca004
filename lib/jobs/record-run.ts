import { recordMade } from "../core/lineage.ts";
import { sensitivityOfSpec } from "./sensitivity-of-spec.ts";
import type { TrainConfig } from "../train/train-config.ts";

/** Note what a run is made from: its shards, and the model that it begins with. */
export function recordRun(folder: string, config: TrainConfig): void {
  const { data, model } = config;
  const shards = [...data.train, ...data.heldOut].map(({ path }) => path);
  const begin = model.initializeFrom.kind === "safetensors" ? [model.initializeFrom.path] : [];
  const from = [...shards, ...begin, ...(model.tokenizer === null ? [] : [model.tokenizer])];
  const sensitivity = sensitivityOfSpec({ config }, folder);
  recordMade({ kind: "run", path: folder, from, sensitivity, step: "startTraining" });
}
