import type { TrainRow } from "./metric-row.ts";

/** Steps that the speed and the time left are taken from. */
const recentSteps = 20;

/** Speed of the last steps and what they say about the rest. */
export interface Pace {
  readonly tokensPerSecond: number;
  readonly secondsLeft: number;
}

/** @returns undefined before the first step */
export function paceOf(rows: readonly TrainRow[], steps: number): Pace | undefined {
  const recent = rows.slice(-recentSteps);
  const last = recent.at(-1);
  if (last === undefined) return undefined;
  const seconds = recent.map(({ stepSeconds }) => stepSeconds).toSorted((left, right) => left - right);
  const speeds = recent.map(({ tokensPerSecond }) => tokensPerSecond).toSorted((left, right) => left - right);
  const middle = recent.length >> 1;
  return { tokensPerSecond: speeds[middle]!, secondsLeft: seconds[middle]! * Math.max(0, steps - last.step) };
}

/**
 * Where a run is, on one line, from its rows so far.
 *
 * "step 73 of 3,000: loss 0.900 (clinical 0.878, general 0.967), 250 tokens a second, 25 min left"
 */
export function describeProgress(rows: readonly TrainRow[], steps: number): string {
  const last = rows.at(-1);
  if (last === undefined) return `step 0 of ${count(steps)}`;
  const { tokensPerSecond, secondsLeft } = paceOf(rows, steps)!;
  const domains = Object.entries(last.lossByDomain).map(
    ([domain, { loss }]) => `${domain} ${loss.toFixed(3)}`,
  );
  const byDomain = domains.length > 1 ? ` (${domains.join(", ")})` : "";
  const left = last.step < steps ? `, ${durationText(secondsLeft)} left` : "";
  return `step ${count(last.step)} of ${count(steps)}: loss ${last.loss.toFixed(3)}${byDomain}, ${count(Math.round(tokensPerSecond))} tokens a second${left}`;
}

/**
 * A duration in its largest units: `"2 h 5 min"`, `"48 s"`.
 *
 * @example
 * durationText(7500) //=> "2 h 5 min"
 */
export function durationText(totalSeconds: number): string {
  const seconds = Math.max(0, Math.round(totalSeconds));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
  return `${Math.floor(seconds / 86_400)} days ${Math.floor((seconds % 86_400) / 3600)} h`;
}

function count(value: number): string {
  return value.toLocaleString("en-US");
}
