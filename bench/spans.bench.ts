/** Exact repeated spans: the same bytes as a suffix array gives, and what they take; one process each. */
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { RepeatedSpansReport } from "../lib/corpus/exact-spans/remove-repeated-spans.ts";
import { projectNode, projectRoot, venvPython } from "../setup/paths.mjs";
import { interleave, median, pairedRatio, summary, type Measurement } from "./harness.ts";
import { generatedSpansCorpus, realSpansCorpus } from "./repeated-spans-corpus.ts";

const run = promisify(execFile);
const rounds = 3;
const minimums = [
  { pass: "first", minimum: 400 },
  { pass: "second", minimum: 100 },
] as const;
/** Megabytes of text, and our CPU time over the peer's that is to be reached there. */
const sizes = [
  { megabytes: 20, atMost: 1 / 2 },
  { megabytes: 60, atMost: 1 },
] as const;
const largeMegabytes = Number(process.env["ROUNDS_BENCH_SPANS_MEGABYTES"] ?? 500);
/** 8 MB a second. */
const secondsAMegabyte = 1 / 8;

interface OneRun {
  readonly report: RepeatedSpansReport;
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
  readonly memoryMegabytes: number;
}

export default async function spansBenchmark(): Promise<Measurement[]> {
  const folder = mkdtempSync(join(tmpdir(), "rounds-spans-bench-"));
  const spansPath = join(folder, "spans.jsonl");
  const ours = async (corpus: string, minimum: number, workers = 1): Promise<OneRun> => {
    const script = join(projectRoot, "bench", "spans-once.ts");
    const parameters = [corpus, join(folder, "out.jsonl"), spansPath, String(minimum), String(workers)];
    const { stdout } = await run(projectNode, [script, ...parameters], { timeout: 600_000 });
    return JSON.parse(stdout) as OneRun;
  };
  try {
    const measurements: Measurement[] = [];
    let smallRate: number | undefined;
    let tables = 0;
    for (const { megabytes, atMost } of sizes) {
      const generated = await generatedSpansCorpus(megabytes);
      const real = await realSpansCorpus(megabytes);
      const corpora = real === undefined ? { generated } : { generated, real };
      for (const [name, corpus] of Object.entries(corpora)) {
        const cpu = (minimum: number) => async () => {
          const { cpuSeconds, report } = await ours(corpus, minimum);
          tables = Math.max(tables, report.tableBytes / report.textBytes);
          return cpuSeconds;
        };
        const peer = async () => (await runPeer(corpus)).seconds;
        const samples = await interleave(rounds, { first: cpu(400), second: cpu(100), peer });
        const truth = minimums.map(({ pass }) => join(folder, `truth-${pass}.jsonl`));
        await runPeer(corpus, ...minimums.flatMap(({ minimum }, place) => [String(minimum), truth[place]!]));
        for (const [place, { pass, minimum }] of minimums.entries()) {
          await ours(corpus, minimum);
          const differing = differingLines(
            readFileSync(spansPath, "utf8"),
            readFileSync(truth[place]!, "utf8"),
          );
          const what = `${megabytes} MB, ${name} texts, L = ${minimum}`;
          const own = samples[pass];
          if (name === "generated" && minimum === 100) smallRate ??= median(own) / megabytes;
          measurements.push(
            {
              what: `${what}: spans that differ from the suffix array's`,
              value: differing.count,
              unit: "count",
              atMost: 0,
              detail: `of ${differing.total}`,
            },
            {
              what: `${what}: CPU time from JSONL to JSONL / pydivsufsort's suffix array and LCP array alone`,
              value: pairedRatio(own, samples.peer),
              unit: "ratio",
              atMost,
              detail: `${summary(own, "s")} against ${summary(samples.peer, "s")}`,
            },
          );
        }
      }
    }
    const large = await generatedSpansCorpus(largeMegabytes);
    const largeRun = await ours(large, 100);
    const largeRate = largeRun.cpuSeconds / largeMegabytes;
    const twenty = smallRate!;
    measurements.push(
      {
        what: `${largeMegabytes} MB, generated texts, L = 100: CPU time a megabyte`,
        value: largeRate,
        unit: "s",
        atMost: secondsAMegabyte,
        detail: `${largeRun.cpuSeconds.toFixed(1)} s; ${Math.round(largeRun.memoryMegabytes)} MB of memory`,
      },
      {
        what: `CPU time a megabyte at ${largeMegabytes} MB / at 20 MB`,
        value: largeRate / twenty,
        unit: "ratio",
        atMost: 1.2,
        detail: `${(1 / twenty).toFixed(1)} MB/s at 20 MB, ${(1 / largeRate).toFixed(1)} MB/s at ${largeMegabytes} MB`,
      },
      {
        what: "tables for a byte of text",
        value: Math.max(tables, largeRun.report.tableBytes / largeRun.report.textBytes),
        unit: "ratio",
        atMost: 0.6,
        detail: "the documents' places and identifiers, and one part of the anchors",
      },
    );
    const threads = await interleave(rounds, {
      one: async () => (await ours(large, 100, 1)).wallSeconds,
      two: async () => (await ours(large, 100, 2)).wallSeconds,
    });
    measurements.push({
      what: `${largeMegabytes} MB, L = 100: two threads / one, wall time`,
      value: pairedRatio(threads.two, threads.one),
      unit: "ratio",
      atMost: 1 / 1.7,
      detail: `${summary(threads.two, "s")} against ${summary(threads.one, "s")}`,
    });
    return measurements;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The suffix array and the LCP array in a process of its own; see spans_peers.py. */
async function runPeer(...parameters: string[]): Promise<{ seconds: number; bytes: number }> {
  if (!existsSync(venvPython)) throw new Error(`${venvPython} is missing; npm run bench installs it`);
  const script = join(projectRoot, "bench", "spans_peers.py");
  const env = { ...process.env, OMP_NUM_THREADS: "1", OPENBLAS_NUM_THREADS: "1" };
  const { stdout } = await run(venvPython, [script, ...parameters], { env, timeout: 600_000 });
  return JSON.parse(stdout) as { seconds: number; bytes: number };
}

/** Lines of one text that the other lacks, and the other way round. */
function differingLines(one: string, other: string): { count: number; total: number } {
  const [ours, theirs] = [one, other].map((text) => text.split("\n").slice(0, -1));
  const [ourSet, theirSet] = [new Set(ours), new Set(theirs)];
  return { count: ourSet.symmetricDifference(theirSet).size, total: theirSet.size };
}
