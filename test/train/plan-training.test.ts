/** The sizing of the paper's runs on ten nodes of eight H100, in closed form. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";

import * as fc from "fast-check";

import { modelShapes, type ModelShape } from "../../lib/paper/model-shape.ts";
import { DISPLAY_SYMBOL, toRichBundle } from "../../lib/display/bundle.ts";
import type { Cluster } from "../../lib/train/plan/cluster.ts";
import { planHoursFigure, planMemoryFigure } from "../../lib/train/plan/plan-figures.ts";
import { planRows } from "../../lib/train/plan/plan-rows.ts";
import { planTraining, type PlanTrainingOptions } from "../../lib/train/plan/plan-training.ts";
import type { Quantity, QuantityRange } from "../../lib/train/plan/quantity.ts";
import { trainingFlops } from "../../lib/train/plan/training-flops.ts";
import { trainConfig, type TrainConfigOverrides } from "../../lib/train/train-config.ts";
import { projectRoot } from "../../setup/paths.mjs";

const h100: Cluster = {
  name: "h100",
  nodes: 10,
  gpusPerNode: 8,
  gpuMemoryGiB: 80,
  peakTeraflops: 989,
  networkGigabytesPerSecond: 360,
  writeGigabytesPerSecond: 10,
  runtimeGiB: 4,
};

type Preset = "mistral-7b" | "mixtral-8x7b";

function plan(
  preset: Preset,
  cluster: Partial<Cluster> = {},
  options: PlanTrainingOptions = {},
  overrides: TrainConfigOverrides = {},
) {
  const config = trainConfig("pretraining", { ...overrides, model: { preset } });
  return planTraining(config, { ...h100, ...cluster }, options);
}

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

describe("time", () => {
  const shapes = { "mistral-7b": "Mistral 7B", "mixtral-8x7b": "Mixtral 8x7B" } as const;
  const expected = [
    [0.3, "mistral-7b", 6042, 11_953, 6.2],
    [0.4, "mistral-7b", 8056, 8965, 4.7],
    [0.5, "mistral-7b", 10_070, 7172, 3.7],
    [0.3, "mixtral-8x7b", 3577, 20_188, 10.5],
    [0.4, "mixtral-8x7b", 4770, 15_141, 7.9],
    [0.5, "mixtral-8x7b", 5962, 12_113, 6.3],
  ] as const;

  for (const [mfu, preset, tokensPerSecond, gpuHours, days] of expected) {
    it(`of 260 billion tokens: ${shapes[preset]} at a utilisation of ${mfu}, 80 GPUs, rows of 8,192`, () => {
      const { time } = plan(preset, {}, { tokens: 260e9, mfu });
      assert.equal(Math.round(time!.tokensPerSecondPerGpu.low), tokensPerSecond);
      assert.equal(Math.round(time!.gpuHours.low), gpuHours);
      assert.equal(Number(time!.days.low.toFixed(1)), days);
      assert.deepEqual([time!.gpuHours.low, time!.days.low], [time!.gpuHours.high, time!.days.high]);
    });
  }

  it("counts 6 FLOP for each multiplied parameter and attention by the causal half or in full", () => {
    const shape = modelShapes["Mistral 7B"];
    const linear = 6 * (7_241_732_096 - 32_000 * 4096);
    assert.equal(trainingFlops(shape, 8192), linear + 6 * 32 * 8192 * 4096);
    assert.equal(trainingFlops(shape, 8192, "full"), linear + 12 * 32 * 8192 * 4096);
    const tied = { ...shape, tieWordEmbeddings: true };
    assert.equal(trainingFlops(tied, 8192), trainingFlops(shape, 8192), "a tied output layer multiplies too");
  });

  it("is bound by a slow network, and says so", () => {
    const slow = plan("mistral-7b", { networkGigabytesPerSecond: 25 });
    assert.equal(slow.network!.floorSeconds.value.toFixed(1), "1.7");
    assert.equal(slow.time!.stepSeconds.low.toFixed(9), slow.network!.stepSeconds.value.toFixed(9));
    assert.match(slow.warnings.join("\n"), /network takes longer than the computation/u);
    const fast = plan("mistral-7b");
    assert.ok(fast.time!.stepSeconds.low > fast.network!.stepSeconds.value);
    assert.doesNotMatch(fast.warnings.join("\n"), /network/u);
  });

  it("is not known where the peak is not", () => {
    const unknown = plan("mistral-7b", { peakTeraflops: null });
    assert.equal(unknown.time, null);
    assert.match(unknown.speed.basis, /give cluster\.peakTeraflops/u);
  });
});

describe("network and checkpoints", () => {
  it("have the floors and sizes of the two models", () => {
    const facts = (["mistral-7b", "mixtral-8x7b"] as const).map((preset) => {
      const fast = plan(preset);
      const slow = plan(preset, { networkGigabytesPerSecond: 25 });
      const { size, seconds } = fast.checkpoints;
      return [
        fast.network!.floorSeconds.value.toFixed(2),
        slow.network!.floorSeconds.value.toFixed(1),
        size.value.toFixed(1),
        seconds!.value.toFixed(1),
      ];
    });
    assert.deepEqual(facts, [
      ["0.12", "1.7", "86.9", "8.7"],
      ["0.78", "11.2", "560.4", "56.0"],
    ]);
  });

  it("lead: the writing, a step of the slower end and a minute", () => {
    const { checkpoints, time } = plan("mixtral-8x7b");
    const lead = checkpoints.seconds!.value + time!.stepSeconds.high + 60;
    assert.equal(checkpoints.requeueLead!.value, lead);
  });

  it("counts the checkpoints that stay", () => {
    const kept = (
      steps: number,
      checkpoint: { everySteps: number; keepLast: number; keepEverySteps: null | number },
    ) => plan("mistral-7b", {}, {}, { optimization: { steps }, checkpoint }).checkpoints.kept.value;
    assert.equal(kept(100, { everySteps: 10, keepLast: 3, keepEverySteps: null }), 3);
    assert.equal(kept(100, { everySteps: 10, keepLast: 1, keepEverySteps: 50 }), 2);
    assert.equal(kept(105, { everySteps: 10, keepLast: 1, keepEverySteps: 50 }), 3);
    assert.equal(kept(100, { everySteps: 30, keepLast: 2, keepEverySteps: 25 }), 5);
    assert.equal(kept(5, { everySteps: 10, keepLast: 2, keepEverySteps: null }), 1);
  });
});

describe("the speed of a plan", () => {
  it("is the interval given, and reaches what others published for the same size and context", () => {
    const { speed } = plan("mistral-7b");
    assert.equal(speed.utilisation![0], 0.25);
    assert.equal(speed.utilisation![1].toFixed(3), "0.347");
    assert.deepEqual(
      speed.evidence.map(({ utilisation }) => utilisation!.toFixed(3)),
      ["0.300", "0.347", "0.292", "0.339", "0.325"],
    );
    assert.deepEqual(plan("mistral-7b", {}, { mfu: [0.2, 0.3] }).speed.utilisation, [0.2, 0.3]);
  });

  it("agrees with the publishers' own utilisations when attention counts in full", () => {
    const { speed } = plan("mistral-7b", {}, { attention: "full" });
    const found = new Map(
      speed.evidence.map(({ name, utilisation }) => [name, (100 * utilisation!).toFixed(1)]),
    );
    // torchtitan states 33 to 39 %; llm-foundry 37.14 %, which counts its learned positions as multiplied.
    assert.equal(found.get("Llama 3.1 8B, 8 GPUs, FSDP"), "33.7");
    assert.equal(found.get("Llama 3.1 8B, 8 GPUs, FSDP and torch.compile"), "39.0");
    assert.equal(found.get("MPT 7B, 8 GPUs, 8192 tokens"), "37.0");
  });

  it("takes runs at 4,096 tokens for a context of 4,096, and 32.5 % for 7,500 tokens a second", () => {
    const { speed } = plan("mistral-7b", {}, {}, { data: { contextLength: 4096 } });
    const llama2 = speed.evidence.find(({ tokensPerSecondPerGpu }) => tokensPerSecondPerGpu === 7500);
    assert.equal((100 * llama2!.utilisation!).toFixed(1), "32.5");
    assert.equal(speed.evidence.length, 2);
  });

  it("is assumed for Mixtral, which nobody published under FSDP", () => {
    const { speed, warnings } = plan("mixtral-8x7b");
    assert.deepEqual([speed.utilisation, speed.evidence], [[0.15, 0.4], []]);
    assert.match(speed.basis, /^assumed/u);
    assert.match(warnings.join("\n"), /468 TFLOP\/s/u);
  });

  it("is that of your own past runs, of the same model, context, precision and accelerator alone", () => {
    const like = {
      name: "run-1",
      shape: modelShapes["Mistral 7B"],
      contextLength: 8192,
      precision: "bfloat16" as const,
      peakTeraflops: 989,
      tokensPerSecondPerGpu: 5000,
    };
    const ownRuns = [
      like,
      { ...like, name: "run-2", tokensPerSecondPerGpu: 6000 },
      { ...like, name: "shorter", contextLength: 4096, tokensPerSecondPerGpu: 9000 },
      { ...like, name: "other model", shape: modelShapes["Mixtral 8x7B"], tokensPerSecondPerGpu: 1 },
      { ...like, name: "other GPU", peakTeraflops: 312, tokensPerSecondPerGpu: 2 },
      { ...like, name: "float32", precision: "float32" as const, tokensPerSecondPerGpu: 3 },
    ];
    const { speed, time } = plan("mistral-7b", {}, { ownRuns });
    assert.deepEqual([time!.tokensPerSecondPerGpu.low, time!.tokensPerSecondPerGpu.high], [5000, 6000]);
    assert.deepEqual(
      speed.evidence.map(({ name }) => name),
      ["run-1", "run-2"],
    );
    assert.equal(speed.utilisation![1], (6000 * trainingFlops(like.shape, 8192)) / 989e12);
    const onProcessor = { ...like, peakTeraflops: null, tokensPerSecondPerGpu: 7 };
    const laptop = plan("mistral-7b", { peakTeraflops: null }, { ownRuns: [onProcessor] });
    assert.equal(laptop.time!.tokensPerSecondPerGpu.low, 7);
    assert.equal(laptop.speed.utilisation, null);
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

describe("warnings of a plan", () => {
  it("name a batch that the GPUs do not divide, with the nearest that they do", () => {
    const { warnings } = plan("mistral-7b", { nodes: 9 });
    assert.match(warnings[0]!, /rowsPerStep 400 is no multiple of 72 GPUs × 1 row.*360 or 432/u);
  });

  it("say when the tokens planned are not those of the steps", () => {
    const { warnings } = plan("mixtral-8x7b", {}, { tokens: 260e9 });
    assert.match(
      warnings.join("\n"),
      /260\.0 billion tokens are planned; .*37,344 steps pass over 269\.2 billion/u,
    );
  });
});

describe("the formulas of a plan", () => {
  /** Every formula, read as arithmetic over the plan's own letters, gives the number beside it. */
  function evaluate(formula: string, letters: Readonly<Record<string, number>>): number {
    const expression = formula.replaceAll("×", "*").replaceAll(/\b(min|max)\(/gu, "Math.$1(");
    const compute = new Function(...Object.keys(letters), `return ${expression}`) as (
      ...of: number[]
    ) => number;
    return compute(...Object.values(letters));
  }

  const unevaluated = new Set(["all of the above but states", "measured"]);

  for (const preset of ["mistral-7b", "mixtral-8x7b"] as const) {
    for (const activationCheckpointing of [true, false]) {
      it(`give its numbers: ${preset}, ${activationCheckpointing ? "with" : "without"} activation checkpointing`, () => {
        const found = plan(
          preset,
          { networkGigabytesPerSecond: 45 },
          {},
          { compute: { activationCheckpointing } },
        );
        const { symbols, time, network, checkpoints, memory, speed } = found;
        const letters = (end: 0 | 1) => ({
          ...symbols,
          R: 989e12,
          U: speed.utilisation![end],
          F: time!.flopsPerToken.value,
          C: network!.stepSeconds.value,
          v: end === 0 ? time!.tokensPerSecondPerGpu.low : time!.tokensPerSecondPerGpu.high,
          w: 45e9,
          W: 10e9,
          K: checkpoints.kept.value,
          t: time!.stepSeconds.high,
        });
        const { kept: _, ...written } = checkpoints;
        let checked = 0;
        for (const number of [memory, time!, network!, written].flatMap((part) => Object.values(part))) {
          const { formula } = number as Quantity | QuantityRange;
          if (unevaluated.has(formula)) continue;
          const ends = [evaluate(formula, letters(0)), evaluate(formula, letters(1))];
          const shown = "value" in number ? [number.value, number.value] : [number.low, number.high];
          for (const [index, value] of ends.toSorted((left, right) => left - right).entries()) {
            assert.ok(
              Math.abs(value / shown[index]! - 1) < 1e-12 || value === shown[index],
              `${formula} = ${value}`,
            );
          }
          checked += 1;
        }
        assert.ok(checked >= 20);
      });
    }
  }
});

