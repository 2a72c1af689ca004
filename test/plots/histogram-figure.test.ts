/** Histograms: every number is in one bin, and bins are as they were asked for. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";

import * as fc from "fast-check";

import { binEdges, histogramFigure } from "../../lib/plots/histogram-figure.ts";

describe("histogramFigure", () => {
  it("keeps its bins in order however close the numbers are to each other", () => {
    const times = Array.from({ length: 1000 }, (_, index) => ({ time: 1_600_000_000_049 + index }));
    for (const xScale of ["linear", "log"] as const) {
      const { data } = histogramFigure(times, { x: "time", bins: 10, xScale });
      assert.deepEqual(data[0]!["y"], [0, ...Array<number>(10).fill(100), 0]);
    }
  });

  it("counts every number once, whatever the bins", () => {
    const numbers = fc.array(fc.double({ min: 1e-3, max: 1e6, noNaN: true }), {
      minLength: 1,
      maxLength: 50,
    });
    fc.assert(
      fc.property(
        numbers,
        fc.integer({ min: 1, max: 30 }),
        fc.constantFrom("linear", "log"),
        (values, bins, xScale) => {
          const { data } = histogramFigure(
            values.map((value) => ({ value })),
            { x: "value", bins, xScale },
          );
          const counts = data[0]!["y"] as number[];
          assert.equal(
            counts.reduce((sum, count) => sum + count, 0),
            values.length,
          );
        },
      ),
    );
  });

  it("has as many bins as are asked for", () => {
    const { data } = histogramFigure([{ x: 1 }, { x: 2 }], { x: "x", bins: 200_000 });
    assert.equal((data[0]!["y"] as number[]).length, 200_002);
  });

  it("has edges of equal width or equal ratio", () => {
    assert.deepEqual(binEdges([0, 4], 4, "linear"), [0, 1, 2, 3, 4]);
    assert.deepEqual(binEdges([1, 10, 100], 2, "log"), [1, 10, 100]);
    assert.throws(() => binEdges([0, 1], 2, "log"), /"xScale" must be "linear" since a value is <= 0/u);
  });
});
