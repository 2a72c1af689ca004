import { ArgumentError } from "../core/errors.ts";
import { nearestName } from "../core/nearest-name.ts";
import type { RunSeries } from "./run-series.ts";

/** What others call our metrics. */
const aliases: Readonly<Record<string, readonly string[]>> = {
  loss: ["train/loss", "train_loss", "training_loss", "lm-loss-training/lm loss", "lm loss"],
  heldOutLoss: [
    "eval/loss",
    "eval_loss",
    "val/loss",
    "val_loss",
    "valid/loss",
    "validation/loss",
    "validation_loss",
    "lm-loss-validation/lm loss validation",
    "lm loss validation",
  ],
  learningRate: [
    "train/learning_rate",
    "learning_rate",
    "lr",
    "learning-rate/learning-rate",
    "learning-rate",
  ],
  gradientNorm: ["train/grad_norm", "grad_norm", "grad-norm/grad-norm", "grad-norm"],
};

/**
 * A run's own name of a metric: the same, or what its program calls it.
 *
 * @throws {ArgumentError} it has none such, or several that could be meant
 */
export function ownMetricName(series: RunSeries, metric: string, run: string): string {
  const names = series.metricNames;
  if (names.includes(metric)) return metric;
  const found = (aliases[metric] ?? []).filter((name) => names.includes(name));
  if (found.length === 1) return found[0]!;
  if (found.length > 1) {
    const several = `named for ${run}, which has ${found.join(" and ")}: { path, metric: ${JSON.stringify(found[0])} }`;
    throw new ArgumentError("metric", several, metric);
  }
  const nearest = nearestName(metric, names);
  const suggestion = nearest === undefined ? "" : ` (did you mean ${nearest}?)`;
  throw new ArgumentError(
    "metric",
    `one that ${run} has: ${names.join(", ") || "it has none"}${suggestion}`,
    metric,
  );
}