describe("figures of plans", () => {
  it("stack what the memory holds up to the total, beside what there is", () => {
    const plans = {
      "8 GPUs": plan("mixtral-8x7b", { nodes: 1 }),
      "16 GPUs": plan("mixtral-8x7b", { nodes: 2 }),
    };
    const { data, layout } = planMemoryFigure(plans);
    const heights = data.map((trace) => trace["y"] as number[]);
    for (const [index, { memory }] of Object.values(plans).entries()) {
      const height = heights.reduce((sum, values) => sum + values[index]!, 0);
      assert.ok(Math.abs(height - memory.total.value) < 1e-9);
    }
    assert.equal((layout["shapes"] as { y0: number }[])[0]!.y0, 80);
    assert.throws(() => planMemoryFigure({}), /"stacks" must be at least one stack/u);
  });

  it("draw GPU-hours against utilisation: 15,141 at 40 %", () => {
    const { data } = planHoursFigure({ Mixtral: plan("mixtral-8x7b", {}, { tokens: 260e9 }) });
    const [x, y] = [data[0]!["x"] as number[], data[0]!["y"] as number[]];
    assert.equal(y[x.indexOf(40)], 15_141);
    assert.deepEqual([x[0], x.at(-1)], [10, 60]);
    const unknown = plan("mistral-7b", { peakTeraflops: null });
    assert.throws(
      () => planHoursFigure({ a: unknown }),
      /"plans\.a" must be of a cluster with peakTeraflops/u,
    );
  });
});

