/** Near-duplicate removal of 0.6, 2.5 and 10 GB: how time grows with size, and that memory does not. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runOurs } from "./duplicate-processes.ts";
import type { Measurement } from "./harness.ts";
import { sentenceCorpus } from "./sentence-corpus.ts";

const sizes = [0.6, 2.5, 10];
const memoryBytes = 1e9;

export default async function scaleBenchmark(): Promise<Measurement[]> {
  const folder = mkdtempSync(join(tmpdir(), "rounds-scale-bench-"));
  const [output, removed] = [join(folder, "out.jsonl"), join(folder, "removed.jsonl")];
  const runs: { bytes: number; seconds: number; detail: string }[] = [];
  let memory = 0;
  try {
    for (const gigabytes of sizes) {
      const options = { output, removed, preset: "fast", memoryBytes } as const;
      const { report, cpuSeconds, wallSeconds, memoryMegabytes } = await runOurs(
        sentenceCorpus(gigabytes),
        options,
      );
      memory = Math.max(memory, memoryMegabytes);
      const detail = `${gigabytes} GB, ${report.documents} documents: ${cpuSeconds.toFixed(0)} s of CPU, ${wallSeconds.toFixed(0)} s, ${memoryMegabytes.toFixed(0)} MB`;
      process.stdout.write(`    ${detail}\n`);
      runs.push({ bytes: report.inputBytes, seconds: cpuSeconds, detail });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const [first, last] = [runs[0]!, runs.at(-1)!];
  const detail = runs.map((run) => run.detail).join("; ");
  return [
    {
      what: "fast: CPU time grows as the size to the power of",
      value: Math.log(last.seconds / first.seconds) / Math.log(last.bytes / first.bytes),
      unit: "ratio",
      atMost: 1.1,
      detail,
    },
    { what: "fast: memory with --memory 1GB", value: memory, unit: "MB", atMost: memoryBytes / 1e6, detail },
  ];
}
