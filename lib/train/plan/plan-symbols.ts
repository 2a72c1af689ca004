import { ArgumentError } from "../../core/errors.ts";
import { countParameters, type ModelShape } from "../../paper/model-shape.ts";
import type { TrainConfig } from "../train-config.ts";
import type { Cluster } from "./cluster.ts";
import { multipliedParameters } from "./training-flops.ts";

/** What each letter of a plan's formulas stands for. */
export const symbolMeanings = {
  P: "parameters of the model",
  M: "parameters that one token is multiplied with",
  B: "parameters of one layer",
  L: "layers",
  d: "hidden size",
  f: "width of a feed-forward layer or expert",
  k: "width of the keys, and of the values",
  e: "experts that a token is sent to; 1 where there are none",
  x: "1 where there are experts, else 0",
  V: "vocabulary size",
  s: "context length in tokens",
  b: "rows that a GPU computes at once",
  a: "micro-batches of a GPU in one step",
  q: "tokens whose logits are made at once",
  c: "bytes of a number of the computation",
  N: "GPUs",
  g: "GPUs of a node",
  Z: "GPUs that one copy of the model is cut over",
  S: "tokens of one step",
  T: "tokens of the run",
  GiB: "1024³ bytes",
  GB: "10⁹ bytes",
} as const;

export type PlanSymbols = Readonly<Record<keyof typeof symbolMeanings, number>>;

/** @throws {ArgumentError} the configuration leaves the shape to a checkpoint that was not read */
export function shapeOf({ model }: TrainConfig): ModelShape {
  if (model.shape !== null) return model.shape;
  throw new ArgumentError("model.shape", "given for a plan, as in the checkpoint's config.json", model.shape);
}

/** The letters' values for a run on a cluster. */
export function planSymbols(config: TrainConfig, cluster: Cluster, tokens?: number): PlanSymbols {
  const shape = shapeOf(config);
  const { total, layer } = countParameters(shape);
  const { contextLength } = config.data;
  const { rowsPerMicroBatch, rowsPerStep, steps } = config.optimization;
  const gpus = cluster.nodes * cluster.gpusPerNode;
  return {
    P: total,
    M: multipliedParameters(shape),
    B: layer,
    L: shape.layers,
    d: shape.hiddenSize,
    f: shape.intermediateSize,
    k: (shape.hiddenSize / shape.attentionHeads) * shape.keyValueHeads,
    e: shape.expertsPerToken ?? 1,
    x: shape.experts === undefined ? 0 : 1,
    V: shape.vocabularySize,
    s: contextLength,
    b: rowsPerMicroBatch,
    a: Math.ceil(rowsPerStep / (gpus * rowsPerMicroBatch)),
    q: Math.min(config.compute.lossChunkTokens ?? Infinity, contextLength * rowsPerMicroBatch),
    c: config.compute.precision === "bfloat16" ? 2 : 4,
    N: gpus,
    g: cluster.gpusPerNode,
    Z: shardsOf(shape, gpus),
    S: rowsPerStep * contextLength,
    T: tokens ?? steps * rowsPerStep * contextLength,
    GiB: 2 ** 30,
    GB: 1e9,
  };
}

/**
 * GPUs that FSDP cuts one copy of the model over: all of them, but where there are experts the largest divisor
 * that cuts their fused matrices, `2f × d` and `d × f`, evenly by rows. The rest of the GPUs hold further copies.
 */
function shardsOf({ experts, intermediateSize, hiddenSize }: ModelShape, gpus: number): number {
  if (experts === undefined) return gpus;
  const isEven = (size: number): boolean =>
    gpus % size === 0 && (2 * intermediateSize) % size === 0 && hiddenSize % size === 0;
  let size = gpus;
  while (!isEven(size)) size -= 1;
  return size;
}