describe("a plan", () => {
  it("is plain JSON and shows itself as one table with every formula", async () => {
    const found = plan("mixtral-8x7b", { nodes: 1 });
    assert.deepEqual(JSON.parse(JSON.stringify(found)), { ...found });
    const { data } = toRichBundle(await found[DISPLAY_SYMBOL]());
    for (const mimeType of ["text/html", "text/plain"]) {
      const text = String(data[mimeType]);
      assert.match(text, /Does not fit on 8 GPUs \(h100\): 104\.7 of 80 GiB a GPU, states alone 87\.0/u);
      assert.match(text, /Fits with 2 nodes, 16 GPUs \(61\.2 GiB\)/u);
      for (const { formula } of planRows(found)) assert.ok(text.includes(formula), formula);
    }
    const parts = new Set(planRows(found).map(({ part }) => part));
    assert.deepEqual([...parts], ["memory of a GPU", "time", "checkpoints", "symbols"]);
  });

  it("refuses what it cannot count with", () => {
    assert.throws(() => plan("mistral-7b", { nodes: 0 }), /"nodes" must be a whole number >= 1, got 0/u);
    assert.throws(() => plan("mistral-7b", {}, { mfu: 40 }), /"mfu" must be a share in \(0, 1\]/u);
    assert.throws(() => plan("mistral-7b", {}, { mfu: [0.4, 0.3] }), /the smaller first/u);
    assert.throws(() => plan("mistral-7b", {}, { token: 1 } as never), /did you mean tokens\?/u);
    const config = trainConfig("pretraining", { model: { shape: null } });
    assert.throws(() => planTraining(config, "h100-80"), /"model\.shape" must be given for a plan/u);
    assert.throws(() => planTraining(config, "h100"), /did you mean h100-80\?/u);
    assert.throws(
      () => planTraining(config, { nodes: 1, gpusPerNode: 8, gpuMemory: 80 } as never),
      /did you mean gpuMemoryGiB\?/u,
    );
    assert.throws(
      () => planTraining(config, { nodes: 1, gpusPerNode: 8 }),
      /"cluster\.gpuMemoryGiB" must be a number > 0/u,
    );
  });
});
