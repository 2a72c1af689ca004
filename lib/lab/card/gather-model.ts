import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

import type { EvaluationFacts, ModelProvenance } from "../../care/card/model-card.ts";
import { sensitivityOfFolder } from "../../care/folder-sensitivity.ts";
import { gatherLicences, type LicencePart } from "../../care/run-licences.ts";
import { DataError } from "../../core/errors.ts";
import { madeOf } from "../../core/lineage.ts";
import { readManifest } from "../../corpus/tokens/manifest.ts";
import type { QuestionResult } from "../../evals/question-result.ts";
import { readResults } from "../../evals/results-file.ts";
import { summarizeResults } from "../../evals/summarize-results.ts";
import { sensitivityOfSpec } from "../../jobs/sensitivity-of-spec.ts";
import { readMetrics } from "../../runs/read-metrics.ts";
import { strictest } from "../../table/sensitivity.ts";
import type { TrainConfig } from "../../train/train-config.ts";

const sourcesShown = 10;

/** What an export tells of itself; undefined of another folder. */
export async function readProvenance(folder: string): Promise<ModelProvenance | undefined> {
  const text = await readFile(join(folder, "provenance.json"), "utf8").catch(() => "{}");
  const made = JSON.parse(text) as Partial<ModelProvenance>;
  if (made.format !== "rounds-export") return undefined;
  return { ...(made as ModelProvenance), sensitivity: sensitivityOfFolder(folder) };
}

/** The run folder that an export lies in, if it is still there. */
export function runOfExport(folder: string): string | undefined {
  const run = dirname(dirname(folder));
  return existsSync(join(run, "train.config.json")) ? run : undefined;
}

/** Where a run's token shards lie; those that are gone are left out. */
export async function shardsOfRun(run: string): Promise<string[]> {
  const { data } = await readConfig(run);
  return [...data.train, ...data.heldOut]
    .map(({ path }) => path)
    .filter((path) => existsSync(join(path, "manifest.json")));
}

/**
 * What a run tells of the model that it is making: as its newest checkpoint's export would.
 *
 * @throws {DataError} it is no training run
 */
export async function provenanceOfRun(run: string): Promise<ModelProvenance> {
  const config = await readConfig(run);
  const { train, heldOut } = await readMetrics(run);
  const step = (await completeSteps(run)).at(-1) ?? train.at(-1)?.step ?? 0;
  const at = train.findLast((row) => row.step <= step);
  const measured = heldOut.findLast((row) => row.step <= step);
  const spec = JSON.parse(await readFile(join(run, "spec.json"), "utf8").catch(() => "{}")) as {
    readonly runId?: string;
    readonly name?: string;
    readonly code?: ModelProvenance["code"];
    readonly licences?: { readonly parts: readonly LicencePart[] };
    readonly data?: readonly { readonly path: string; readonly fingerprint: string }[];
  };
  const fingerprints = new Map(spec.data?.map(({ path, fingerprint }) => [path, fingerprint]));
  const losses = (
    [
      ["train", at],
      ["heldOut", measured],
    ] as const
  ).flatMap(([on, row]) =>
    Object.entries(row?.lossByDomain ?? {}).map(([domain, value]) => ({
      on,
      step: row!.step,
      domain,
      ...value,
    })),
  );
  const parts = (["train", "heldOut"] as const).flatMap((part) =>
    config.data[part].map((entry) => ({ part, weight: null, ...entry })),
  );
  return {
    format: "rounds-export",
    version: 1,
    run: spec.runId ?? basename(run),
    name: spec.name ?? spec.runId ?? basename(run),
    step,
    tokensSeen: at?.tokensSeen ?? 0,
    supervisedTokens: at?.supervisedTokens ?? 0,
    weights: "not exported",
    sensitivity: strictest([sensitivityOfFolder(run), sensitivityOfSpec({ config }, run)]),
    purpose: config.purpose ?? null,
    licences: spec.licences?.parts ?? (await gatherLicences(config).catch(() => [unknownLicence])),
    config: withoutFolders(config),
    data: await Promise.all(
      parts.map(async ({ part, domain, path, weight }) => {
        const manifest = await readManifest(path).catch(() => undefined);
        return {
          part,
          domain,
          weight,
          sensitivity: manifest?.sensitivity ?? "unknown",
          fingerprint: fingerprints.get(path) ?? "unknown",
          documentCount: manifest?.documentCount ?? null,
          tokenCount: manifest?.tokenCount ?? null,
          sources: (manifest?.sources ?? [])
            .slice(0, sourcesShown)
            .map((source) => ({ ...source, source: basename(source.source) })),
        };
      }),
    ),
    losses,
    code: spec.code ?? null,
  };
}

/** A card goes to others. */
function withoutFolders(config: TrainConfig): ModelProvenance["config"] {
  const { initializeFrom } = config.model;
  if (initializeFrom.kind === "random") return config;
  const weights = { ...initializeFrom, path: basename(initializeFrom.path) };
  return { ...config, model: { ...config.model, initializeFrom: weights } };
}

const unknownLicence: LicencePart = { name: "all data", kind: "data", licence: null };

async function readConfig(run: string): Promise<TrainConfig> {
  const path = join(run, "train.config.json");
  try {
    return JSON.parse(await readFile(path, "utf8")) as TrainConfig;
  } catch (cause) {
    throw new DataError(`${run} is no training run: it has no train.config.json`, { path }, { cause });
  }
}

async function completeSteps(run: string): Promise<number[]> {
  const names = await readdir(join(run, "checkpoints")).catch(() => []);
  return names
    .filter((name) => /^\d+$/u.test(name) && existsSync(join(run, "checkpoints", name, "COMPLETE")))
    .map(Number)
    .toSorted((one, other) => one - other);
}

/** Files of results that the register names as made from a model. */
export function resultsOf(model: string): string[] {
  return madeOf(model)
    .filter(({ kind, path }) => kind === "results" && existsSync(path))
    .map(({ path }) => path);
}

/** Results by data set, strategy and scoring, each with its interval. */
export async function gatherEvaluations(paths: readonly string[]): Promise<EvaluationFacts[]> {
  const results: QuestionResult[] = [];
  for (const path of new Set(paths)) results.push(...(await readResults(path)));
  const held = Map.groupBy(results, ({ dataset, model, strategy, scoring }) =>
    JSON.stringify([dataset, model, strategy, scoring]),
  );
  return [...held.values()].map((own) => {
    const { dataset, model, strategy, scoring } = own[0]!;
    const { n, accuracy, interval, chance, bySubject } = summarizeResults(own);
    return {
      dataset,
      model,
      strategy,
      scoring,
      isRestricted: own.some(({ sensitivity }) => sensitivity === "restricted"),
      chance,
      overall: { n, accuracy, interval },
      bySubject,
    };
  });
}
