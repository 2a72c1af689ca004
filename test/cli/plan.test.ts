/** `npm run -s rounds -- plan` as a user types it, from a folder of their own. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { plan } from "../../lib/cli/plan.ts";
import { modelShapes } from "../../lib/paper/model-shape.ts";
import type { TrainingPlan } from "../../lib/train/plan/plan-training.ts";
import { readModelShape } from "../../lib/train/read-model-shape.ts";
import { trainConfig } from "../../lib/train/train-config.ts";
import { rounds } from "./run-rounds.ts";

const folder = mkdtempSync(join(tmpdir(), "rounds-plan-"));
after(() => rmSync(folder, { recursive: true }));

function write(name: string, content: object): void {
  writeFileSync(join(folder, name), JSON.stringify(content));
}

/** As Mixtral's own file has it, of which transformers 5 wrote one key elsewhere. */
const mixtralFile = {
  model_type: "mixtral",
  hidden_size: 4096,
  intermediate_size: 14336,
  num_hidden_layers: 32,
  num_attention_heads: 32,
  num_key_value_heads: 8,
  vocab_size: 32000,
  rope_theta: 1000000.0,
  max_position_embeddings: 32768,
  sliding_window: null,
  rms_norm_eps: 1e-5,
  tie_word_embeddings: false,
  num_local_experts: 8,
  num_experts_per_tok: 2,
};

const pretraining = trainConfig("pretraining", { model: { preset: "mixtral-8x7b", shape: null } });
const initializeFrom = { kind: "safetensors", path: "." } as const;
write("train.config.json", { ...pretraining, model: { ...pretraining.model, initializeFrom } });
write("config.json", mixtralFile);
write("eight.json", { nodes: 1, gpusPerNode: 8, gpuMemoryGiB: 80, peakTeraflops: 989 });

/** The same without a process of its own. */
async function planOf(...parameters: string[]): Promise<TrainingPlan> {
  return (await plan.run(parameters, { folder, signal: new AbortController().signal })) as TrainingPlan;
}

describe("rounds plan", () => {
  it("says that Mixtral does not fit on 8 GPUs, by its checkpoint's own sizes", async () => {
    const { code, stdout, stderr } = await rounds(
      folder,
      "plan",
      "train.config.json",
      "--cluster",
      "eight.json",
    );
    assert.equal(code, 0, stderr);
    const { fits, memory, changes } = JSON.parse(stdout) as TrainingPlan;
    assert.equal(fits, false);
    assert.equal(memory.states.value.toFixed(1), "87.0");
    assert.deepEqual(changes[0]!.set, { nodes: 2 });
  });

  it("counts 15,141 GPU-hours for 260 billion tokens on the paper's 80 GPUs at 40 %", async () => {
    const { time } = await planOf(
      "train.config.json",
      "--tokens",
      "260e9",
      "--mfu",
      "0.4",
      "--cluster",
      "h100-80",
    );
    assert.equal(Math.round(time!.gpuHours.low), 15_141);
  });

  it("takes its speed from past runs of the same model and accelerator", async () => {
    const run = join(folder, "runs", "one");
    mkdirSync(run, { recursive: true });
    const compute = { ...pretraining.compute, peakTeraflops: 989 };
    const model = { ...pretraining.model, shape: modelShapes["Mixtral 8x7B"] };
    writeFileSync(join(run, "train.config.json"), JSON.stringify({ ...pretraining, compute, model }));
    const line = { v: 1, kind: "train", step: 9, attempt: 1, tokens_per_second: 24_000, world_size: 8 };
    writeFileSync(join(run, "metrics.jsonl"), `${JSON.stringify(line)}\n`);
    const { time, speed } = await planOf("train.config.json", "--runs", "runs");
    assert.equal(time!.tokensPerSecondPerGpu.low, 3000);
    assert.deepEqual(
      speed.evidence.map(({ name }) => name),
      ["one"],
    );
  });

  it("takes an interval of utilisations, and refuses what is none", async () => {
    const { speed } = await planOf("train.config.json", "--mfu", "0.2-0.3");
    assert.deepEqual(speed.utilisation, [0.2, 0.3]);
    await assert.rejects(planOf("train.config.json", "--mfu", "0.3-0.2"), /the smaller first/u);
    await assert.rejects(
      planOf("train.config.json", "--mfu", "0.3-0.4-0.5"),
      /--mfu must be a share or two/u,
    );
  });

  it("answers wrong files and words with what to do", async () => {
    write("typo.json", { node: 1, gpusPerNode: 8, gpuMemoryGiB: 80 });
    const typo = planOf("train.config.json", "--cluster", "typo.json");
    await assert.rejects(typo, /"node" must be left out: no such option \(did you mean nodes\?\)/u);
    write("half.json", { version: 1, model: { architecture: "mistral" } });
    await assert.rejects(planOf("half.json"), /recipe/u);
    await assert.rejects(planOf("absent.json"), /absent\.json/u);
    const none = await rounds(folder, "plan", "--cluster", "h100-80");
    assert.equal(none.code, 2);
    assert.match(none.stderr, /CONFIG\.json is missing/u);
  });
});

describe("readModelShape", () => {
  it("reads both forms of transformers' configuration", async () => {
    assert.deepEqual(await readModelShape(folder), modelShapes["Mixtral 8x7B"]);
    const { rope_theta, ...file } = mixtralFile;
    write("config.json", { ...file, rope_parameters: { rope_type: "default", rope_theta } });
    assert.deepEqual(await readModelShape(folder), modelShapes["Mixtral 8x7B"]);
    write("config.json", mixtralFile);
  });

  it("refuses another model, and a size left out", async () => {
    const other = mkdtempSync(join(folder, "other-"));
    writeFileSync(join(other, "config.json"), JSON.stringify({ ...mixtralFile, model_type: "gpt2" }));
    await assert.rejects(readModelShape(other), /describes a gpt2 model; mistral and mixtral are known/u);
    writeFileSync(join(other, "config.json"), JSON.stringify({ ...mixtralFile, vocab_size: undefined }));
    await assert.rejects(readModelShape(other), /must have "vocab_size" as a number, got undefined/u);
    await assert.rejects(readModelShape(join(folder, "nowhere")), /config\.json is not there/u);
  });
});
