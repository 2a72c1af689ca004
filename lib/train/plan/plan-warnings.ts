import type { TrainConfig } from "../train-config.ts";
import type { Cluster } from "./cluster.ts";
import type { PlanSymbols } from "./plan-symbols.ts";
import type { NetworkPlan } from "./plan-network.ts";
import { shapeOf } from "./plan-symbols.ts";
import type { TimePlan } from "./plan-time.ts";

/** What stands in the way besides memory, or makes a number of the plan unsure. */
export function planWarnings(
  config: TrainConfig,
  symbols: PlanSymbols,
  cluster: Cluster,
  time: TimePlan | null,
  network: NetworkPlan | null,
): string[] {
  const { N, Z, S, T, b, s } = symbols;
  const { rowsPerStep, steps } = config.optimization;
  const shape = shapeOf(config);
  const warnings: string[] = [];
  if (rowsPerStep % (N * b) !== 0) {
    const below = Math.floor(rowsPerStep / (N * b)) * N * b;
    const nearest = below === 0 ? `${N * b}` : `${below} or ${below + N * b}`;
    const product = `${N} GPUs × ${b} ${b === 1 ? "row" : "rows"}`;
    warnings.push(
      `optimization.rowsPerStep ${rowsPerStep} is no multiple of ${product}: the trainer refuses it; ${nearest} would do`,
    );
  }
  if (Math.abs(T / (steps * S) - 1) > 1e-6) {
    warnings.push(
      `${billions(T)} tokens are planned; the configuration's ${steps.toLocaleString("en-US")} steps pass over ${billions(steps * S)}`,
    );
  }
  if (time !== null && network !== null && time.stepSeconds.low <= network.stepSeconds.value * 1.000001) {
    warnings.push(
      "The network takes longer than the computation: fewer micro-batches of more rows, or a faster network",
    );
  }
  if (Z < N) {
    warnings.push(
      `FSDP cuts experts evenly only: each of ${N / Z} copies of the model lies on ${Z} GPUs; ${2 ** Math.floor(Math.log2(N))} GPUs would hold one`,
    );
  }
  if (cluster.nodes > 1 && network === null) {
    warnings.push("The network is not counted: cluster.networkGigabytesPerSecond is not given");
  }
  if (shape.slidingWindow !== null && shape.slidingWindow < s) {
    warnings.push(
      `The attention window of ${shape.slidingWindow} tokens is shorter than the context; the formula counts the whole context`,
    );
  }
  if (shape.experts !== undefined && config.compute.precision === "bfloat16") {
    warnings.push(
      "No published run of Mixtral under FSDP is known here; Megatron-Core states 468 TFLOP/s a GPU (47 % of an H100) with expert parallelism, which this trainer has not",
    );
  }
  return warnings;
}

function billions(tokens: number): string {
  return `${(tokens / 1e9).toPrecision(4)} billion`;
}
