import { checkRecord } from "../core/arguments.ts";
import { ArgumentError } from "../core/errors.ts";
import type { TrainConfig } from "./train-config.ts";

/** The part of a configuration that the schedule reads. */
export type ScheduleConfig = Pick<
  TrainConfig["optimization"],
  "steps" | "learningRate" | "minLearningRate" | "warmupShare" | "warmupStart"
>;

/**
 * The learning rate of the step that follows `step` finished ones: linear warm-up, then half a cosine down to the
 * floor; the trainer's own, for figures and plans.
 *
 * @param step in [0, steps)
 * @throws {ArgumentError} a step outside of the run
 * @see section 3.1 and Table 1; `trainer/schedule.py`
 *
 * @example
 * learningRate(100, { steps: 101, learningRate: 1, minLearningRate: 0, warmupShare: 0.01, warmupStart: 0.1 }) //=> 0
 */
export function learningRate(step: number, schedule: ScheduleConfig): number {
  checkRecord("schedule", "a schedule with its steps and rates", schedule);
  const { steps, learningRate: maximum, minLearningRate: minimum, warmupShare, warmupStart } = schedule;
  if (!Number.isSafeInteger(step) || step < 0 || step >= steps)
    throw new ArgumentError("step", `a whole number from 0 to ${steps - 1}`, step);
  const last = steps - 1;
  const warmup = Math.ceil(warmupShare * steps);
  if (step < warmup) return maximum * (warmupStart + ((1 - warmupStart) * step) / warmup);
  const progress = last > warmup ? (step - warmup) / (last - warmup) : 0;
  return minimum + ((maximum - minimum) * (1 + Math.cos(Math.PI * progress))) / 2;
}

/** A schedule's rates at so many of its steps that a line through them shows it. */
export interface LearningRateSamples {
  readonly steps: number;
  /** First step at the maximum. */
  readonly warmupSteps: number;
  readonly rates: readonly { readonly step: number; readonly learningRate: number }[];
}

/**
 * The rates of a schedule for a figure: about 40 steps as far as twice the warm-up, about 200 of the whole run.
 *
 * @example
 * sampleLearningRates({ steps: 3, learningRate: 1, minLearningRate: 0, warmupShare: 0, warmupStart: 0.1 })
 *   .rates.map(({ learningRate }) => Number(learningRate.toFixed(9))) //=> [1, 0.5, 0]
 */
export function sampleLearningRates(schedule: ScheduleConfig): LearningRateSamples {
  checkRecord("schedule", "a schedule with its steps and rates", schedule);
  const { steps, warmupShare } = schedule;
  const warmupSteps = Math.ceil(warmupShare * steps);
  const spread = (end: number, points: number): number[] =>
    Array.from({ length: points + 1 }, (_, point) => Math.round((end * point) / points));
  const early = spread(Math.min(2 * warmupSteps, steps - 1), 40);
  const chosen = [...new Set([...early, ...spread(steps - 1, 200)])].toSorted((left, right) => left - right);
  return {
    steps,
    warmupSteps,
    rates: chosen.map((step) => ({ step, learningRate: learningRate(step, schedule) })),
  };
}
