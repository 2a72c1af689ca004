import { ArgumentError } from "../../core/errors.ts";
import { fingerprint } from "../../core/hash.ts";
import type { ModelShape } from "../../paper/model-shape.ts";
import type { TrainConfig } from "../train-config.ts";
import type { Cluster } from "./cluster.ts";
import { shapeOf } from "./plan-symbols.ts";
import { publishedRuns } from "./published-runs.ts";
import { multipliedParameters, trainingFlops, type AttentionFlops } from "./training-flops.ts";

/** A run of your own, as its metrics tell it. */
export interface MeasuredRun {
  readonly name: string;
  readonly shape: ModelShape;
  readonly contextLength: number;
  readonly precision: "bfloat16" | "float32";
  /** Peak of the accelerator it ran on; null on a processor. Only runs on the planned kind of machine count. */
  readonly peakTeraflops: number | null;
  readonly tokensPerSecondPerGpu: number;
}

/** Model FLOPs utilisation, as shares of the peak: the slower and the faster end. */
export type UtilisationInterval = readonly [low: number, high: number];

/** One measurement that the speed was read from. */
export interface Evidence {
  readonly name: string;
  readonly source: string;
  readonly tokensPerSecondPerGpu: number;
  /** By the plan's own formula; null without a peak. */
  readonly utilisation: number | null;
}

/** How fast a GPU is expected to train, with the reason. */
export interface ExpectedSpeed {
  /** Slower and faster end; null where nothing is known of the machine. */
  readonly tokensPerSecondPerGpu: readonly [number, number] | null;
  /** Null where the peak is not known. */
  readonly utilisation: UtilisationInterval | null;
  /** True where past runs gave the tokens a second themselves. */
  readonly isMeasured: boolean;
  /** Where the speed comes from, in words. */
  readonly basis: string;
  readonly evidence: readonly Evidence[];
}

interface SpeedSources {
  readonly attention: AttentionFlops;
  /** What the caller says; it is taken as it is. */
  readonly given: UtilisationInterval | undefined;
  readonly ownRuns: readonly MeasuredRun[];
}

/** Before anything is known: what FSDP trainers commonly reach on H100, less for a mixture of experts. */
const usual: Readonly<Record<"dense" | "experts", UtilisationInterval>> = {
  dense: [0.25, 0.4],
  experts: [0.15, 0.4],
};

/**
 * The speed that a plan counts with: your own past runs of the same model, context length, precision and
 * accelerator; else an interval whose upper end is what others published for nearly the same model and the same
 * context length; else the usual interval.
 *
 * Published throughputs are turned into utilisations by this plan's own formula, since the sources' differ.
 */
export function expectedSpeed(
  config: TrainConfig,
  cluster: Cluster,
  { attention, given, ownRuns }: SpeedSources,
): ExpectedSpeed {
  const shape = shapeOf(config);
  const flops = trainingFlops(shape, config.data.contextLength, attention);
  const peak = cluster.peakTeraflops === null ? null : cluster.peakTeraflops * 1e12;
  const published = publishedEvidence(shape, config.data.contextLength, attention);
  const fromUtilisation = (
    utilisation: UtilisationInterval,
    basis: string,
    evidence: readonly Evidence[],
  ): ExpectedSpeed => ({
    tokensPerSecondPerGpu:
      peak === null ? null : [(utilisation[0] * peak) / flops, (utilisation[1] * peak) / flops],
    utilisation: peak === null ? null : utilisation,
    isMeasured: false,
    basis: peak === null ? "unknown: give cluster.peakTeraflops, or a past run on this machine" : basis,
    evidence,
  });
  if (given !== undefined) return fromUtilisation(given, "the utilisation given", published);
  const own = ownRuns.filter((run) => isLike(run, config, cluster));
  if (own.length > 0) {
    const speeds = own.map((run) => run.tokensPerSecondPerGpu);
    const ends = [Math.min(...speeds), Math.max(...speeds)] as const;
    return {
      tokensPerSecondPerGpu: ends,
      utilisation: peak === null ? null : [(ends[0] * flops) / peak, (ends[1] * flops) / peak],
      isMeasured: true,
      basis: `measured: ${own.length} past ${own.length === 1 ? "run" : "runs"} of this model and context length`,
      evidence: own.map(({ name, tokensPerSecondPerGpu }) => ({
        name,
        source: "your own run",
        tokensPerSecondPerGpu,
        utilisation: peak === null ? null : (tokensPerSecondPerGpu * flops) / peak,
      })),
    };
  }
  const [low, high] = usual[shape.experts === undefined ? "dense" : "experts"];
  if (published.length === 0) {
    const basis = "assumed: no published run of this size and context length under FSDP is known here";
    return fromUtilisation([low, high], basis, []);
  }
  const best = Math.max(...published.map((run) => run.utilisation!));
  const basis = "the usual lower end, up to the best published run of this size and context length";
  return fromUtilisation([Math.min(low, best), best], basis, published);
}

/** Published runs of nearly the same model: same layers and width, parameters within a tenth, same context. */
function publishedEvidence(shape: ModelShape, contextLength: number, attention: AttentionFlops): Evidence[] {
  if (shape.experts !== undefined) return [];
  const parameters = multipliedParameters(shape);
  const alike = publishedRuns.filter(
    (run) =>
      run.contextLength === contextLength &&
      run.layers === shape.layers &&
      run.hiddenSize === shape.hiddenSize &&
      Math.abs(run.multipliedParameters / parameters - 1) <= 0.1,
  );
  const perPair = attention === "causal" ? 6 : 12;
  return alike.map((run) => {
    const flops = 6 * run.multipliedParameters + perPair * run.layers * run.contextLength * run.hiddenSize;
    const { name, source, tokensPerSecondPerGpu } = run;
    const utilisation = (tokensPerSecondPerGpu * flops) / (run.peakTeraflops * 1e12);
    return { name, source, tokensPerSecondPerGpu, utilisation };
  });
}

function isLike(run: MeasuredRun, config: TrainConfig, cluster: Cluster): boolean {
  return (
    fingerprint(run.shape) === fingerprint(shapeOf(config)) &&
    run.contextLength === config.data.contextLength &&
    run.precision === config.compute.precision &&
    run.peakTeraflops === cluster.peakTeraflops
  );
}

/** @throws {ArgumentError} not a share, or the ends the wrong way round */
export function checkUtilisation(mfu: number | UtilisationInterval): UtilisationInterval {
  const [low, high] = typeof mfu === "number" ? [mfu, mfu] : mfu;
  if (!(low > 0 && low <= high && high <= 1)) {
    throw new ArgumentError("mfu", "a share in (0, 1], or two with the smaller first", mfu);
  }
  return [low, high];
}
