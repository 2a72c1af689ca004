import type { TrainConfig } from "../train-config.ts";
import type { Cluster } from "./cluster.ts";
import { planMemory } from "./plan-memory.ts";

/** A change after which the run fits. */
export interface PlanChange {
  /** What to do, in words. */
  readonly change: string;
  /** Keys of the configuration or of the cluster (`nodes`) with their new values. */
  readonly set: Readonly<Record<string, number | boolean>>;
  /** Memory of one GPU after it, in GiB. */
  readonly memoryGiB: number;
}

interface Step {
  readonly change: string;
  readonly set: PlanChange["set"];
  readonly apply: (config: TrainConfig) => TrainConfig;
}

/** Tokens whose logits are made at once where the loss is chunked. */
const lossChunkTokens = 1024;
/** More nodes are no advice. */
const mostNodes = 1024;

/**
 * What to change so that a run fits: each single change that is enough, else all that cost no GPUs together;
 * and the smallest number of nodes that is enough, with the configuration as it is or, if no number is, after
 * those changes. Nothing when it fits already.
 */
export function planChanges(config: TrainConfig, cluster: Cluster): PlanChange[] {
  const fits = (changed: TrainConfig, nodes = cluster.nodes): boolean =>
    planMemory(changed, { ...cluster, nodes }).total.value <= cluster.gpuMemoryGiB;
  if (fits(config)) return [];
  const steps = freeSteps(config, fits);
  const changed = (parts: readonly Step[], nodes?: number): PlanChange => ({
    change: [
      ...parts.map(({ change }) => change),
      ...(nodes === undefined ? [] : [nodesText(nodes, cluster)]),
    ].join(", "),
    set: Object.assign({}, ...parts.map(({ set }) => set), nodes === undefined ? {} : { nodes }),
    memoryGiB: planMemory(applied(config, parts), { ...cluster, nodes: nodes ?? cluster.nodes }).total.value,
  });
  const single = steps.filter((step) => fits(step.apply(config))).map((step) => changed([step]));
  const all = applied(config, steps);
  const together = single.length === 0 && steps.length > 1 && fits(all) ? [changed(steps)] : [];
  const nodesAlone = fewestNodes((nodes) => fits(config, nodes), cluster.nodes);
  if (nodesAlone !== undefined) return [...single, ...together, changed([], nodesAlone)];
  const nodesAfter = fits(all) ? undefined : fewestNodes((nodes) => fits(all, nodes), cluster.nodes);
  return [...single, ...together, ...(nodesAfter === undefined ? [] : [changed(steps, nodesAfter)])];
}

/** Changes that need no more GPUs: same steps, same rows, the same numbers but for rounding. */
function freeSteps(config: TrainConfig, fits: (changed: TrainConfig) => boolean): Step[] {
  const { optimization, compute, data } = config;
  const steps: Step[] = [];
  if (!compute.activationCheckpointing) {
    steps.push({
      change: "activation checkpointing",
      set: { "compute.activationCheckpointing": true },
      apply: (changed) => ({ ...changed, compute: { ...changed.compute, activationCheckpointing: true } }),
    });
  }
  const tokensAtOnce = data.contextLength * optimization.rowsPerMicroBatch;
  if ((compute.lossChunkTokens ?? tokensAtOnce) > lossChunkTokens) {
    steps.push({
      change: `a loss in chunks of ${lossChunkTokens} tokens`,
      set: { "compute.lossChunkTokens": lossChunkTokens },
      apply: (changed) => ({ ...changed, compute: { ...changed.compute, lossChunkTokens } }),
    });
  }
  const { rowsPerMicroBatch } = optimization;
  const smaller = Array.from({ length: rowsPerMicroBatch - 1 }, (_, index) => rowsPerMicroBatch - 1 - index);
  const withRows = (rows: number) => (changed: TrainConfig) => ({
    ...changed,
    optimization: { ...changed.optimization, rowsPerMicroBatch: rows },
  });
  if (rowsPerMicroBatch > 1) {
    const dividing = smaller.filter((rows) => rowsPerMicroBatch % rows === 0);
    const rows = dividing.find((each) => fits(withRows(each)(config))) ?? 1;
    steps.push({
      change: `${rows} ${rows === 1 ? "row" : "rows"} at a time instead of ${rowsPerMicroBatch}`,
      set: { "optimization.rowsPerMicroBatch": rows },
      apply: withRows(rows),
    });
  }
  return steps;
}

function applied(config: TrainConfig, steps: readonly Step[]): TrainConfig {
  return steps.reduce((changed, step) => step.apply(changed), config);
}

function fewestNodes(fits: (nodes: number) => boolean, from: number): number | undefined {
  for (let nodes = from + 1; nodes <= mostNodes; nodes++) if (fits(nodes)) return nodes;
  return undefined;
}

function nodesText(nodes: number, { gpusPerNode }: Cluster): string {
  return `${nodes} nodes, ${nodes * gpusPerNode} GPUs`;
}
