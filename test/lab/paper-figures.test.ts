import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { FigureSvg } from "../../lib/display/figure-svg.ts";
import { paperFigures, paperTable2Bars } from "../../lib/lab/paper-figures.ts";
import { knownPoints } from "../../lib/paper/known-points.ts";
import { table2 } from "../../lib/paper/table-2.ts";

describe("paperFigures", () => {
  const figures = new Map(paperFigures().map((each) => [each.name, each]));

  it("hold nothing that plotly would ignore or change", () => {
    const plotly = new FigureSvg();
    for (const [name, { figure }] of figures) assert.deepEqual(plotly.problems(figure), [], name);
  });

  it("draw the known points of Figures 2 and 3 and no line through them", () => {
    for (const [name, place] of [
      ["figure-2", "Figure 2"],
      ["figure-3", "Figure 3"],
    ] as const) {
      const { data } = figures.get(name)!.figure;
      for (const trace of data) assert.equal(trace["mode"], "markers+text");
      const drawn = data.flatMap((trace) => trace["y"] as number[]);
      const stated = knownPoints.rows.filter(({ figure }) => figure === place);
      assert.deepEqual(drawn.toSorted(), stated.map(({ accuracyPercent }) => accuracyPercent).toSorted());
    }
  });

  it("give Table 2 a bar a cell, and intervals to our models where the questions are counted", () => {
    const { bars, notes } = paperTable2Bars();
    assert.equal(bars.length, 4 * table2.rows.length);
    const withInterval = bars.filter(({ lowPercent }) => lowPercent !== undefined);
    assert.equal(withInterval.length, 2 * 10);
    assert.deepEqual(notes, {
      MedQA: "n = 1,273",
      USMLE: "n unknown",
      "MMLU medical": "n unknown",
      MedMCQA: "n = 4,183",
    });
  });
});
