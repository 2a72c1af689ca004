import type { Cluster } from "../../lib/train/plan/cluster.ts";
import { planTraining, type PlanTrainingOptions } from "../../lib/train/plan/plan-training.ts";
import { trainConfig, type TrainConfigOverrides } from "../../lib/train/train-config.ts";

/** The paper's cluster, as far as it says. */
export const h100: Cluster = {
  name: "h100",
  nodes: 10,
  gpusPerNode: 8,
  gpuMemoryGiB: 80,
  peakTeraflops: 989,
  networkGigabytesPerSecond: 360,
  writeGigabytesPerSecond: 10,
  runtimeGiB: 4,
};

export type Preset = "mistral-7b" | "mixtral-8x7b";

/** The plan of a model on ten nodes of eight H100, or on another cluster. */
export function plan(
  preset: Preset,
  cluster: Partial<Cluster> = {},
  options: PlanTrainingOptions = {},
  overrides: TrainConfigOverrides = {},
) {
  const config = trainConfig("pretraining", { ...overrides, model: { preset } });
  return planTraining(config, { ...h100, ...cluster }, options);
}
