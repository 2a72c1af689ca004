import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { describe, it } from "node:test";

import { FigureSvg } from "../../lib/display/figure-svg.ts";
import { quantile } from "../../lib/plots/box-figure.ts";
import {
  barFigure,
  boxFigure,
  funnelFigure,
  heatmapFigure,
  histogramFigure,
  lineFigure,
  memoryFigure,
  runComparisonFigure,
  scatterFigure,
  scoreFigure,
  similarityFigure,
  trainingLossFigure,
} from "../../lib/plots/index.ts";

const LOSSES = [
  { step: 1, split: "train", loss: 4 },
  { step: 2, split: "train", loss: Number.NaN },
  { step: 3n, split: "train", loss: 2.5 },
  { step: 1, split: "eval", loss: 4.2 },
  { step: 3, split: "eval", loss: null },
];
const DOCUMENTS = [1, 2, 4, 8, 16, 32, 64].flatMap((words) => [
  { source: "a <b>", words },
  { source: "c & d", words: words * 3 },
]);
const PAIRS = [
  { left: "MedQA", right: "MedQA", pairs: 1273 },
  { left: "MedQA", right: "MMLU", pairs: 12 },
  { left: "MMLU", right: "MedQA", pairs: 12 },
];
function curve(bands: number, rows: number): { similarity: number; probability: number }[] {
  return [0, 0.25, 0.5, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 1].map((similarity) => ({
    similarity,
    probability: 1 - (1 - similarity ** rows) ** bands,
  }));
}
function lossRows(steps: readonly number[], attempt = 1) {
  return steps.map((step) => ({
    step,
    tokensSeen: 100 * step,
    attempt,
    lossByDomain: {
      clinical: { loss: step === 3 ? Number.NaN : 8 / (1 + step), tokens: 75 },
      ...(step === 2 ? {} : { "a <b>": { loss: 9 / (1 + step), tokens: 25 } }),
    },
  }));
}
const RUN = {
  train: [...lossRows([1, 2, 3]), ...lossRows([4, 5, 6], 2)],
  heldOut: lossRows([0, 6]),
  events: [
    { event: "epoch", step: 5, domain: "clinical" },
    { event: "resumed", step: 3 },
  ],
};
function curveOf(...points: [number, number][]) {
  return points.map(([x, y]) => ({ x, y }));
}
const FIGURES = {
  "run-comparison": runComparisonFigure(
    [
      {
        name: "a <b>: mean of 2 seeds",
        points: curveOf([0, 8], [1, 6], [2, Number.NaN], [3, 4], [30, 3]),
        raw: [curveOf([0, 9], [1, 7]), curveOf([0, 7], [1, 5])],
        band: { name: "lowest to highest", low: curveOf([0, 7], [1, 5]), high: curveOf([0, 9], [1, 7]) },
        restarts: curveOf([3, 4]),
        notFinite: curveOf([2, 6]),
        gaps: [
          [
            { x: 3, y: 4 },
            { x: 30, y: 3 },
          ],
        ],
      },
      { name: "c", points: curveOf([1, 9], [2, 0]), notFinite: curveOf([2, 9]) },
    ],
    { xLabel: "Step", xScale: "log", yScale: "log", title: "Loss" },
  ),
  score: scoreFigure([
    { run: "a <b>", task: "medqa", metric: "acc", value: 0.4, low: 0.3, high: 0.5 },
    { run: "c", task: "medqa", metric: "acc", value: 0.5, low: null, high: null },
  ]),
  training: trainingLossFigure({ "one < two": RUN, two: RUN }, { smoothing: 2, x: "tokens", title: "Loss" }),
  line: lineFigure(LOSSES, {
    x: "step",
    y: "loss",
    color: "split",
    title: "Loss < 5",
    yLabel: "Loss (nats)",
  }),
  histogram: histogramFigure(DOCUMENTS, { x: "words", color: "source", bins: 4, xScale: "log" }),
  bar: barFigure(PAIRS, { x: "right", y: "pairs", color: "left", arrangement: "stack", horizontal: true }),
  box: boxFigure(DOCUMENTS, { group: "source", value: "words", xScale: "log", xLabel: "Length (words)" }),
  scatter: scatterFigure(DOCUMENTS, { x: "words", y: "words", label: "source", height: 300 }),
  heatmap: heatmapFigure(PAIRS, { x: "right", y: "left", value: "pairs", valueLabel: "Pairs" }),
  funnel: funnelFigure([
    { step: "read", left: 12_000 },
    { step: "length < 100 words", left: 11_100 },
    { step: "licence", left: 11_100 },
    { step: "near-duplicates", left: 640 },
  ]),
  memory: memoryFigure(
    [
      {
        name: "8 <GPUs>",
        parts: ["a", "b", "c", "d", "e", "f", "g"].map((part, gibibytes) => ({ part, gibibytes })),
      },
      { name: "16 GPUs", parts: [{ part: "a", gibibytes: 3.5 }] },
    ],
    { limitGiB: 80 },
  ),
  similarity: similarityFigure(
    [
      { name: "450 x 20", points: curve(450, 20) },
      { name: "15 x 400", points: curve(15, 400) },
    ],
    [0.41, 0.42, 0.55, 0.7, 0.86, 0.9, 0.97, 1, 1],
    { threshold: 0.85, bins: 20 },
  ),
};

