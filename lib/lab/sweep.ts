import { readFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";

import { ArgumentError, DataError } from "../core/errors.ts";
import { readFailure } from "../core/read-failure.ts";
import { checkOptions, integerOption, objectOption, textOption } from "../core/options.ts";
import { progress } from "../display/progress.ts";
import { withAbsolutePaths } from "../jobs/absolute-paths.ts";
import { LocalJob } from "../jobs/local/local-job.ts";
import { startTraining } from "../jobs/local/start-training.ts";
import { findNewestRun, runsFolder } from "../jobs/run-folder.ts";
import { readMetrics } from "../runs/read-metrics.ts";
import { checkTrainConfig } from "../train/check-train-config.ts";
import { neftuneDefaults } from "../train/recipe-defaults.ts";
import type { Choice, NeftuneConfig, TrainConfig } from "../train/train-config.ts";

/** What a sweep varies: each list's values, and all their combinations. */
export interface SweepValues {
  /** Scale of NEFTune's noise; 0 is none. */
  readonly neftuneAlpha?: readonly number[];
  readonly learningRate?: readonly number[];
}

export interface SweepOptions {
  /** What all runs have in common. */
  readonly config: TrainConfig;
  /** The domain of `data.heldOut` by whose loss after the last step runs are compared. @default "development" */
  readonly development?: string;
  /** @default 1 */
  readonly processes?: number;
  /** Folder of run folders. @default ROUNDS_RUNS, else `runs/` of the project */
  readonly runs?: string;
  /** Stops the run that is under way, saved, and the sweep. */
  readonly signal?: AbortSignal;
}

/** One run of a sweep. */
export interface SweepRow {
  readonly neftuneAlpha: number | null;
  readonly learningRate: number;
  /** Nats a token on the development data, after the last step. */
  readonly developmentLoss: number;
  readonly runId: string;
}

/** The runs of a sweep, and which of them was best. */
export interface SweepResult {
  /** In the order of the values. */
  readonly rows: readonly SweepRow[];
  /** The lowest development loss; the earliest on a tie. */
  readonly best: SweepRow;
  /** The best run's configuration, which says where its values came from. */
  readonly config: TrainConfig;
}

const rules = {
  config: objectOption<TrainConfig>("a training configuration", (value) => typeof value === "object"),
  development: textOption("development"),
  processes: integerOption(1, { minimum: 1 }),
  runs: textOption(undefined),
  signal: objectOption<AbortSignal>("an AbortSignal", (value) => value instanceof AbortSignal),
};

/**
 * Train one run for each value, one after the other on this machine, and choose by the loss on development data.
 *
 * A choice made on test data would make every later test score too good, so held-out data that its name, its folder
 * or one of its sources calls a test split is refused. A run of the same configuration that is complete already is
 * taken as it is, so that a sweep that was stopped goes on where it was.
 *
 * @throws {ArgumentError} no values, no such development data, or a test split among the held-out data
 * @throws {JobError} a run failed
 *
 * @example
 * const { best } = await sweep({ neftuneAlpha: [0, 5, 10, 15] }, { config });
 */
export async function sweep(values: SweepValues, options: SweepOptions): Promise<SweepResult> {
  const { config, development, processes, runs, signal } = checkOptions(options, rules);
  if (config === undefined) throw new ArgumentError("config", rules.config.expected, config);
  const common = withAbsolutePaths(checkTrainConfig(config), process.cwd());
  await requireDevelopment(common, development);
  const root = resolve(runs ?? runsFolder());
  const configs = combinations(common, values);

  const rows: SweepRow[] = [];
  for (const each of progress(configs, { label: "Sweep", unit: "runs" })) {
    signal?.throwIfAborted();
    const job =
      (await completeRun(root, each)) ??
      (await startTraining(each, { runs: root, processes, name: "sweep" }));
    const stop = (): void => void job.stop();
    signal?.addEventListener("abort", stop, { once: true });
    try {
      await job.completed();
    } finally {
      signal?.removeEventListener("abort", stop);
    }
    const { heldOut } = await readMetrics(job.folder);
    rows.push({
      neftuneAlpha: each.neftune?.alpha ?? null,
      learningRate: each.optimization.learningRate,
      developmentLoss: heldOut.at(-1)!.lossByDomain[development]!.loss,
      runId: job.runId,
    });
  }
  const losses = rows.map(({ developmentLoss }) => developmentLoss);
  const place = losses.indexOf(Math.min(...losses.filter(Number.isFinite)));
  if (place < 0) throw new ArgumentError("values", "such that one run has a finite development loss", values);
  return { rows, best: rows[place]!, config: configs[place]! };
}

async function completeRun(runs: string, config: TrainConfig): Promise<LocalJob | undefined> {
  const folder = await findNewestRun(runs, config);
  if (folder === undefined) return undefined;
  const job = new LocalJob(folder);
  return (await job.status()).state === "COMPLETED" ? job : undefined;
}

function combinations(
  config: TrainConfig,
  { neftuneAlpha, learningRate, ...unknown }: SweepValues,
): TrainConfig[] {
  for (const name of Object.keys(unknown))
    throw new ArgumentError(
      `values.${name}`,
      "left out: a sweep varies neftuneAlpha and learningRate",
      unknown,
    );
  const alphas = listOf("neftuneAlpha", neftuneAlpha, (alpha) => alpha >= 0);
  const rates = listOf("learningRate", learningRate, (rate) => rate > 0);
  if (alphas === undefined && rates === undefined)
    throw new ArgumentError("values", "neftuneAlpha or learningRate with a list of numbers", {});
  return (alphas ?? [undefined]).flatMap((alpha) =>
    (rates ?? [undefined]).map((rate) => checkTrainConfig(withRate(withAlpha(config, alpha), rate))),
  );
}

function listOf(
  name: string,
  values: readonly number[] | undefined,
  accepts: (value: number) => boolean,
): readonly number[] | undefined {
  if (values === undefined) return undefined;
  const isList = Array.isArray(values) && values.length > 0 && new Set(values).size === values.length;
  if (!isList || !values.every((value) => Number.isFinite(value) && accepts(value)))
    throw new ArgumentError(`values.${name}`, "a list of different numbers in range", values);
  return values;
}

function withAlpha(config: TrainConfig, alpha: number | undefined): TrainConfig {
  if (alpha === undefined) return config;
  const added = config.neftune === null ? neftuneDefaults(alpha, "") : [];
  const defaults = Object.fromEntries(added.map(({ name, value }) => [name.split(".")[1], value]));
  const neftune = { ...defaults, ...config.neftune, alpha } as NeftuneConfig;
  return {
    ...config,
    neftune,
    choices: swept(
      [...config.choices.filter(({ name }) => name !== "neftune"), ...added],
      "neftune.alpha",
      alpha,
    ),
  };
}

function withRate(config: TrainConfig, learningRate: number | undefined): TrainConfig {
  if (learningRate === undefined) return config;
  const share = config.optimization.minLearningRate / config.optimization.learningRate;
  const optimization = { ...config.optimization, learningRate, minLearningRate: learningRate * share };
  return {
    ...config,
    optimization,
    choices: swept(config.choices, "optimization.learningRate", learningRate),
  };
}

function swept(choices: readonly Choice[], name: string, value: number): Choice[] {
  return choices.map((choice) =>
    choice.name === name ? { name, value, source: "a value of a sweep" } : choice,
  );
}

async function requireDevelopment({ data }: TrainConfig, development: string): Promise<void> {
  const domains = data.heldOut.map(({ domain }) => domain);
  if (!domains.includes(development)) {
    const held = domains.length === 0 ? "there is none" : `there are ${domains.join(", ")}`;
    throw new ArgumentError("development", `a domain of data.heldOut (${held})`, development);
  }
  for (const { domain, path } of data.heldOut) {
    const names = [domain, basename(path), ...(await sourcesOf(path))];
    const test = names.find((name) => /(?<![a-z])tests?(?![a-z])/iu.test(name));
    if (test === undefined) continue;
    throw new ArgumentError(
      "data.heldOut",
      `development data: "${test}" is a test split, and choosing by it would spoil every later score`,
      domain,
    );
  }
}

/** Names of the sources that token shards were made from. */
async function sourcesOf(folder: string): Promise<string[]> {
  const path = join(folder, "manifest.json");
  try {
    const { sources } = JSON.parse(await readFile(path, "utf8")) as { sources: { source: string }[] };
    return sources.map(({ source }) => basename(source));
  } catch (error) {
    throw new DataError(`${path} ${readFailure(error)}`, { path }, { cause: error });
  }
}
