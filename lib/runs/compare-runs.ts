import { basename, dirname, resolve } from "node:path";

import { ArgumentError } from "../core/errors.ts";
import { checkOptions, choiceOption, textOption, type OptionRule } from "../core/options.ts";
import type { Scale } from "../plots/figure.ts";
import type { RunAxis, Spread } from "./compared-lines.ts";
import { openRun } from "./open-run.ts";
import { RunComparison, type NamedRun } from "./run-comparison.ts";
import type { ForeignOptions, RunFormat } from "./run-reader.ts";

/** A run to compare, where its path alone does not say all. */
export interface RunSource extends ForeignOptions {
  /** A run folder, or what another program has written: a folder or a file. */
  readonly path: string;
  /** @default the folder's or the file's name */
  readonly name?: string;
  /** Runs of one group are taken for seeds of one another. @default those equal but for the seed */
  readonly group?: string;
  /** What wrote it. @default found out from its content */
  readonly format?: RunFormat;
  /** The run's own name of the metric, where it cannot be guessed. */
  readonly metric?: string;
  /** What it was configured with, where its record does not say. */
  readonly config?: object;
}

export interface CompareRunsOptions {
  /** @default "loss" */
  readonly metric?: string;
  /** Steps, tokens seen, or hours since the run's first line. @default "step" */
  readonly x?: RunAxis;
  /** Steps after which a value's weight in the mean is halved; 0 smooths nothing. @default 0 */
  readonly smoothing?: number;
  /** Around the mean of seeds: their lowest to highest, the mean's 95 % interval, or no mean at all. @default "range" */
  readonly spread?: Spread;
  /** @default "linear" */
  readonly xScale?: Scale;
  /** @default "linear" */
  readonly yScale?: Scale;
  readonly title?: string;
}

const smoothingRule: OptionRule<number> = {
  expected: "a number of steps >= 0",
  default: 0,
  accepts: (value) => Number.isFinite(value) && (value as number) >= 0,
};

const rules = {
  metric: textOption("loss"),
  x: choiceOption<RunAxis>("step", ["step", "tokens", "time"]),
  smoothing: smoothingRule,
  spread: choiceOption<Spread>("range", ["range", "interval", "none"]),
  xScale: choiceOption<Scale>("linear", ["linear", "log"]),
  yScale: choiceOption<Scale>("linear", ["linear", "log"]),
  title: textOption(undefined),
};

/**
 * Put runs beside each other, whatever wrote them: one figure, one table, and what their configurations differ in.
 *
 * Read are run folders of this project, `trainer_state.json` of Hugging Face's Trainer (or its output folder), logs of
 * Megatron, nanoGPT, modded-nanogpt and llm.c, TensorBoard's event files, exports of Weights & Biases, and results of
 * lm-evaluation-harness. `refresh` reads only what has come since.
 *
 * @throws {DataError} a path that holds no run, or a file that mixes formats
 * @throws {ArgumentError} no runs, two of one name, a metric or an axis that a run has not got
 *
 * @example
 * const comparison = await compareRuns(["runs/a", { path: "hf-output", name: "peer" }], { x: "tokens", smoothing: 50 });
 */
export async function compareRuns(
  runs: readonly (string | RunSource)[],
  options: CompareRunsOptions = {},
): Promise<RunComparison> {
  const checked = checkOptions(options, rules);
  if (!Array.isArray(runs) || runs.length === 0) throw new ArgumentError("runs", "at least one", runs);
  const sources = runs.map((run) => (typeof run === "string" ? { path: run } : run));
  const names = nameRuns(sources);
  const opened: NamedRun[] = [];
  for (const [index, source] of sources.entries()) {
    const { path, group, metric, config } = source;
    const reader = await openRun(path, source);
    opened.push({ name: names[index]!, reader, group, metric, givenConfig: config });
  }
  const comparison = new RunComparison(opened, checked);
  return comparison.refresh();
}

/** Files whose names are the same for every run: their folder's name tells runs apart. */
const commonNames = /^(?:trainer_state|results.*)\.json$|^(?:log|metrics|history)\.\w+$|\.tfevents\./u;

/** Names as short as tells the runs apart. */
function nameRuns(sources: readonly RunSource[]): string[] {
  const places = sources.map(({ path, name }) => ({ name, path: resolve(path) }));
  const short = places.map(({ name, path }) => name ?? shortName(path));
  const names = places.map(({ name, path }, index) => {
    const isTwice = name === undefined && short.filter((each) => each === short[index]).length > 1;
    return isTwice ? `${basename(dirname(path))}/${basename(path)}` : short[index]!;
  });
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice !== undefined)
    throw new ArgumentError("runs", "runs of different names; give each a name", twice);
  return names;
}

function shortName(path: string): string {
  return basename(commonNames.test(basename(path)) ? dirname(path) : path);
}
