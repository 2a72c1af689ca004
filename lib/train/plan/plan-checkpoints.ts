import type { TrainConfig } from "../train-config.ts";
import type { Cluster } from "./cluster.ts";
import type { PlanSymbols } from "./plan-symbols.ts";
import type { TimePlan } from "./plan-time.ts";
import { quantity, type Quantity } from "./quantity.ts";

/** What is written; W of the formulas is the cluster's write rate in bytes a second, K the checkpoints kept. */
export interface CheckpointPlan {
  /** Weights and both optimizer states in float32, so that a resumed run continues as it was. */
  readonly size: Quantity;
  /** Written beside the training; null where the cluster's write rate is not known. */
  readonly seconds: Quantity | null;
  /** Checkpoints on disk at the end. */
  readonly kept: Quantity;
  readonly keptSize: Quantity;
  /** An exported model: weights alone in bfloat16. */
  readonly exportSize: Quantity;
  /** How long before its time limit a job is told to save and be queued again: a step of the slower end, t, the writing and a minute. */
  readonly requeueLead: Quantity | null;
}

export function planCheckpoints(
  config: TrainConfig,
  { P, GB }: PlanSymbols,
  { writeGigabytesPerSecond }: Cluster,
  time: TimePlan | null,
): CheckpointPlan {
  const size = 12 * P;
  const kept = keptSteps(config).length;
  const rate = writeGigabytesPerSecond === null ? null : writeGigabytesPerSecond * 1e9;
  const lead = rate === null || time === null ? null : size / rate + time.stepSeconds.high + 60;
  return {
    size: quantity(size / GB, "GB", "12 × P / GB"),
    seconds: rate === null ? null : quantity(size / rate, "s", "12 × P / W"),
    kept: quantity(kept, "checkpoints", keptWords(config)),
    keptSize: quantity((kept * size) / GB, "GB", "K × 12 × P / GB"),
    exportSize: quantity((2 * P) / GB, "GB", "2 × P / GB"),
    requeueLead: lead === null ? null : quantity(lead, "s", "12 × P / W + t + 60"),
  };
}

/** Steps whose checkpoints are there at the end. */
function keptSteps({ optimization: { steps }, checkpoint }: TrainConfig): number[] {
  const { everySteps, keepLast, keepEverySteps } = checkpoint;
  const multiples = (of: number): number[] =>
    Array.from({ length: Math.floor(steps / of) }, (_, index) => (index + 1) * of);
  const forGood = keepEverySteps === null ? [] : multiples(keepEverySteps);
  const saved = [...new Set([...multiples(everySteps), ...forGood, steps])].toSorted(
    (one, other) => one - other,
  );
  return [...new Set([...forGood, ...saved.slice(-keepLast)])];
}

function keptWords({ checkpoint: { keepLast, keepEverySteps } }: TrainConfig): string {
  const last = `the last ${keepLast}`;
  return keepEverySteps === null ? last : `those at multiples of ${keepEverySteps} steps, and ${last}`;
}
