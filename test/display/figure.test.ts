import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";

import { alternativeText } from "../../lib/display/alternative-text.ts";
import { DISPLAY_SYMBOL, toRichBundle } from "../../lib/display/bundle.ts";
import { downsampleFigure } from "../../lib/display/downsample.ts";
import { figure, figureBundle, isFigure } from "../../lib/display/figure.ts";
import { accuracyFigure, barFigure, heatmapFigure, lineFigure } from "../../lib/plots/index.ts";

const LINE = lineFigure(
  [
    { step: 1, loss: 2 },
    { step: 9, loss: 1 },
  ],
  { x: "step", y: "loss", title: "Loss < 3" },
);

describe("figureBundle", () => {
  it("holds the live figure, a picture of twice its size with words, and a text", async () => {
    const { data, metadata } = await figureBundle(LINE);
    const png = Buffer.from(data["image/png"] as string, "base64");
    assert.deepEqual([...png.subarray(1, 4)].map((byte) => String.fromCharCode(byte)).join(""), "PNG");
    assert.deepEqual([png.readUInt32BE(16), png.readUInt32BE(20)], [1400, 840]);
    assert.ok(png.length < 60_000, `${png.length} bytes`);
    const alt = 'Line chart "Loss < 3". Horizontal axis: step, 1 to 9. Vertical axis: loss, 1 to 2.';
    assert.deepEqual(metadata, { "image/png": { width: 700, height: 420, alt } });
    assert.equal(data["text/plain"], alt);
  });

  it("is the same each time, byte for byte", async () => {
    const heat = heatmapFigure(
      [
        { a: "x", b: "y", n: 1 },
        { a: "z", b: "y", n: 5 },
      ],
      { x: "a", y: "b", value: "n" },
    );
    assert.deepEqual(await figureBundle(heat), await figureBundle(heat));
  });

  it("stays under 200 kB however many points, and says how many it holds", async () => {
    const rows = Array.from({ length: 100_000 }, (_, step) => ({
      step,
      loss: step === 777 ? 99 : Math.sin(step),
    }));
    const { data } = await figureBundle(lineFigure(rows, { x: "step", y: "loss" }));
    assert.ok(JSON.stringify(data).length < 200_000);
    assert.match(data["text/plain"] as string, /Here long lines hold \d,\d{3} of 100,000 points/u);
    const live = data["application/vnd.plotly.v1+json"] as { data: { y: number[] }[] };
    assert.ok(live.data[0]!.y.includes(99), "the spike is kept");
  });
});

describe("figure", () => {
  it("shows itself, with the words that it is given", async () => {
    const shown = figure(LINE, { alt: "Loss falls" });
    const { data } = toRichBundle(await shown[DISPLAY_SYMBOL]());
    assert.equal(data["text/plain"], "Loss falls");
  });

  it("refuses what is no figure", () => {
    assert.throws(() => figure({ data: "x" } as never), /"content" must be a figure/u);
    assert.equal(isFigure({ data: [{ type: "bar" }], layout: {}, rows: 1 }), false);
    assert.equal(isFigure({ data: [], layout: [] }), false);
  });
});

describe("alternativeText", () => {
  it("reads out the values of a few bars", () => {
    const bars = barFigure(
      [
        { licence: "CC BY", n: 1200 },
        { licence: "CC0", n: 3 },
      ],
      { x: "licence", y: "n" },
    );
    assert.equal(
      alternativeText(bars),
      "Bar chart. Horizontal axis: licence, CC BY, CC0. Vertical axis: n, 3 to 1,200. Values: CC BY 1,200; CC0 3.",
    );
  });

  it("names a series once, however many panels it has", () => {
    const bar = { task: "one", model: "a", recipe: "F", accuracyPercent: 50 };
    const rows = [bar, { ...bar, task: "two" }, { ...bar, task: "two", model: "b", recipe: "N" }];
    assert.match(alternativeText(accuracyFigure(rows)), /Series: F, N\.$/u);
  });

  it("reads the years on an axis of categories as years", () => {
    const years = Array.from({ length: 9 }, (_, index) => ({ year: 2001 + index, articles: 1 }));
    assert.match(
      alternativeText(barFigure(years, { x: "year", y: "articles" })),
      /Horizontal axis: year, 9 values from 2001 to 2009\./u,
    );
  });
});

describe("downsampleFigure", () => {
  it("keeps the ends and every extreme, in order, within the limit", () => {
    const values = fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 1, maxLength: 400 });
    fc.assert(
      fc.property(values, fc.integer({ min: 4, max: 60 }), (y, maximum) => {
        const x = y.map((_value, index) => index);
        const { figure: thinned } = downsampleFigure(
          { data: [{ type: "scatter", x, y }], layout: {} },
          maximum,
        );
        const kept = thinned.data[0] as unknown as { x: number[]; y: number[] };
        assert.ok(kept.y.length <= Math.max(maximum, 4) || y.length <= maximum);
        assert.equal(Math.min(...kept.y), Math.min(...y));
        assert.equal(Math.max(...kept.y), Math.max(...y));
        assert.equal(kept.x[0], 0);
        assert.equal(kept.x.at(-1), y.length - 1);
        assert.deepEqual(
          kept.x,
          kept.x.toSorted((left, right) => left - right),
        );
      }),
    );
  });
});
