import type { AttentionFlops } from "./training-flops.ts";
import type { PlanSymbols } from "./plan-symbols.ts";
import { quantity, quantityRange, type Quantity, type QuantityRange } from "./quantity.ts";
import type { ExpectedSpeed } from "./expected-speed.ts";

/** How long a run takes; its ranges go from the slower to the faster end of the expected speed. */
export interface TimePlan {
  /** F of the formulas. */
  readonly flopsPerToken: Quantity;
  /** v of the formulas; U is the utilisation, R the peak in FLOP/s, C the network's seconds a step. */
  readonly tokensPerSecondPerGpu: QuantityRange;
  readonly tokensPerSecond: QuantityRange;
  readonly stepSeconds: QuantityRange;
  readonly gpuHours: QuantityRange;
  readonly days: QuantityRange;
}

export interface PlanTimeInputs {
  readonly symbols: PlanSymbols;
  readonly flopsPerToken: number;
  readonly attention: AttentionFlops;
  readonly speed: ExpectedSpeed;
  /** What the network needs for a step; a step takes at least that. */
  readonly networkSeconds: number | undefined;
}

/**
 * Time of a run from the expected speed; null where that is not known.
 *
 * Saving, held-out evaluation, start and queue are not in it.
 */
export function planTime(inputs: PlanTimeInputs): TimePlan | null {
  const { symbols, flopsPerToken, attention, speed, networkSeconds } = inputs;
  const { tokensPerSecondPerGpu: computed, isMeasured } = speed;
  if (computed === null) return null;
  const { N, S, T } = symbols;
  const networkLimit = networkSeconds === undefined || isMeasured ? Infinity : S / (N * networkSeconds);
  const isLimited = networkLimit < computed[1];
  const v = [Math.min(computed[0], networkLimit), Math.min(computed[1], networkLimit)] as const;
  const range = (of: (v: number) => number, unit: string, formula: string): QuantityRange =>
    quantityRange([of(v[0]), of(v[1])], unit, formula);
  const speedFormula = isLimited ? "min(U × R / F, S / (N × C))" : "U × R / F";
  const perPair = attention === "causal" ? 6 : 12;
  return {
    flopsPerToken: quantity(flopsPerToken, "FLOP", `6 × M + ${perPair} × L × s × d`),
    tokensPerSecondPerGpu: range((each) => each, "tokens/s", isMeasured ? "measured" : speedFormula),
    tokensPerSecond: range((each) => N * each, "tokens/s", "N × v"),
    stepSeconds: range((each) => S / (N * each), "s", "S / (N × v)"),
    gpuHours: range((each) => T / (3600 * each), "GPU-hours", "T / (3600 × v)"),
    days: range((each) => T / (86_400 * N * each), "days", "T / (86400 × N × v)"),
  };
}
