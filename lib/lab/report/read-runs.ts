import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";

import { ArgumentError } from "../../core/errors.ts";
import { throughputFigure } from "../../plots/throughput-figure.ts";
import { trainingLossFigure } from "../../plots/training-loss-figure.ts";
import { readResults } from "../../evals/results-file.ts";
import { summarizeResults } from "../../evals/summarize-results.ts";
import { readMetrics } from "../../runs/read-metrics.ts";
import type { RunSpec } from "../../jobs/run-spec.ts";
import type { ReportedResults, ReportedRun } from "./report-content.ts";

/** Run folders below a folder, or the folder itself if it is one; in the order of their names. */
export async function runFoldersIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  if (entries.some(({ name }) => name === "train.config.json")) return [folder];
  const found = [];
  for (const entry of entries) {
    if (!entry.isDirectory()) continue;
    const path = join(folder, entry.name);
    const files = await readdir(path).catch((): string[] => []);
    if (files.includes("train.config.json") && files.includes("metrics.jsonl")) found.push(path);
  }
  return found.toSorted();
}

/** What a run's own files say of it: no text that it was trained on is among them. */
export async function readRun(folder: string): Promise<ReportedRun> {
  const { train, heldOut } = await readMetrics(folder);
  const spec = await readSpec(folder);
  const last = train.at(-1);
  const measured = heldOut.at(-1);
  const number = (value: number | undefined): string => value?.toLocaleString("en-US") ?? "not known";
  const facts: [string, string][] = [
    ["Recipe", spec?.recipe ?? "not known"],
    ["Seed", number(spec?.seed)],
    ["Steps", `${number(last?.step ?? 0)} of ${number(spec?.config?.optimization.steps)}`],
    ["Tokens seen", number(last?.tokensSeen)],
    ["Last loss (nats a token)", last === undefined ? "no step" : last.loss.toFixed(4)],
    [
      "Held-out loss",
      measured === undefined ? "not measured" : `${measured.loss.toFixed(4)} at step ${measured.step}`,
    ],
  ];
  const hasDomains = train.some(({ lossByDomain }) => Object.keys(lossByDomain).length > 0);
  const figures = [
    ...(hasDomains ? [trainingLossFigure({ train, heldOut }, { x: "tokens", title: "Training loss" })] : []),
    ...(train.some(({ tokensPerSecond }) => Number.isFinite(tokensPerSecond))
      ? [throughputFigure({ throughput: train }, { title: "Throughput" })]
      : []),
  ];
  return { id: spec?.runId ?? basename(folder), spec, facts, figures };
}

/** A run that came from elsewhere may have none. */
async function readSpec(folder: string): Promise<Partial<RunSpec> | undefined> {
  try {
    return JSON.parse(await readFile(join(folder, "spec.json"), "utf8")) as Partial<RunSpec>;
  } catch {
    return undefined;
  }
}

/** A results file, as statistics: neither questions nor outputs are in a report. */
export async function readResultsFile(path: string, name: string): Promise<ReportedResults> {
  const results = await readResults(path);
  if (results.length === 0) throw new ArgumentError("results", `a file with results; ${name} has none`, name);
  const distinct = (values: readonly string[]): string[] => [...new Set(values)].toSorted();
  return {
    file: name,
    models: distinct(results.map(({ model }) => model)),
    datasets: distinct(results.map(({ dataset }) => dataset)),
    formats: distinct(results.map(({ strategy, format }) => `${strategy} (${format})`)),
    isRestricted: results.some(({ sensitivity }) => sensitivity === "restricted"),
    summary: summarizeResults(results),
  };
}
