import { sha256 } from "../core/hash.ts";
import { evaluationSizes } from "../paper/evaluation-size.ts";
import { knownPoints } from "../paper/known-points.ts";
import { pretrainingMixture } from "../paper/pretraining-mixture.ts";
import { table1 } from "../paper/table-1.ts";
import { table2 } from "../paper/table-2.ts";
import { table3 } from "../paper/table-3.ts";
import type { PaperTable } from "../paper/table.ts";
import { paperFigures } from "./paper-figures.ts";
import type { Stage, StageValue } from "./stages/stage.ts";
import { defineStudy } from "./stages/study.ts";

const tables: Readonly<Record<string, PaperTable<object>>> = {
  "paper.table-1": table1,
  "paper.table-2": table2,
  "paper.table-3": table3,
  "paper.mixture": pretrainingMixture,
  "paper.points": knownPoints,
  "paper.sizes": {
    place: "Published sizes",
    title: "Questions of Table 2's evaluation sets, which the paper does not state",
    rows: evaluationSizes,
  },
};

/** Tables by the figures that are drawn from them; the probability of MinHash follows from its settings alone. */
const drawnFrom: Readonly<Record<string, readonly (keyof typeof tables)[]>> = {
  minhash: [],
  "pretraining-mixture": ["paper.mixture"],
  "figure-2": ["paper.points"],
  "learning-rates": ["paper.table-1"],
  "table-2": ["paper.table-2", "paper.sizes"],
  significance: ["paper.table-2", "paper.sizes"],
  "figure-3": ["paper.points"],
  "table-3": ["paper.table-3"],
};

/** What the paper states as stages, and its figures drawn from them: closed forms. */
function paperStages(): Stage[] {
  const sources = Object.entries(tables).map(([name, { place, title, rows }]): Stage => ({
    name,
    title: `${place}: ${title}`,
    kind: "source",
    settings: { rows },
    inputs: name === "paper.points" ? ["paper.table-2"] : [],
    files: [],
    run: async () => ({ table: rows, values: numbersOf(rows) }),
  }));
  const figures = paperFigures().map(({ name, place, note, figure }): Stage => ({
    name,
    title: `${place}, ${name}`,
    kind: "figure",
    // Nothing is read from a disk and all is quick: what would be drawn is itself what the stage depends on.
    settings: { note, drawn: sha256(JSON.stringify(figure)) },
    inputs: drawnFrom[name]!,
    files: [],
    run: async () => ({ figure }),
  }));
  return [...sources, ...figures];
}

function numbersOf(rows: readonly object[]): Record<string, StageValue> {
  const values: Record<string, StageValue> = {};
  for (const [index, row] of rows.entries())
    for (const [column, value] of Object.entries(row) as [string, unknown][])
      if (typeof value === "number") values[`${column}, row ${index + 1}`] = { value, compare: "exact" };
  return values;
}

/**
 * The paper's figures as a study for `runStudy`, so that `explain` and `rerun` take them as those of own results.
 *
 * @example
 * await runStudy(paperFigureStudy, {}, { folder: "runs/paper-figures" });
 * await explain("runs/paper-figures/table-2");
 */
export const paperFigureStudy = defineStudy("paper-figures", () => paperStages());
