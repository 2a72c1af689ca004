/** The figures of the paper, drawn from its own tables and points. */
import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { describe, it } from "node:test";

import { wilsonInterval } from "../../lib/core/statistics/wilson-interval.ts";
import { FigureSvg } from "../../lib/display/figure-svg.ts";
import { evaluationSizes } from "../../lib/paper/evaluation-size.ts";
import { knownPoints } from "../../lib/paper/known-points.ts";
import { table2 } from "../../lib/paper/table-2.ts";
import { accuracyFigure, pretrainingAccuracyFigure, promptingFigure } from "../../lib/plots/index.ts";

const TABLE_2 = evaluationSizes.flatMap(({ task, label, count }) =>
  table2.rows.map((row) => {
    const { model, recipe } = row;
    const accuracyPercent = row[task];
    const name = ["published", "baseline"].includes(recipe) ? model : `${model} ${recipe}`;
    if (count === null || recipe === "published")
      return { task: label, model: name, recipe, accuracyPercent };
    const { low, high } = wilsonInterval(Math.round((accuracyPercent * count) / 100), count);
    return {
      task: label,
      model: name,
      recipe,
      accuracyPercent,
      lowPercent: 100 * low,
      highPercent: 100 * high,
    };
  }),
);
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
const FIGURES = {
  "table-2": accuracyFigure(TABLE_2, {
    title: "Table 2",
    chancePercent: { MedQA: 20, MedMCQA: 25 },
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
      if (process.env["UPDATE_GOLDEN"] !== undefined || !existsSync(path)) writeFileSync(path, text);
      assert.equal(text, readFileSync(path, "utf8"));
    });
  }

  it("hold nothing that plotly would ignore or change", () => {
    const plotly = new FigureSvg();
    for (const [name, figure] of Object.entries(FIGURES)) assert.deepEqual(plotly.problems(figure), [], name);
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
