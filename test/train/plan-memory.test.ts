/** What a plan says of the memory of a GPU, and what to change when it does not fit. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import type { ModelShape } from "../../lib/paper/model-shape.ts";
import { planTraining } from "../../lib/train/plan/plan-training.ts";
import { trainConfig } from "../../lib/train/train-config.ts";
import { projectRoot } from "../../setup/paths.mjs";
import { plan, type Preset } from "./plan-cases.ts";

describe("memory of a GPU", () => {
  const states = (preset: Preset, gpus: number): string =>
    plan(preset, { nodes: gpus / 8 }).memory.states.value.toFixed(2);

  it("is 16 bytes a parameter over the GPUs for the states", () => {
    const found = [8, 16, 80].map((gpus) => states("mistral-7b", gpus));
    assert.deepEqual(found, ["13.49", "6.74", "1.35"]);
    assert.deepEqual([states("mixtral-8x7b", 8), states("mixtral-8x7b", 16)], ["86.99", "43.50"]);
  });

  it("counts the copies of Mixtral on 80 GPUs, whose experts are cut over 16 of them, and none on 64", () => {
    const onEighty = plan("mixtral-8x7b");
    assert.deepEqual([onEighty.symbols.Z, onEighty.symbols.N], [16, 80]);
    assert.equal(states("mixtral-8x7b", 80), "43.50");
    // Cut over all 80 it would be 8.70.
    assert.equal(((onEighty.memory.states.value * 16) / 80).toFixed(2), "8.70");
    assert.match(
      onEighty.warnings.join("\n"),
      /each of 5 copies of the model lies on 16 GPUs; 64 GPUs would hold one/u,
    );
    assert.equal(plan("mixtral-8x7b", { nodes: 8 }).symbols.Z, 64);
  });

  it("does not hold Mixtral's states on 8 GPUs, whatever else is changed, and does on 16", () => {
    const onEight = plan("mixtral-8x7b", { nodes: 1 });
    assert.equal(onEight.fits, false);
    assert.ok(onEight.memory.states.value > onEight.cluster.gpuMemoryGiB);
    assert.deepEqual(
      onEight.changes.map(({ set }) => set),
      [{ nodes: 2 }],
    );
    const onSixteen = plan("mixtral-8x7b", { nodes: 2 });
    assert.equal(onSixteen.fits, true);
    assert.equal(onSixteen.memory.total.value, onEight.changes[0]!.memoryGiB);
    assert.deepEqual(onSixteen.changes, []);
  });

  it("gathers three layers of 0.41 or 2.70 GiB", () => {
    assert.equal((plan("mistral-7b").memory.gatheredLayers.value / 3).toFixed(2), "0.41");
    assert.equal((plan("mixtral-8x7b").memory.gatheredLayers.value / 3).toFixed(2), "2.70");
  });

  it("keeps 2.0 GiB of layer inputs for a row of 8,192 tokens, and its logits twice 0.98 GiB", () => {
    const { memory } = plan("mistral-7b", {}, {}, { compute: { lossChunkTokens: null } });
    assert.equal(memory.activations.value, 2);
    assert.equal((memory.logits.value / 2).toFixed(2), "0.98");
  });

  it("adds up to the total", () => {
    const { states: shardedTogether, total, ...parts } = plan("mixtral-8x7b").memory;
    const sum = Object.values(parts).reduce((held, { value }) => held + value, 0);
    assert.ok(Math.abs(sum - total.value) < 1e-12 * sum);
    const { weights, gradients, optimizerStates } = parts;
    const sharded = weights.value + gradients.value + optimizerStates.value;
    assert.ok(Math.abs(sharded - shardedTogether.value) < 1e-12 * sharded);
  });
});

describe("activations", () => {
  interface Measured {
    readonly name: string;
    readonly precision: "bfloat16" | "float32";
    readonly shape: ModelShape;
    readonly bytesPerTokenAndLayer: number;
  }

  const measured = JSON.parse(
    readFileSync(join(projectRoot, "test", "golden", "plan", "saved-activations.json"), "utf8"),
  ) as Measured[];

  for (const { name, precision, shape, bytesPerTokenAndLayer } of measured) {
    it(`are within 1 % what PyTorch was measured to keep: ${name}`, () => {
      const preset = shape.experts === undefined ? "tiny-mistral" : "tiny-mixtral";
      const config = trainConfig("pretraining", {
        model: { preset, shape },
        compute: { precision, activationCheckpointing: true },
        optimization: { rowsPerMicroBatch: 1 },
      });
      const { memory, symbols } = planTraining(config, "this-machine");
      const planned = (memory.recomputedLayer.value * symbols.GiB) / symbols.s;
      assert.ok(Math.abs(planned / bytesPerTokenAndLayer - 1) < 0.01, `${planned} bytes`);
    });
  }

  it("are those of every layer without checkpointing, and else of one, with every layer's input", () => {
    const kept = plan("mistral-7b", {}, {}, { compute: { activationCheckpointing: false } }).memory;
    const recomputed = plan("mistral-7b").memory;
    assert.equal(kept.activations.value, 32 * recomputed.recomputedLayer.value);
    assert.equal(kept.recomputedLayer.value, 0);
  });
});

describe("what to change when it does not fit", () => {
  it("lists each change that is enough alone, and the nodes that would be", () => {
    const compute = { activationCheckpointing: false, lossChunkTokens: null };
    const { fits, changes, memory } = plan(
      "mistral-7b",
      { nodes: 1 },
      {},
      { compute, optimization: { rowsPerMicroBatch: 2 } },
    );
    assert.equal(fits, false);
    assert.ok(memory.activations.value > 80);
    assert.deepEqual(
      changes.map(({ set }) => set),
      [{ "compute.activationCheckpointing": true }, { "optimization.rowsPerMicroBatch": 1 }],
    );
  });

  it("joins what costs nothing when no single change is enough", () => {
    const compute = { activationCheckpointing: false, lossChunkTokens: null };
    const { changes } = plan(
      "mistral-7b",
      { gpuMemoryGiB: 32, nodes: 1 },
      {},
      { compute, optimization: { rowsPerMicroBatch: 4 } },
    );
    assert.deepEqual(
      changes.map(({ set }) => Object.keys(set)),
      [["compute.activationCheckpointing", "compute.lossChunkTokens", "optimization.rowsPerMicroBatch"]],
    );
  });

  it("gives changes that are enough, and no more rows at a time than fit", () => {
    fc.assert(
      fc.property(
        fc.constantFrom<Preset>("mistral-7b", "mixtral-8x7b"),
        fc.integer({ min: 1, max: 12 }),
        fc.constantFrom(1, 2, 4),
        fc.boolean(),
        fc.constantFrom(16, 40, 80),
        (preset, nodes, rowsPerMicroBatch, activationCheckpointing, gpuMemoryGiB) => {
          const overrides = {
            compute: { activationCheckpointing, lossChunkTokens: null },
            optimization: { rowsPerMicroBatch },
          };
          const first = plan(preset, { nodes, gpuMemoryGiB }, {}, overrides);
          assert.equal(first.fits, first.memory.total.value <= gpuMemoryGiB);
          if (first.fits) assert.deepEqual(first.changes, []);
          for (const { set, memoryGiB } of first.changes) {
            const changed = plan(
              preset,
              { nodes: (set["nodes"] as number) ?? nodes, gpuMemoryGiB },
              {},
              {
                compute: {
                  activationCheckpointing:
                    (set["compute.activationCheckpointing"] as boolean) ?? activationCheckpointing,
                  lossChunkTokens: (set["compute.lossChunkTokens"] as number) ?? null,
                },
                optimization: {
                  rowsPerMicroBatch: (set["optimization.rowsPerMicroBatch"] as number) ?? rowsPerMicroBatch,
                },
              },
            );
            assert.deepEqual([changed.fits, changed.memory.total.value], [true, memoryGiB]);
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});
