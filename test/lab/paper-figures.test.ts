import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";

import { FigureSvg } from "../../lib/display/figure-svg.ts";
import { paperFigures, paperTable2Bars } from "../../lib/lab/paper-figures.ts";
import { paperFigureStudy } from "../../lib/lab/paper-stages.ts";
import { explain } from "../../lib/lab/provenance/explain.ts";
import { rerun } from "../../lib/lab/stages/rerun.ts";
import { readStageFigure } from "../../lib/lab/stages/stage-figure.ts";
import { runStudy } from "../../lib/lab/stages/study.ts";
import { knownPoints } from "../../lib/paper/known-points.ts";
import { table2 } from "../../lib/paper/table-2.ts";
import { temporaryFolder } from "../corpus/near-duplicates/duplicate-cases.ts";
import { withEnvironment } from "../data/with-environment.ts";

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

describe("paperFigureStudy", () => {
  it("draws each figure from the paper's own tables, tells the chain, and finds it again within 1e-9", async (t) => {
    const root = temporaryFolder(t);
    withEnvironment(t, { ROUNDS_LINEAGE: join(root, "lineage") });
    const folder = join(root, "study");
    const { stages } = await runStudy(paperFigureStudy, {}, { folder });
    const drawn = stages.filter(({ kind }) => kind === "figure").map(({ name }) => name);
    assert.deepEqual(
      drawn.toSorted(),
      paperFigures()
        .map(({ name }) => name)
        .toSorted(),
    );
    const figure = await readStageFigure(join(folder, "figure-2"));
    const chain = await explain(figure);
    assert.deepEqual(
      chain.boxes.map(({ id }) => id),
      ["paper.table-2", "paper.points", "figure-2"],
    );
    const again = await rerun(figure);
    assert.deepEqual([again.same, again.stages.length], [true, 3]);
    assert.ok(again.numbers.length > 4 * table2.rows.length, `${again.numbers.length} numbers`);
    const figures = await readStageFigure(join(folder, "table-2"));
    const bars = new Set(figures.data.flatMap((trace) => trace["x"] as number[]));
    for (const { medqa, medmcqa } of table2.rows)
      for (const value of [medqa, medmcqa]) assert.ok(bars.has(value));
  });
});
