import type { Cluster } from "./cluster.ts";
import type { PlanSymbols } from "./plan-symbols.ts";
import { quantity, type Quantity } from "./quantity.ts";

/** What one step moves through a node's network cards, in seconds; w of the formulas is their rate in bytes a second. */
export interface NetworkPlan {
  /** The least of any fully sharded run: weights gathered twice, gradients reduced once, 2 bytes a number. */
  readonly floorSeconds: Quantity;
  /** This trainer's: gathers in the computation's precision and a float32 reduction in each micro-batch. */
  readonly stepSeconds: Quantity;
}

/** Null on one node, whose GPUs have links of their own, and where the cluster's rate is not known. */
export function planNetwork({ P, a, c }: PlanSymbols, cluster: Cluster): NetworkPlan | null {
  if (cluster.nodes === 1 || cluster.networkGigabytesPerSecond === null) return null;
  const rate = cluster.networkGigabytesPerSecond * 1e9;
  return {
    floorSeconds: quantity((6 * P) / rate, "s", "6 × P / w"),
    stepSeconds: quantity((a * (2 * c + 4) * P) / rate, "s", "a × (2 × c + 4) × P / w"),
  };
}
