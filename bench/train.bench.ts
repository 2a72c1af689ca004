/** Our trainer against transformers' Trainer: the same model and rows, one thread of the CPU each. */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { SeededRandom } from "../lib/core/seeded-random.ts";
import { writeTokenShards } from "../lib/corpus/tokens/write-shards.ts";
import { trainConfig, type TrainConfig } from "../lib/train/train-config.ts";
import { projectRoot, venvPython } from "../setup/paths.mjs";
import { pairedRatio, summary, type Measurement } from "./harness.ts";

const run = promisify(execFile);
const steps = 40;
const warmUpSteps = 5;
const vocabularySize = 2048;
const contextLength = 256;
const rowsPerStep = 4;

export default async function trainBenchmark(): Promise<Measurement[]> {
  const folder = mkdtempSync(join(tmpdir(), "rounds-bench-train-"));
  try {
    writeFileSync(join(folder, "train.config.json"), JSON.stringify(await configOf(folder)));
    const seconds = await secondsOfSteps(folder);
    const speeds = (samples: number[]) =>
      summary(
        samples.map((each) => (rowsPerStep * contextLength) / each),
        "tokens/s",
      );
    return [
      {
        what: "CPU time a token of training, 9 million parameters / transformers' Trainer",
        value: pairedRatio(seconds.ours, seconds.transformers),
        unit: "ratio",
        atMost: 1,
        detail: `${speeds(seconds.ours)} against ${speeds(seconds.transformers)}, step about in one process`,
      },
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function configOf(folder: string): Promise<TrainConfig> {
  const random = new SeededRandom("bench-train");
  const samples = Array.from({ length: 400 }, (_, index) => ({
    id: String(index),
    source: "generated",
    licence: "CC0-1.0",
    sensitivity: "public" as const,
    tokens: Uint32Array.from({ length: random.integer(50, 500) }, () => random.integer(1, vocabularySize)),
  }));
  const fingerprint = `sha256:${"0".repeat(64)}`;
  const tokenizer = { name: "generated", fingerprint, vocabularySize, beginTokenId: null, endTokenId: 0 };
  const path = join(folder, "clinical");
  await writeTokenShards(path, samples, { domain: "clinical", tokenizer });
  const shape = { hiddenSize: 320, intermediateSize: 1024, layers: 6, attentionHeads: 4, keyValueHeads: 2 };
  return trainConfig("pretraining", {
    model: { preset: "tiny-mistral", shape: { ...shape, vocabularySize } },
    data: { train: [{ domain: "clinical", path, weight: 1 }], heldOut: [], contextLength },
    optimization: { steps, rowsPerStep, rowsPerMicroBatch: 2 },
    compute: { device: "cpu", precision: "float32", activationCheckpointing: false, compile: false },
    heldOutEverySteps: null,
    checkpoint: { everySteps: steps },
  });
}

/** CPU seconds of each step after warm-up. */
async function secondsOfSteps(runFolder: string): Promise<Record<"ours" | "transformers", number[]>> {
  const script = join(projectRoot, "bench", "train_peers.py");
  const { stdout } = await run(venvPython, [script, runFolder, String(warmUpSteps)], {
    cwd: projectRoot,
    env: { ...process.env, PYTHONPATH: projectRoot, OMP_NUM_THREADS: "1", HF_HUB_OFFLINE: "1" },
    timeout: 600_000,
    maxBuffer: 2 ** 26,
  });
  return JSON.parse(stdout.trim().split("\n").at(-1)!) as Record<"ours" | "transformers", number[]>;
}
