/** `npm run -s rounds -- plan` as a user types it, from a folder of their own. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
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
    const plan = JSON.parse(stdout) as TrainingPlan;
    assert.equal(plan.fits, false);
    assert.equal(plan.memory.states.value.toFixed(1), "87.0");
    assert.deepEqual(plan.changes[0]!.set, { nodes: 2 });
  });

  it("counts 15,141 GPU-hours for 260 billion tokens on the paper's 80 GPUs at 40 %", async () => {
    const options = ["--tokens", "260e9", "--mfu", "0.4", "--cluster", "h100-80"];
    const { code, stdout, stderr } = await rounds(folder, "plan", "train.config.json", ...options);
    assert.equal(code, 0, stderr);
    assert.equal(Math.round((JSON.parse(stdout) as TrainingPlan).time!.gpuHours.low), 15_141);
  });

  it("takes an interval of utilisations, and refuses what is none", async () => {
    const { stdout } = await rounds(folder, "plan", "train.config.json", "--mfu", "0.2-0.3");
    assert.deepEqual((JSON.parse(stdout) as TrainingPlan).speed.utilisation, [0.2, 0.3]);
    const wrong = await rounds(folder, "plan", "train.config.json", "--mfu", "0.3-0.2");
    assert.equal(wrong.code, 1);
    assert.match(wrong.stderr, /the smaller first/u);
  });

  it("answers wrong files and words with what to do", async () => {
    write("typo.json", { node: 1, gpusPerNode: 8, gpuMemoryGiB: 80 });
    const typo = await rounds(folder, "plan", "train.config.json", "--cluster", "typo.json");
    assert.match(typo.stderr, /"node" must be left out: no such option \(did you mean nodes\?\)/u);
    write("half.json", { version: 1, model: { architecture: "mistral" } });
    const half = await rounds(folder, "plan", "half.json");
    assert.equal(half.code, 2);
    assert.match(half.stderr, /"recipe" is missing/u);
    const none = await rounds(folder, "plan", "--cluster", "h100-80");
    assert.equal(none.code, 2);
    assert.match(none.stderr, /CONFIG\.json is missing/u);
    const absent = await rounds(folder, "plan", "absent.json");
    assert.match(absent.stderr, /absent\.json cannot be read/u);
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
    await assert.rejects(readModelShape(join(folder, "nowhere")), /config\.json cannot be read/u);
  });
});
