import type { MetricPoint } from "./run-series.ts";

/**
 * The exponentially weighted mean of a metric up to each point, a point's weight halved with every `halfLife` steps.
 *
 * Weights follow the steps between points, so that runs logged at different intervals are smoothed alike, and the mean
 * is not drawn towards the first point. A value that is not finite is in no mean, and NaN in its own place.
 *
 * @param halfLife in steps; 0 gives the values themselves
 *
 * @example
 * smooth([{ step: 1, value: 4 }, { step: 2, value: NaN }, { step: 3, value: 1 }], 2) //=> [4, NaN, 2]
 */
export function smooth(points: readonly Pick<MetricPoint, "step" | "value">[], halfLife: number): number[] {
  if (halfLife === 0) return points.map(({ value }) => value);
  let [sum, weights, last] = [0, 0, NaN];
  return points.map(({ step, value }) => {
    if (!Number.isFinite(value)) return NaN;
    const kept = weights === 0 ? 0 : 2 ** (-(step - last) / halfLife);
    sum = sum * kept + value;
    weights = weights * kept + 1;
    last = step;
    return sum / weights;
  });
}
