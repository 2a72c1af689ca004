import { readdir, readFile } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";

import type { CorpusFacts, CorpusStep, ShardFacts } from "../../care/card/data-card.ts";
import { shardLicences } from "../../care/run-licences.ts";
import { manifestFile, readManifest } from "../../corpus/tokens/manifest.ts";
import type { StepReport } from "../corpus-pipeline/pipeline-step.ts";

const sourcesShown = 20;

/**
 * What is known of a corpus: of a pipeline's output every step and all token shards, of a folder of token shards these
 * and the steps of the pipeline that it lies in.
 *
 * @returns undefined where the folder holds neither
 */
export async function gatherCorpus(folder: string): Promise<CorpusFacts | undefined> {
  const shards = await shardFolders(folder);
  const steps = await stepsAround(folder);
  if (shards.length === 0 && steps.length === 0) return undefined;
  return {
    name: basename(folder),
    steps,
    shards: await Promise.all(shards.map((path) => shardFacts(path, relative(folder, path)))),
  };
}

/** The steps of the pipelines that folders of token shards lie in, each pipeline once. */
export async function gatherPipelines(shards: readonly string[]): Promise<CorpusFacts[]> {
  const corpora = new Map<string, CorpusFacts>();
  for (const path of shards) {
    const output = await pipelineAround(path);
    if (output === undefined || corpora.has(output)) continue;
    const facts = await gatherCorpus(output);
    if (facts !== undefined) corpora.set(output, facts);
  }
  return [...corpora.values()];
}

async function shardFolders(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile() && entry.name === manifestFile)
    .map((entry) => entry.parentPath)
    .toSorted();
}

async function shardFacts(path: string, name: string): Promise<ShardFacts> {
  const manifest = await readManifest(path);
  const { domain, sensitivity, tokenizer, documentCount, tokenCount, sources } = manifest;
  return {
    name: name === "" ? basename(path) : name,
    domain,
    sensitivity,
    tokenizer: tokenizer.name,
    documentCount,
    tokenCount,
    sources: sources.slice(0, sourcesShown).map((source) => ({ ...source, source: basename(source.source) })),
    licences: shardLicences(domain, manifest),
  };
}

async function stepsAround(folder: string): Promise<CorpusStep[]> {
  const output = (await stepFolders(folder)).length > 0 ? folder : await pipelineAround(folder);
  if (output === undefined) return [];
  const steps: CorpusStep[] = [];
  for (const name of await stepFolders(output)) {
    const record = await readStep(join(output, name));
    if (record !== undefined) steps.push({ ...record, step: name.replace(/^\d\d-/u, "") });
  }
  return steps;
}

/** The nearest folder above with a pipeline's steps in it. */
async function pipelineAround(folder: string): Promise<string | undefined> {
  for (let path = dirname(folder), levels = 0; levels < levelsUp; path = dirname(path), levels++)
    if ((await stepFolders(path)).length > 0) return path;
  return undefined;
}

/** From `corpus/05-tokenize/train/clinical`. */
const levelsUp = 3;

async function stepFolders(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  const found: string[] = [];
  for (const name of names.toSorted())
    if (/^\d\d-/u.test(name) && (await readStep(join(folder, name))) !== undefined) found.push(name);
  return found;
}

async function readStep(folder: string): Promise<Omit<CorpusStep, "step"> | undefined> {
  const text = await readFile(join(folder, "step.json"), "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const { report } = JSON.parse(text) as { readonly report: StepReport };
  const { in: count, kept, droppedBy, warnings } = report;
  return { in: count, kept, droppedBy, warnings };
}
