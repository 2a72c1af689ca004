import { checkRecord } from "../../core/arguments.ts";
import { ArgumentError } from "../../core/errors.ts";
import { lineFigure } from "../../plots/line-figure.ts";
import { memoryFigure } from "../../plots/memory-figure.ts";
import type { Figure, FigureOptions } from "../../plots/figure.ts";
import { wordsOf } from "./plan-rows.ts";
import type { TrainingPlan } from "./plan-training.ts";

/** Plans by the names that a figure gives them: "8 GPUs", "Mixtral 8x7B". */
export type NamedPlans = Readonly<Record<string, TrainingPlan>>;

/**
 * Memory of one GPU by what it holds, a bar for each plan, beside what the GPUs have (the least, if they differ).
 *
 * @throws {ArgumentError} no plan
 *
 * @example
 * planMemoryFigure({ "80 GPUs": planTraining(trainConfig("pretraining"), "h100-80") }).data[0].name //=> "weights"
 */
export function planMemoryFigure(plans: NamedPlans, options: FigureOptions = {}): Figure {
  checkRecord("plans", "plans by name", plans);
  const stacks = Object.entries(plans).map(([name, { memory }]) => {
    const { states: _, total: __, ...held } = memory;
    const parts = Object.entries(held).map(([part, { value }]) => ({
      part: wordsOf(part),
      gibibytes: value,
    }));
    return { name, parts };
  });
  const limitGiB = Math.min(...Object.values(plans).map(({ cluster }) => cluster.gpuMemoryGiB));
  return memoryFigure(stacks, { ...options, ...(Number.isFinite(limitGiB) ? { limitGiB } : {}) });
}

/** Utilisations of the figure's points. */
const utilisations = Array.from({ length: 51 }, (_, index) => (10 + index) / 100);

/**
 * GPU-hours of each plan's run against the model FLOPs utilisation, from 10 to 60 %; the network is not counted.
 *
 * @throws {ArgumentError} no plan, or one whose cluster has no peak
 *
 * @example
 * planHoursFigure({ "Mistral 7B": planTraining(trainConfig("pretraining"), "h100-80") }).data[0].x[0] //=> 10
 */
export function planHoursFigure(plans: NamedPlans, options: FigureOptions = {}): Figure {
  checkRecord("plans", "plans by name", plans);
  const rows = Object.entries(plans).flatMap(([run, { symbols, time, cluster }]) => {
    if (time === null || cluster.peakTeraflops === null) {
      throw new ArgumentError(`plans.${run}`, "of a cluster with peakTeraflops", cluster.peakTeraflops);
    }
    const peakSeconds = (symbols.T * time.flopsPerToken.value) / (cluster.peakTeraflops * 1e12);
    return utilisations.map((utilisation) => ({
      run,
      utilisation: Math.round(100 * utilisation),
      gpuHours: Math.round(peakSeconds / utilisation / 3600),
    }));
  });
  return lineFigure(rows, {
    x: "utilisation",
    y: "gpuHours",
    color: "run",
    xLabel: "Model FLOPs utilisation (%)",
    yLabel: "GPU-hours",
    ...options,
  });
}
