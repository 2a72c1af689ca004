import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { readResults } from "../../evals/results-file.ts";
import type { RunSpec } from "../../jobs/run-spec.ts";

/** The first characters of a fingerprint, as people compare them. */
export function short(fingerprint: string): string {
  return fingerprint.replace(/^sha256:/u, "").slice(0, 12);
}

/** Which code made it, in words. */
export function codeWords(
  code: { readonly commit: string | null; readonly hasChanges: boolean } | null,
): string {
  if (code === null || code.commit === null) return "code of no commit";
  return `code ${code.commit.slice(0, 9)}${code.hasChanges ? ", changed" : ""}`;
}

/** A number of things, in words. */
export function countOf(count: number, noun: string): string {
  return `${count.toLocaleString("en-US")} ${noun}${count === 1 ? "" : "s"}`;
}

/**
 * The facts that files tell of themselves: a run of its configuration, job and checkpoint, shards of their tokens,
 * results of their questions. Nothing where a path is neither.
 */
export async function describeMade(path: string): Promise<string[]> {
  return (await describeRun(path)) ?? (await describeShards(path)) ?? (await describeResults(path)) ?? [];
}

/** Undefined where it is no run folder. */
export async function readRunSpec(path: string): Promise<Partial<RunSpec> | undefined> {
  const spec = await readJson<Partial<RunSpec>>(join(path, "spec.json"));
  return spec?.runId === undefined ? undefined : spec;
}

async function describeRun(path: string): Promise<string[] | undefined> {
  const spec = await readRunSpec(path);
  if (spec === undefined) return undefined;
  const { recipe, seed, configFingerprint, code } = spec;
  const job = await readJson<{ state?: string; slurmJobId?: string | null }>(join(path, "job.json"));
  const checkpoint = await newestCheckpoint(path);
  return [
    ...(recipe === undefined ? [] : [`${recipe}, seed ${seed}`]),
    ...(configFingerprint === undefined ? [] : [`config ${short(configFingerprint)}`]),
    ...(code === undefined ? [] : [codeWords(code)]),
    ...(job?.state === undefined ? [] : [`${job.slurmJobId ? `job ${job.slurmJobId}` : "job"} ${job.state}`]),
    ...(checkpoint === undefined ? [] : [`checkpoint ${checkpoint}`]),
  ];
}

async function newestCheckpoint(run: string): Promise<number | undefined> {
  const names = await readdir(join(run, "checkpoints")).catch(() => []);
  const steps = names.filter((name) => existsSync(join(run, "checkpoints", name, "COMPLETE"))).map(Number);
  return steps.length === 0 ? undefined : Math.max(...steps);
}

async function describeShards(path: string): Promise<string[] | undefined> {
  interface Manifest {
    readonly format: string;
    readonly domain: string;
    readonly tokenCount: number;
    readonly documentCount: number;
    readonly tokenizer: { readonly fingerprint: string };
  }
  const manifest = await readJson<Manifest>(join(path, "manifest.json"));
  if (manifest?.format !== "rounds-token-shards") return undefined;
  return [
    `domain ${manifest.domain}`,
    countOf(manifest.documentCount, "document"),
    countOf(manifest.tokenCount, "token"),
    `tokenizer ${short(manifest.tokenizer.fingerprint)}`,
  ];
}

async function describeResults(path: string): Promise<string[] | undefined> {
  if (!path.endsWith(".jsonl") || !existsSync(path)) return undefined;
  const results = await readResults(path).catch(() => []);
  if (results.length === 0) return undefined;
  const correct = results.filter((result) => result.correct).length;
  const of = (field: "model" | "strategy" | "dataset"): string =>
    [...new Set(results.map((result) => result[field]))].join(", ");
  return [
    of("dataset"),
    `${correct} of ${results.length} right`,
    of("strategy"),
    `model ${short(results[0]!.modelFingerprint)}`,
  ];
}

async function readJson<Content>(path: string): Promise<Content | undefined> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as Content;
  } catch {
    return undefined;
  }
}
