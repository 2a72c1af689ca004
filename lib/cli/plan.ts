import { readFile } from "node:fs/promises";
import { resolve } from "node:path";

import { DataError } from "../core/errors.ts";
import { readFailure } from "../core/read-failure.ts";
import { pastRuns } from "../lab/past-runs.ts";
import { clusterNames } from "../train/plan/cluster.ts";
import { planTraining } from "../train/plan/plan-training.ts";
import type { AttentionFlops } from "../train/plan/training-flops.ts";
import type { UtilisationInterval } from "../train/plan/expected-speed.ts";
import { readModelShape } from "../train/read-model-shape.ts";
import type { TrainConfig } from "../train/train-config.ts";
import { numberOf, pathOf, readOptions, UsageError, type CliCommand } from "./command.ts";
import { readTrainConfig } from "./read-train-config.ts";

const usage = `npm run -s rounds -- plan CONFIG.json [--cluster CLUSTER.json]

  CONFIG.json            { "recipe": "pretraining", ... }: a recipe and what differs from it, or a whole
                         training configuration
  --cluster CLUSTER.json the machines: nodes, gpusPerNode, gpuMemoryGiB, and where known peakTeraflops,
                         networkGigabytesPerSecond (of a node), writeGigabytesPerSecond, runtimeGiB, name;
                         or one of ${clusterNames.join(", ")} (default: ${clusterNames[0]})
  --tokens 260e9         tokens of the run, where they are not steps × rows × context length
  --mfu 0.4, 0.25-0.4    model FLOPs utilisation to count with, or its slower and faster end
  --attention causal     how much of the attention matrix counts as work: causal or full
  --runs FOLDER          your past runs: those of this model, context length, precision and accelerator give
                         the speed (default: where runs of this project lie)`;

export const plan: CliCommand = {
  summary: "what a training run takes: memory of a GPU, hours, network and disk",
  usage,
  async run([config, ...parameters], { folder }) {
    if (config === undefined || config.startsWith("--"))
      throw new UsageError(`CONFIG.json is missing\n\n${usage}`);
    const { values } = readOptions(parameters, ["cluster", "tokens", "mfu", "attention", "runs"], []);
    const { cluster = clusterNames[0]!, attention } = values;
    return planTraining(
      await readConfig(resolve(folder, config), folder),
      clusterNames.includes(cluster) ? cluster : ((await readJson(resolve(folder, cluster))) as object),
      {
        tokens: numberOf("tokens", values.tokens),
        mfu: utilisationOf(values.mfu),
        attention: attention as AttentionFlops | undefined,
        ownRuns: await pastRuns(pathOf(folder, values.runs)),
      },
    );
  },
};

async function readConfig(path: string, folder: string): Promise<TrainConfig> {
  const config = await readTrainConfig(path);
  const { initializeFrom, shape } = config.model;
  if (shape !== null || initializeFrom.kind === "random") return config;
  const read = await readModelShape(resolve(folder, initializeFrom.path));
  return { ...config, model: { ...config.model, shape: read } };
}

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, "utf8"));
  } catch (error) {
    throw new DataError(`${path} ${readFailure(error)}`, { path }, { cause: error });
  }
}

/** "0.4", or "0.25-0.4". */
export function utilisationOf(value: string | undefined): number | UtilisationInterval | undefined {
  const [low, high, ...more] = value?.split("-") ?? [];
  if (more.length > 0) throw new UsageError(`--mfu must be a share or two, such as 0.25-0.4, got "${value}"`);
  const first = numberOf("mfu", low);
  return high === undefined ? first : [first!, numberOf("mfu", high)!];
}
