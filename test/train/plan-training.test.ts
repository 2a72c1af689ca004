/** The sizing of the paper's runs on ten nodes of eight H100, in closed form. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DISPLAY_SYMBOL, toRichBundle } from "../../lib/display/bundle.ts";
import { planHoursFigure, planMemoryFigure } from "../../lib/train/plan/plan-figures.ts";
import { planRows } from "../../lib/train/plan/plan-rows.ts";
import { planTraining } from "../../lib/train/plan/plan-training.ts";
import type { Quantity, QuantityRange } from "../../lib/train/plan/quantity.ts";
import { trainConfig } from "../../lib/train/train-config.ts";
import { plan } from "./plan-cases.ts";

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
