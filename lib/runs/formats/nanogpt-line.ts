import type { StepValues } from "../run-series.ts";
import { parseNumber } from "./python-json.ts";

type Values = Readonly<Record<string, string | undefined>>;

interface Pattern {
  readonly line: RegExp;
  /** Names of our metrics by the pattern's groups. */
  readonly metrics: Readonly<Record<string, string>>;
}

const patterns: readonly Pattern[] = [
  // step:125/5100 val_loss:6.5 train_time:22000ms step_avg:178.98ms (modded-nanogpt)
  {
    line: /^step:(?<step>\d+)\/\d+(?: train_loss:(?<loss>\S+))?(?: val_loss:(?<heldOut>\S+))?(?: train_time:(?<milliseconds>\d+)ms)(?: step_avg:\S+ms)?\s*$/u,
    metrics: { loss: "loss", heldOut: "heldOutLoss" },
  },
  // s:125 trl:3.2217 lr:0.000578 norm:0.30 (llm.c)
  {
    line: /^s:(?<step>\d+) (?:trl:(?<loss>\S+)|tel:(?<heldOut>\S+)|eval:(?<hellaswag>\S+))(?: lr:(?<rate>\S+))?(?: norm:(?<norm>\S+))?\s*$/u,
    metrics: {
      loss: "loss",
      heldOut: "heldOutLoss",
      hellaswag: "hellaswagAccuracy",
      rate: "learningRate",
      norm: "gradientNorm",
    },
  },
  // iter 10: loss 4.2659, time 23127.17ms, mfu -100.00% (nanoGPT)
  {
    line: /^iter (?<step>\d+): loss (?<loss>[^\s,]+), time [\d.]+ms(?:, mfu -?[\d.]+%)?\s*$/u,
    metrics: { loss: "loss" },
  },
  // step 250: train loss 2.4, val loss 2.5 (nanoGPT; its train loss is an estimate over other rows than the step's)
  {
    line: /^step (?<step>\d+): train loss (?<estimate>[^\s,]+), val loss (?<heldOut>\S+)\s*$/u,
    metrics: { estimate: "estimatedLoss", heldOut: "heldOutLoss" },
  },
];

/**
 * A step's line of nanoGPT, of modded-nanogpt or of llm.c; undefined for any other line.
 *
 * `step_avg:nan`, which healthy runs print at their start, is no metric.
 *
 * @example
 * parseNanogptLine("s:7 trl:10.8 lr:0.000002 norm:inf").values
 * //=> { loss: 10.8, learningRate: 0.000002, gradientNorm: Infinity }
 */
export function parseNanogptLine(line: string): StepValues | undefined {
  for (const { line: pattern, metrics } of patterns) {
    const groups = pattern.exec(line)?.groups as Values | undefined;
    if (groups === undefined) continue;
    const values: Record<string, number> = {};
    for (const [group, metric] of Object.entries(metrics)) {
      const text = groups[group];
      if (text === undefined) continue;
      const value = parseNumber(text);
      if (value === undefined) return undefined;
      values[metric] = value;
    }
    const { milliseconds } = groups;
    const clock = milliseconds === undefined ? undefined : Number(milliseconds) / 1000;
    return { step: Number(groups["step"]), clock, values };
  }
  return undefined;
}
