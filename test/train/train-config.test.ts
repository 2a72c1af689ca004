import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { countParameters } from "../../lib/paper/model-shape.ts";
import { table1 } from "../../lib/paper/table-1.ts";
import { checkTrainConfig, TrainConfigError } from "../../lib/train/check-train-config.ts";
import { modelPresets, type ModelPresetName } from "../../lib/train/model-preset.ts";
import { trainConfig, type TrainConfigOverrides } from "../../lib/train/train-config.ts";

const presetOf = { "Mistral 7B": "mistral-7b", "Mixtral 8x7B": "mixtral-8x7b" } as const;
const recipes = ["pretraining", "fine-tuning", "neftune"] as const;
const names = Object.keys(modelPresets) as ModelPresetName[];

function faultsOf(make: () => unknown): readonly string[] {
  try {
    make();
  } catch (error) {
    assert.ok(error instanceof TrainConfigError, String(error));
    return error.faults;
  }
  assert.fail("the configuration was taken");
}

describe("trainConfig", () => {
  it("has every value of Table 1, each with its column", () => {
    for (const row of table1.rows) {
      const config = trainConfig(row.recipe, { model: { preset: presetOf[row.model] } });
      const { optimization, neftune } = config;
      assert.equal(optimization.learningRate, row.maximumLearningRate);
      assert.equal(optimization.steps, row.steps);
      assert.deepEqual(optimization.betas, row.betas);
      assert.equal(optimization.weightDecay, row.weightDecay);
      assert.equal(neftune?.alpha ?? null, row.neftuneAlpha);
      assert.equal(optimization.warmupStart, 0.1);
      assert.equal(optimization.warmupShare, 0.01);
      const source = config.choices.find(({ name }) => name === "optimization.learningRate")!.source;
      assert.equal(source, `paper, Table 1: ${row.model}, ${row.recipe}`);
    }
  });

  it("names as a choice every value that the paper leaves open", () => {
    const { choices } = trainConfig("pretraining");
    const open = choices.filter(({ source }) => source.includes("not stated in the paper"));
    const expected =
      "data.contextLength data.documentAttention optimization.rowsPerStep optimization.gradientClipping optimization.minLearningRate optimization.decayedParameters optimization.epsilon";
    for (const name of expected.split(" "))
      assert.ok(
        open.some((choice) => choice.name === name),
        name,
      );
  });

  it("has a choice for every value that is no path, equal to it", () => {
    for (const recipe of recipes)
      for (const preset of names) {
        const { choices, ...config } = trainConfig(recipe, { model: { preset } });
        const valueAt = (name: string): unknown =>
          name.split(".").reduce<any>((part, key) => part[key], config);
        const told = choices.filter(({ name }) => !["model.shape", "data.train"].includes(name));
        for (const { name, value } of told)
          assert.deepEqual(value, valueAt(name), `${recipe} ${preset} ${name}`);
        const keys = new Set(choices.map(({ name }) => name));
        for (const room of ["data", "optimization", "compute", "checkpoint"] as const)
          for (const key of Object.keys(config[room]))
            assert.ok(keys.has(`${room}.${key}`), `${room}.${key}`);
      }
  });

  it("takes what the caller sets, and says what the recipe has", () => {
    const config = trainConfig("pretraining", {
      optimization: { learningRate: 1e-5 },
      model: { preset: "tiny-mistral", shape: { vocabularySize: 300 } },
    });
    assert.equal(config.optimization.learningRate, 1e-5);
    assert.equal(config.optimization.minLearningRate, 1e-6, "a tenth of it");
    assert.equal(config.model.shape?.vocabularySize, 300);
    assert.equal(config.model.shape?.hiddenSize, 128);
    assert.deepEqual(
      config.choices.find(({ name }) => name === "optimization.learningRate"),
      {
        name: "optimization.learningRate",
        value: 1e-5,
        source: "set by the caller; the recipe has 0.000007 (paper, Table 1: Mistral 7B, pretraining)",
      },
    );
  });

  it("adds NEFTune to another recipe, and takes it away", () => {
    const added = trainConfig("fine-tuning", { neftune: { alpha: 10 } });
    assert.deepEqual(added.neftune, { alpha: 10, formula: "jain", lengthOf: "row" });
    const taken = trainConfig("neftune", { neftune: null });
    assert.equal(taken.neftune, null);
    assert.ok(!taken.choices.some(({ name }) => name.startsWith("neftune.")));
  });

  it("gives a configuration that checks again after a round trip through JSON, whatever the numbers", () => {
    const overrides: fc.Arbitrary<TrainConfigOverrides> = fc.record({
      seed: fc.nat(),
      model: fc.record({ preset: fc.constantFrom(...names) }),
      optimization: fc.record({ steps: fc.integer({ min: 1, max: 1e9 }) }),
      heldOutEverySteps: fc.option(fc.integer({ min: 1, max: 1e6 }), { nil: null }),
    });
    fc.assert(
      fc.property(fc.constantFrom(...recipes), overrides, (recipe, given) => {
        const config = trainConfig(recipe, given);
        const read: unknown = JSON.parse(JSON.stringify(config));
        assert.deepEqual(checkTrainConfig(read), config);
        assert.equal(config.optimization.steps, given.optimization!.steps);
      }),
      { numRuns: 50 },
    );
  });

  it("has miniatures of 1.3 and 2.9 million parameters", () => {
    const millions = (name: ModelPresetName): string =>
      (countParameters(modelPresets[name].model.shape!).total / 1e6).toFixed(1);
    assert.equal(millions("tiny-mistral"), "1.3");
    assert.equal(millions("tiny-mixtral"), "2.9");
  });
});