/** Compare with the file in test/golden, or write it when UPDATE_GOLDEN is set. */
function assertGolden(name: string, value: unknown): void {
  const path = new URL(`../golden/figures/${name}.json`, import.meta.url);
  const text = `${JSON.stringify(value, null, 1)}\n`;
  if (process.env["UPDATE_GOLDEN"] !== undefined) writeFileSync(path, text);
  assert.equal(text, readFileSync(path, "utf8"));
}

describe("figures", () => {
  for (const [name, figure] of Object.entries(FIGURES)) {
    it(`${name} is, key by key, what it was`, () => assertGolden(name, figure));
  }

  it("hold nothing that plotly would ignore or change", () => {
    const plotly = new FigureSvg();
    for (const [name, figure] of Object.entries(FIGURES)) assert.deepEqual(plotly.problems(figure), [], name);
  });

  it("tell their groups apart without colours", () => {
    const rows = ["a", "b", "c", "d", "e", "f", "g", "h"].flatMap((group, value) => [
      { group, value },
      { group, value: value + 1 },
    ]);
    const columns = { x: "value", y: "value", color: "group" };
    const drawn = [
      barFigure(rows, columns),
      scatterFigure(rows, columns),
      lineFigure(rows, columns),
      histogramFigure(rows, { x: "value", color: "group" }),
      scoreFigure(
        rows.map(({ group, value }) => ({
          run: group,
          task: "t",
          metric: "m",
          value,
          low: null,
          high: null,
        })),
      ),
      runComparisonFigure(
        rows
          .map(({ group }) => ({ name: group, points: [{ x: 0, y: 1 }] }))
          .filter((_, index) => index % 2 === 0),
      ),
    ];
    for (const { data, layout } of drawn) {
      // Beyond six the signs come again, with other colours.
      const signs = data.slice(0, 6).map((trace) => {
        const { pattern, symbol } = (trace["marker"] ?? {}) as {
          pattern?: { shape: string };
          symbol?: string;
        };
        const { dash } = (trace["line"] ?? {}) as { dash?: string };
        return `${pattern?.shape} ${symbol} ${dash}`;
      });
      assert.equal(new Set(signs).size, 6, `${JSON.stringify(layout["meta"])}: ${signs.join(", ")}`);
    }
  });

  it("mark a point that has a gap on both sides, which no line leads to", () => {
    const modes = (values: readonly (number | null)[]) =>
      lineFigure(
        values.map((y, x) => ({ x, y })),
        { x: "x", y: "y" },
      ).data.map((trace) => trace["mode"]);
    assert.deepEqual(modes([1, 2, null, 3, 4]), ["lines"]);
    assert.deepEqual(modes([1, 2, null, 3]), ["lines+markers"]);
  });

  it("name the nearest column and all of them when one is missing", () => {
    assert.throws(() => lineFigure(LOSSES, { x: "stpe", y: "loss" }), {
      name: "ArgumentError",
      message: '"x" must be one of step, split, loss (did you mean step?), got "stpe" (string)',
    });
    assert.throws(() => histogramFigure(LOSSES, { x: "loss", bin: 10 } as never), {
      message:
        /"bin" must be left out: no such option \(did you mean bins\?\); options are x, color, bins, /u,
    });
    assert.throws(() => funnelFigure([], { heigth: 300 } as never), /did you mean height\?/u);
    assert.throws(
      () => lineFigure(LOSSES, { x: "step", y: "loss", height: "3em" } as never),
      /"height" must/u,
    );
    const stacked = { x: "step", y: "loss", arrangement: "stacked" };
    assert.throws(() => barFigure(LOSSES, stacked as never), /"arrangement" must be one of group, stack/u);
    assert.throws(() => lineFigure(LOSSES, { ...stacked, yScale: "log10" } as never), /"arrangement" must/u);
    assert.throws(
      () => lineFigure(LOSSES, { x: "step", y: "loss", yScale: "log10" } as never),
      /must be one of linear, log \(did you mean log\?\)/u,
    );
    assert.throws(() => lineFigure([], { x: "step", y: "loss" }), /"rows" must be at least one row/u);
    assert.throws(
      () => histogramFigure([{ a: "x" }], { x: "a" }),
      /a column of numbers \(row 0 of "a" is not\)/u,
    );
  });
});

describe("trainingLossFigure", () => {
  it("weights a mean by tokens, and keeps a NaN to its own step", () => {
    const rows = [1, 2, 3, 4].map((step) => ({
      step,
      tokensSeen: step,
      attempt: 1,
      lossByDomain: { clinical: { loss: step === 3 ? Number.NaN : step, tokens: step } },
    }));
    const { data } = trainingLossFigure({ train: rows }, { smoothing: 2 });
    assert.deepEqual(data[1]!["y"], [1, 5 / 3, null, 4]);
  });

  it("says what it needs", () => {
    assert.throws(
      () => trainingLossFigure({ train: [] }),
      /"runs" must be at least one row with a loss by domain/u,
    );
    assert.throws(
      () => trainingLossFigure(RUN, { smoothing: 0 }),
      /"smoothing" must be a whole number of steps/u,
    );
  });
});

describe("quantile", () => {
  it("lies on the straight line between neighbours", () => {
    assert.equal(quantile([1, 2, 3, 4], 0.5), 2.5);
    assert.equal(quantile([1, 2, 3, 4], 0.25), 1.75);
    assert.equal(quantile([7], 0.95), 7);
  });
});
