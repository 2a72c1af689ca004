import type { Cluster } from "./cluster.ts";
import type { PlanSymbols } from "./plan-symbols.ts";
import { quantity, type Quantity } from "./quantity.ts";

/** What one step moves through a node's network cards, in seconds; w of the formulas is their rate in bytes a second. */
export interface NetworkPlan {
  /** The usual floor of fully sharded training: weights gathered twice, gradients reduced once, 2 bytes a number. */
  readonly floorSeconds: Quantity;
  /**
   * This trainer's, in each micro-batch: gathers in the computation's precision, a float32 reduction, both without
   * the share that the node has itself; and where there are several copies of the model, the mean of their gradients.
   */
  readonly stepSeconds: Quantity;
}

/** Null on one node, whose GPUs have links of their own, and where the cluster's rate is not known. */
export function planNetwork({ P, N, Z, a, c, g }: PlanSymbols, cluster: Cluster): NetworkPlan | null {
  if (cluster.nodes === 1 || cluster.networkGigabytesPerSecond === null) return null;
  const rate = cluster.networkGigabytesPerSecond * 1e9;
  const withinCopy = (2 * c + 4) * Math.max(0, 1 - g / Z);
  const betweenCopies = 8 * g * (1 / Z - 1 / N);
  return {
    floorSeconds: quantity((6 * P) / rate, "s", "6 × P / w"),
    stepSeconds: quantity(
      (a * (withinCopy + betweenCopies) * P) / rate,
      "s",
      "a × ((2 × c + 4) × max(0, 1 - g / Z) + 8 × g × (1 / Z - 1 / N)) × P / w",
    ),
  };
}
