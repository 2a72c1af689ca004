import { recordMade } from "../core/lineage.ts";
import type { TrainConfig } from "../train/train-config.ts";

/** Note what a run is made from: its shards, and the model that it begins with. */
export function recordRun(folder: string, { data, model }: TrainConfig): void {
  const shards = [...data.train, ...data.heldOut].map(({ path }) => path);
  const begin = model.initializeFrom.kind === "safetensors" ? [model.initializeFrom.path] : [];
  const from = [...shards, ...begin, ...(model.tokenizer === null ? [] : [model.tokenizer])];
  recordMade({ kind: "run", path: folder, from, sensitivity: "public", step: "startTraining" });
}
