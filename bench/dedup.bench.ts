/** Near-duplicate removal end to end: speed against gaoya, pairs against exhaustive truth, memory, threads. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { wordShingles } from "../lib/core/shingles.ts";
import type { BandingPreset } from "../lib/corpus/minhash/banding.ts";
import { runOurs, runPeer, type OneRun } from "./duplicate-processes.ts";
import { interleave, pairedRatio, summary, type Measurement } from "./harness.ts";
import { nearDuplicateCorpus } from "./near-duplicate-corpus.ts";
import { sentenceCorpus } from "./sentence-corpus.ts";

const rounds = 5;
const threadRounds = 3;
const documents = 20_000;
const threshold = 0.85;

export default async function dedupBenchmark(): Promise<Measurement[]> {
  const corpus = await nearDuplicateCorpus(documents);
  const folder = mkdtempSync(join(tmpdir(), "rounds-dedup-bench-"));
  const path = (name: string) => join(folder, name);
  const ours = (preset: BandingPreset, workers: number, pairs?: string) =>
    runOurs(corpus, { output: path("out.jsonl"), removed: path("removed.jsonl"), preset, workers, pairs });
  try {
    const memory: number[] = [];
    const cpu = (runOnce: () => Promise<OneRun>) => async () => {
      const { cpuSeconds, memoryMegabytes } = await runOnce();
      memory.push(memoryMegabytes);
      return cpuSeconds;
    };
    const gaoya = async (bands: number) =>
      (await runPeer("deduplicate", "gaoya", corpus, String(bands), "8", path("gaoya.jsonl"))).seconds;
    const speed = await interleave(rounds, {
      ours: cpu(() => ours("fast", 1)),
      gaoya14: () => gaoya(14),
      gaoya32: () => gaoya(32),
    });
    // Large enough that starting threads does not count.
    const large = sentenceCorpus(0.2);
    const wall = (workers: number) => async () => {
      const options = { output: path("large.jsonl"), removed: path("large-removed.jsonl"), workers } as const;
      return (await runOurs(large, { ...options, preset: "lee" })).wallSeconds;
    };
    const threads = await interleave(threadRounds, { one: wall(1), two: wall(2) });
    const truth = exhaustivePairs(corpus);
    const found = await Promise.all(
      (["lee", "fast"] as const).map(async (preset) => {
        const pairs = path(`${preset}.jsonl`);
        const [output, removed] = [path(`${preset}-out.jsonl`), path(`${preset}-removed.jsonl`)];
        const options = { output, removed, pairs, preset, workers: 1 };
        const { report, memoryMegabytes } = await runOurs(corpus, options);
        memory.push(memoryMegabytes);
        return { preset, report, ...comparePairs(pairs, truth) };
      }),
    );
    const spill = found[0]!.report.spillBytes / documents;
    return [
      ...(["gaoya32", "gaoya14"] as const).map((peer) => ({
        what: `fast, JSONL to JSONL, CPU time / gaoya with ${peer.slice(5)} bands of 8 and its own filter`,
        value: pairedRatio(speed.ours, speed[peer]),
        unit: "ratio" as const,
        atMost: 1 / 3,
        detail: `${summary(speed.ours, "s")} against ${summary(speed[peer], "s")}`,
      })),
      ...found.flatMap(({ preset, missed, wrong }) => [
        {
          what: `${preset}: share of pairs at or above ${threshold} that are missed`,
          value: missed / truth.size,
          unit: "ratio" as const,
          atMost: preset === "lee" ? 0 : 0.0005,
          detail: `${missed} of ${truth.size}`,
        },
        {
          what: `${preset}: reported pairs that exhaustive comparison does not give`,
          value: wrong,
          unit: "ratio" as const,
          atMost: 0,
          detail: `${wrong}`,
        },
      ]),
      {
        what: `memory for ${documents} documents`,
        value: Math.max(...memory),
        unit: "MB",
        atMost: 300,
        detail: summary(memory, "MB"),
      },
      {
        what: "spill a document at 450 x 20",
        value: spill / 1e6,
        unit: "MB",
        atMost: 0.004,
        detail: `${Math.round(spill)} bytes`,
      },
      {
        what: "lee, 0.2 GB, two threads / one, wall time",
        value: pairedRatio(threads.two, threads.one),
        unit: "ratio",
        atMost: 1 / 1.7,
        detail: `${summary(threads.two, "s")} against ${summary(threads.one, "s")}`,
      },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Similarity of every pair at or above the threshold, counted over an index of all shingles. */
function exhaustivePairs(path: string): Map<string, number> {
  const index = new Map<number, number[]>();
  const sizes: number[] = [];
  const pairs = new Map<string, number>();
  for (const [right, line] of readFileSync(path, "utf8").trimEnd().split("\n").entries()) {
    const shingles = wordShingles((JSON.parse(line) as { text: string }).text);
    sizes.push(shingles.length);
    const shared = new Map<number, number>();
    for (const shingle of shingles) {
      const holders = index.get(shingle);
      if (holders === undefined) index.set(shingle, [right]);
      else {
        for (const left of holders) shared.set(left, (shared.get(left) ?? 0) + 1);
        holders.push(right);
      }
    }
    for (const [left, count] of shared) {
      const jaccard = count / (sizes[left]! + shingles.length - count);
      if (jaccard >= threshold) pairs.set(`document-${left} document-${right}`, jaccard);
    }
  }
  return pairs;
}

function comparePairs(path: string, truth: ReadonlyMap<string, number>): { missed: number; wrong: number } {
  let [right, wrong] = [0, 0];
  for (const line of readFileSync(path, "utf8").split("\n").slice(0, -1)) {
    const pair = JSON.parse(line) as { left: string; right: string; jaccard: number };
    if (truth.get(`${pair.left} ${pair.right}`) === pair.jaccard) right++;
    else wrong++;
  }
  return { missed: truth.size - right, wrong };
}
