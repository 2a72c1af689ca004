/** The figures of the paper, drawn from its own tables and points. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { describe, it } from "node:test";

import { alternativeText } from "../../lib/display/alternative-text.ts";
import { FigureSvg } from "../../lib/display/figure-svg.ts";
import { paperTable2Bars } from "../../lib/lab/paper-figures.ts";
import { knownPoints } from "../../lib/paper/known-points.ts";
import { significanceMatrix } from "../../lib/paper/significance-matrix.ts";
import { hyperparametersOf } from "../../lib/paper/table-1.ts";
import { table3 } from "../../lib/paper/table-3.ts";
import {
  accuracyFigure,
  learningRateFigure,
  mixtureFigure,
  planComparisonFigure,
  pretrainingAccuracyFigure,
  promptingFigure,
  significanceFigure,
  throughputFigure,
} from "../../lib/plots/index.ts";
import { chanceName } from "../../lib/plots/reference-line.ts";
import { sampleLearningRates } from "../../lib/train/learning-rate.ts";

const TABLE_2 = paperTable2Bars();
const CHECKPOINTS = [0, 2e6, 1e6].flatMap((pretrainingTokens) => [
  { series: "base", promptFormat: "none", pretrainingTokens, accuracyPercent: 30 },
  {
    series: "fine-tuned < F",
    promptFormat: "Figure 4",
    pretrainingTokens,
    accuracyPercent: 40 + pretrainingTokens / 1e5,
    lowPercent: 38 + pretrainingTokens / 1e5,
    highPercent: 43 + pretrainingTokens / 1e5,
  },
]);
const SCHEDULES = (["Mistral 7B", "Mixtral 8x7B"] as const).flatMap((model) =>
  (["pretraining", "fine-tuning"] as const).map((recipe) => {
    const { steps, maximumLearningRate } = hyperparametersOf(model, recipe);
    const schedule = {
      steps,
      learningRate: maximumLearningRate,
      minLearningRate: maximumLearningRate / 10,
      warmupShare: 0.01,
      warmupStart: 0.1,
    };
    return { name: `${model}, ${recipe}`, ...sampleLearningRates(schedule) };
  }),
);
const SPEEDS = Array.from({ length: 40 }, (_, index) => ({
  step: index + 1,
  tokensPerSecond: index === 0 ? 900 : index === 20 ? Number.NaN : 4000 + 150 * Math.sin(index),
}));
const FIGURES = {
  "learning-rates": learningRateFigure(SCHEDULES, { title: "Learning rates of Table 1" }),
  mixture: mixtureFigure(
    table3.rows.map(({ domain, dataset, samples }) => ({ domain, dataset, count: samples })),
    { title: "Table 3 < all" },
  ),
  significance: significanceFigure(
    significanceMatrix().map(({ model, from, to, task, difference, pValue, correctedPValue }) => ({
      comparison: `${model}: ${from} → ${to}`,
      task: task === "medqa" ? "MedQA" : "MedMCQA",
      differencePoints: difference,
      pValue,
      correctedPValue,
    })),
    { title: "Differences of Table 2" },
  ),
  throughput: throughputFigure(
    { base: SPEEDS, "a <b>": SPEEDS.map((row) => ({ ...row, tokensPerSecond: 0.8 * row.tokensPerSecond })) },
    { planned: { low: 3000, high: 5000 }, title: "Throughput" },
  ),
  "plan-comparison": planComparisonFigure(
    [
      { quantity: "Time", unit: "h", plannedLow: 2, plannedHigh: 4, actual: 3.5 },
      { quantity: "Memory of one GPU", unit: "GiB", plannedLow: 41, plannedHigh: 41, actual: 44.2 },
      { quantity: "Checkpoint <bytes>", unit: "GB", plannedLow: 87, plannedHigh: 87, actual: null },
      { quantity: "Throughput", unit: "tokens/s", plannedLow: 3000, plannedHigh: 5000, actual: 1200 },
    ],
    { title: "Plan against actual" },
  ),
  "table-2": accuracyFigure(TABLE_2.bars, {
    title: "Table 2",
    chancePercent: { MedQA: 20, MedMCQA: 25 },
    notes: TABLE_2.notes,
  }),
  "figure-2": pretrainingAccuracyFigure(CHECKPOINTS, {
    knownPoints: knownPoints.rows
      .filter(({ figure }) => figure === "Figure 2")
      .map(({ model, recipe, pretrainingTokens, accuracyPercent }) => ({
        series: "fine-tuned < F",
        pretrainingTokens,
        accuracyPercent,
        label: `${model} ${recipe}`,
      })),
  }),
  "figure-3": promptingFigure(
    [
      { model: "tiny, F", strategy: "zero-shot", accuracyPercent: 40, lowPercent: 36, highPercent: 44 },
      { model: "tiny, F", strategy: "medprompt", accuracyPercent: 45, lowPercent: 41, highPercent: 49 },
    ],
    {
      chancePercent: 25,
      knownPoints: knownPoints.rows
        .filter(({ figure }) => figure === "Figure 3")
        .map(({ prompting, model, recipe, accuracyPercent, isLowerBound }) => ({
          model: recipe === "baseline" ? model : `${model} ${recipe}`,
          strategy: prompting,
          accuracyPercent,
          isLowerBound,
        })),
    },
  ),
};

describe("figures of the paper", () => {
  for (const [name, figure] of Object.entries(FIGURES)) {
    it(`${name} is, key by key, what it was`, () => {
      const path = new URL(`../golden/figures/${name}.json`, import.meta.url);
      const text = `${JSON.stringify(figure, null, 1)}\n`;
      if (process.env["UPDATE_GOLDEN"] !== undefined) writeFileSync(path, text);
      assert.equal(text, readFileSync(path, "utf8"));
    });
  }

  it("hold nothing that plotly would ignore or change", () => {
    const plotly = new FigureSvg();
    for (const [name, figure] of Object.entries(FIGURES)) assert.deepEqual(plotly.problems(figure), [], name);
  });
});

describe("learningRateFigure", () => {
  it("draws the warm-up of each schedule from a tenth to its maximum, and ends at the floor", () => {
    const { data } = FIGURES["learning-rates"];
    assert.equal(data.length, 2 * SCHEDULES.length);
    for (const [index, { recipe, model }] of [
      { model: "Mistral 7B", recipe: "pretraining" },
      { model: "Mistral 7B", recipe: "fine-tuning" },
      { model: "Mixtral 8x7B", recipe: "pretraining" },
      { model: "Mixtral 8x7B", recipe: "fine-tuning" },
    ].entries()) {
      const maximum = hyperparametersOf(model as "Mistral 7B", recipe as "pretraining").maximumLearningRate;
      const warmup = data[index]!["y"] as number[];
      const whole = data[index + SCHEDULES.length]!["y"] as number[];
      assert.ok(Math.abs(warmup[0]! / maximum - 0.1) < 1e-9);
      assert.ok(Math.abs(Math.max(...warmup) / maximum - 1) < 0.02);
      assert.ok(Math.abs(whole.at(-1)! / maximum - 0.1) < 1e-9);
    }
  });
});

describe("significanceFigure", () => {
  it("shades one cell alone after the correction", () => {
    const z = FIGURES.significance.data[0]!["z"] as number[][];
    assert.equal(z.flat().filter((shade) => shade === 2).length, 1);
    assert.equal(z.flat().length, 16);
  });
});

describe("planComparisonFigure", () => {
  it("leaves out the mark that was not measured, and refuses a range that ends before it begins", () => {
    assert.equal((FIGURES["plan-comparison"].data[1]!["x"] as number[]).length, 3);
    const row = { quantity: "Time", unit: "h", plannedLow: 4, plannedHigh: 2, actual: 3 };
    assert.throws(
      () => planComparisonFigure([row]),
      /"rows\[0\]" must be numbers above 0, the low end first/u,
    );
  });
});

describe("throughputFigure", () => {
  it("takes the median of the finite steps, and refuses a run without one", () => {
    assert.equal(FIGURES.throughput.data.length, 5);
    assert.match(FIGURES.throughput.data[2]!.name!, /^base: median 3,999$/u);
    assert.throws(() => throughputFigure({ base: [] }), /"runs.base" must be at least one step/u);
  });
});

describe("accuracyFigure", () => {
  it("draws an interval where the number of questions is known, and nowhere else", () => {
    const { data } = FIGURES["table-2"];
    const lengths = (axis: string) =>
      data
        .filter((trace) => trace["xaxis"] === axis && "error_x" in trace)
        .flatMap((trace) => (trace["error_x"] as { array: number[] }).array);
    const [medqa, usmle, mmlu, medmcqa] = ["x", "x2", "x3", "x4"].map(lengths);
    assert.equal(medqa!.length, 10);
    assert.ok(medqa!.every((length) => length > 2 && length < 3));
    assert.deepEqual([usmle, mmlu], [[], []]);
    assert.equal(medmcqa!.length, 10);
  });

  it("refuses an impossible accuracy, an interval beside it, and two of one model", () => {
    const row = { task: "MedQA", model: "ours", recipe: "F", accuracyPercent: 50 };
    assert.throws(() => accuracyFigure([]), /"rows" must be at least one row/u);
    assert.throws(() => accuracyFigure([{ ...row, accuracyPercent: 101 }]), /in \[0, 100\], got 101/u);
    assert.throws(
      () => accuracyFigure([{ ...row, lowPercent: 60 }]),
      /must be an interval around its accuracy 50/u,
    );
    assert.throws(() => accuracyFigure([row, row]), /one row for ours on MedQA/u);
  });
});

describe("pretrainingAccuracyFigure", () => {
  it("draws the accuracy of guessing in the panels of rows alone, named once and said in words", () => {
    const known = [{ series: "F", pretrainingTokens: 0, accuracyPercent: 50, label: "the paper's F" }];
    const figure = pretrainingAccuracyFigure(CHECKPOINTS, { chancePercent: 25, knownPoints: known });
    assert.deepEqual(
      (figure.layout["shapes"] as { yref: string; y0: number; showlegend: boolean }[]).map(
        ({ yref, y0, showlegend }) => [yref, y0, showlegend],
      ),
      [
        ["y", 25, true],
        ["y2", 25, false],
      ],
    );
    assert.match(alternativeText(figure), /Reference lines: chance \(25 %\)\./u);
    // Means of fifths over so many questions.
    assert.equal(chanceName([19.999999999999996, 20]), "chance (20 %)");
    assert.equal(chanceName([20, 25]), "chance");
  });

  it("joins the checkpoints of a series by their tokens, prompt formats apart", () => {
    const { data } = FIGURES["figure-2"];
    assert.deepEqual(data[0]!["x"], [0, 1e6, 2e6]);
    assert.deepEqual(
      data.map((trace) => [trace["mode"], trace["xaxis"]]),
      [
        ["lines+markers", "x"],
        ["lines+markers", "x2"],
        ["markers", "x3"],
      ],
    );
  });
});
