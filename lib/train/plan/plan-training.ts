import { checkOptions, choiceOption, objectOption, type OptionRule } from "../../core/options.ts";
import { DISPLAY_SYMBOL, type Displayable } from "../../display/bundle.ts";
import type { TrainConfig } from "../train-config.ts";
import { resolveCluster, type Cluster } from "./cluster.ts";
import { planChanges, type PlanChange } from "./plan-changes.ts";
import { planMemory, type MemoryPlan } from "./plan-memory.ts";
import { planBundle } from "./plan-display.ts";
import { planCheckpoints, type CheckpointPlan } from "./plan-checkpoints.ts";
import { planNetwork, type NetworkPlan } from "./plan-network.ts";
import { planSymbols, shapeOf, type PlanSymbols } from "./plan-symbols.ts";
import { planTime, type TimePlan } from "./plan-time.ts";
import { planWarnings } from "./plan-warnings.ts";
import { trainingFlops, type AttentionFlops } from "./training-flops.ts";
import {
  checkUtilisation,
  expectedSpeed,
  type ExpectedSpeed,
  type MeasuredRun,
  type UtilisationInterval,
} from "./expected-speed.ts";

export interface PlanTrainingOptions {
  /** Tokens of the whole run. @default steps × rowsPerStep × contextLength */
  readonly tokens?: number | undefined;
  /** Model FLOPs utilisation, one share or the slower and the faster. @default see {@link expectedSpeed} */
  readonly mfu?: number | UtilisationInterval | undefined;
  /** How much of the attention matrix counts as work. @default "causal" */
  readonly attention?: AttentionFlops | undefined;
  /** Past runs of your own; those like this one give its speed. @default [] */
  readonly ownRuns?: readonly MeasuredRun[] | undefined;
}

/** What a training run takes: memory of a GPU, time, network and disk, each number with its formula. */
export interface TrainingPlan {
  readonly version: 1;
  readonly cluster: Cluster;
  /** Values of the letters in the formulas. */
  readonly symbols: PlanSymbols;
  readonly fits: boolean;
  /** Memory of one GPU. */
  readonly memory: MemoryPlan;
  /** After which of them it fits; empty when it does. */
  readonly changes: readonly PlanChange[];
  /** What stands in the way besides memory, or makes a number above unsure. */
  readonly warnings: readonly string[];
  /** Where the speed comes from, with what it was read from. */
  readonly speed: ExpectedSpeed;
  /** Null where the speed is not known. */
  readonly time: TimePlan | null;
  /** Null on one node, and where the cluster's rate is not known. */
  readonly network: NetworkPlan | null;
  readonly checkpoints: CheckpointPlan;
}

const rules = {
  tokens: {
    expected: "a number >= 1",
    default: undefined,
    accepts: (value) => typeof value === "number" && value >= 1 && Number.isFinite(value),
  } satisfies OptionRule<number | undefined> as OptionRule<number | undefined>,
  mfu: {
    expected: "a share in (0, 1], or two with the smaller first",
    default: undefined,
    accepts: (value) => typeof value === "number" || (Array.isArray(value) && value.length === 2),
  } satisfies OptionRule<undefined> as OptionRule<number | UtilisationInterval | undefined>,
  attention: choiceOption<AttentionFlops>("causal", ["causal", "full"]),
  ownRuns: objectOption<readonly MeasuredRun[]>("a list of measured runs", Array.isArray),
};

/**
 * Plan a training run: what memory of a GPU holds, whether it fits and what to change when it does not, and what
 * the run takes in time, network and disk. Every number carries its formula; nothing is run or read.
 *
 * Speeds are a range over model FLOPs utilisation. Shown in a notebook it is one table.
 *
 * @param cluster a description, or the name `h100-80` or `this-machine`
 * @throws {ArgumentError} the configuration leaves out the model's shape, or the cluster or an option is wrong
 *
 * @example
 * Math.round(
 *   planTraining(trainConfig("pretraining", { model: { preset: "mixtral-8x7b" } }), "h100-80", {
 *     tokens: 260e9,
 *     mfu: 0.4,
 *   }).time.gpuHours.low,
 * ) //=> 15_141
 */
export function planTraining(
  config: TrainConfig,
  cluster: string | Partial<Cluster>,
  options: PlanTrainingOptions = {},
): TrainingPlan & Displayable {
  const { tokens, mfu, attention, ownRuns = [] } = checkOptions(options, rules);
  const machines = resolveCluster(cluster);
  const symbols = planSymbols(config, machines, tokens);
  const memory = planMemory(config, machines);
  const given = mfu === undefined ? undefined : checkUtilisation(mfu);
  const speed = expectedSpeed(config, machines, { attention, given, ownRuns });
  const network = planNetwork(symbols, machines);
  const flopsPerToken = trainingFlops(shapeOf(config), symbols.s, attention);
  const networkSeconds = network?.stepSeconds.value;
  const time = planTime({ symbols, flopsPerToken, attention, speed, networkSeconds });
  const plan: TrainingPlan = {
    version: 1,
    cluster: machines,
    symbols,
    fits: memory.total.value <= machines.gpuMemoryGiB,
    memory,
    changes: planChanges(config, machines),
    warnings: planWarnings(config, symbols, machines, time, network),
    speed,
    time,
    network,
    checkpoints: planCheckpoints(config, symbols, machines, time),
  };
  return Object.defineProperty({ ...plan }, DISPLAY_SYMBOL, {
    value: () => planBundle(plan),
  }) as TrainingPlan & Displayable;
}