describe("the configurations that both sides are tested with", () => {
  const configs = {
    "pretraining-mistral-7b": trainConfig("pretraining"),
    "neftune-mixtral-8x7b": trainConfig("neftune", { model: { preset: "mixtral-8x7b" } }),
    "fine-tuning-tiny-mixtral": trainConfig("fine-tuning", {
      seed: 7,
      model: { preset: "tiny-mixtral" },
      neftune: { alpha: 10, formula: "paper", lengthOf: "document" },
      optimization: { gradientClipping: null, decayedParameters: "all" },
      heldOutEverySteps: null,
    }),
  };
  for (const [name, config] of Object.entries(configs)) {
    it(`${name} is what its file holds; test_golden_configs.py reads the same file`, () => {
      const path = new URL(`../golden/train-config/${name}.json`, import.meta.url);
      const text = `${JSON.stringify(config, null, 2)}\n`;
      if (process.env["UPDATE_GOLDEN"] !== undefined) writeFileSync(path, text);
      assert.equal(readFileSync(path, "utf8"), text);
    });
  }
});

describe("a configuration that cannot be run", () => {
  it("is refused with all its faults, the nearest name for an unknown key", () => {
    const overrides = {
      optimization: { steps: 0, learningRat: 1 },
      neftune: { alhpa: 5 },
      model: { initializeFrom: { kind: "gguf" } },
      data: { train: [{ domain: "clinical", weight: -1 }] },
    } as unknown as TrainConfigOverrides;
    assert.deepEqual(faultsOf(() => trainConfig("pretraining", overrides)).toSorted(), [
      '"data.train[0].path" is missing',
      '"data.train[0].weight" must be > 0, got -1 (number)',
      '"model.initializeFrom.kind" must be one of "safetensors", "random", got "gguf" (string)',
      '"neftune.alhpa" is no key (did you mean alpha?); keys are alpha, formula, lengthOf',
      '"optimization.learningRat" is no key (did you mean learningRate?); keys are steps, rowsPerStep, rowsPerMicroBatch, learningRate, minLearningRate, warmupShare, warmupStart, betas, epsilon, weightDecay, decayedParameters, gradientClipping, routerLossCoefficient',
      '"optimization.steps" must be >= 1, got 0 (number)',
    ]);
  });

  it("is one whose keys contradict each other", () => {
    const domain = { domain: "clinical", path: "tokens", weight: 1 };
    const faults = faultsOf(() =>
      trainConfig("pretraining", {
        model: { preset: "tiny-mistral", shape: { hiddenSize: 100, attentionHeads: 3, experts: 2 } },
        optimization: {
          rowsPerStep: 7,
          rowsPerMicroBatch: 2,
          minLearningRate: 1,
          routerLossCoefficient: 0.1,
        },
        data: { contextLength: 4096, train: [domain, domain], heldOut: [{ ...domain, rows: 1 } as never] },
      }),
    );
    // The schema's faults come first, and a missing key hides what depends on it.
    assert.deepEqual(faults, [
      '"model.shape.expertsPerToken" is missing',
      '"data.heldOut[0].weight" is no key; keys are domain, path, rows',
    ]);
    const among = faultsOf(() =>
      trainConfig("pretraining", {
        model: { preset: "tiny-mistral", shape: { hiddenSize: 100, experts: 2, expertsPerToken: 3 } },
        optimization: {
          rowsPerStep: 7,
          rowsPerMicroBatch: 2,
          minLearningRate: 1,
          routerLossCoefficient: 0.1,
        },
        data: {
          contextLength: 4096,
          documentAttention: "isolated",
          train: [domain, domain],
          heldOut: [{ domain: "clinical", path: "tokens", rows: 1 }],
        },
        compute: { attention: "flash_attention_2" },
      }),
    );
    assert.deepEqual(
      among.map((fault) => fault.split('"')[1]),
      [
        "model.shape.hiddenSize",
        "model.shape.experts",
        "model.shape.expertsPerToken",
        "data.contextLength",
        "optimization.rowsPerStep",
        "optimization.minLearningRate",
        "optimization.routerLossCoefficient",
        "optimization.rowsPerMicroBatch",
        "data.train",
        "data.heldOut",
      ],
    );
  });

  it("is one of random weights without a shape, and of a value that is neither object nor null", () => {
    assert.deepEqual(
      faultsOf(() =>
        trainConfig("pretraining", { model: { initializeFrom: { kind: "random" }, shape: null } }),
      ),
      ['"model.shape" must be object, got null'],
    );
    assert.deepEqual(
      faultsOf(() => trainConfig("pretraining", { neftune: 3 as never })),
      ['"neftune" must be object or null, got 3 (number)'],
    );
  });

  it("is one of an unknown recipe or model", () => {
    assert.throws(() => trainConfig("neftun" as never), /did you mean neftune/);
    assert.throws(() => trainConfig("neftune", { model: { preset: "mistral7b" as never } }), /mistral-7b/);
  });
});
