import type { TrainConfig } from "../train-config.ts";
import type { Cluster } from "./cluster.ts";
import { planSymbols, shapeOf } from "./plan-symbols.ts";
import { quantity, type Quantity } from "./quantity.ts";

/** Memory of one GPU by what it holds, all in GiB; `total` is the sum of all others but `states`. */
export interface MemoryPlan {
  readonly weights: Quantity;
  readonly gradients: Quantity;
  readonly optimizerStates: Quantity;
  /** The three above together: what sharding alone divides. */
  readonly states: Quantity;
  /** Whole layers that FSDP has gathered at a time: in use, fetched ahead, and a gradient on its way. */
  readonly gatheredLayers: Quantity;
  /** Input embedding and output layer, which stay gathered from the forward to the backward pass. */
  readonly gatheredEmbeddings: Quantity;
  /** What the forward pass keeps for the backward pass. */
  readonly activations: Quantity;
  /** With activation checkpointing, the one layer that is computed again. */
  readonly recomputedLayer: Quantity;
  readonly logits: Quantity;
  readonly runtime: Quantity;
  readonly total: Quantity;
}

/**
 * Bytes that one layer keeps per token: six vectors of the hidden size, keys and values, for each expert four of the
 * feed-forward's width and two of the hidden size, and float32 copies in front of both norms.
 */
const savedPerToken = "(c × (6 × d + 2 × k + e × (4 × f + 2 × x × d)) + 8 × d)";

/**
 * Memory of one GPU under fully sharded data parallelism, by what it holds.
 *
 * Weights, gradients and both AdamW states are sharded and float32 (16 bytes a parameter); layers are gathered
 * in the precision of the computation. What a layer saves is within 1 % what PyTorch keeps of transformers' models
 * with SDPA attention (a test of the trainer measures it); compilation keeps less. The runtime's share is the cluster's own number.
 */
export function planMemory(config: TrainConfig, cluster: Cluster): MemoryPlan {
  const { P, B, L, d, f, k, e, x, V, s, b, q, c, Z, GiB } = planSymbols(config, cluster);
  const outerLayers = shapeOf(config).tieWordEmbeddings ? 1 : 2;
  const layerActivations = s * b * (c * (6 * d + 2 * k + e * (4 * f + 2 * x * d)) + 8 * d);
  const isRecomputed = config.compute.activationCheckpointing;
  const gibibytes = (bytes: number, formula: string): Quantity =>
    quantity(bytes / GiB, "GiB", `${formula} / GiB`);
  const parts = {
    weights: gibibytes((4 * P) / Z, "4 × P / Z"),
    gradients: gibibytes((4 * P) / Z, "4 × P / Z"),
    optimizerStates: gibibytes((8 * P) / Z, "8 × P / Z"),
    gatheredLayers: gibibytes(3 * c * B, "3 × c × B"),
    gatheredEmbeddings: gibibytes(outerLayers * c * V * d, `${outerLayers} × c × V × d`),
    activations: isRecomputed
      ? gibibytes(c * L * s * b * d, "c × L × s × b × d")
      : gibibytes(L * layerActivations, `L × s × b × ${savedPerToken}`),
    recomputedLayer: isRecomputed
      ? gibibytes(layerActivations, `s × b × ${savedPerToken}`)
      : quantity(0, "GiB", "0"),
    logits: gibibytes(8 * q * V, "8 × q × V"),
    runtime: quantity(cluster.runtimeGiB, "GiB", String(cluster.runtimeGiB)),
  };
  const total = Object.values(parts).reduce((sum, { value }) => sum + value, 0);
  return {
    ...parts,
    states: gibibytes((16 * P) / Z, "16 × P / Z"),
    total: quantity(total, "GiB", "all of the above but states"),
  };
}
