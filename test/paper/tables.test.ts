/** Every cell of the tables equals the transcribed paper, where it lies beside the project. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, it } from "node:test";

import { hyperparametersOf, table1 } from "../../lib/paper/table-1.ts";
import { table2 } from "../../lib/paper/table-2.ts";
import { table3 } from "../../lib/paper/table-3.ts";
import { mirrorFolder } from "../data/mirror-folder.ts";

const paperFolder = resolve(mirrorFolder, "..", "paper");
const noPaper: string | false = existsSync(paperFolder) ? false : "no transcribed paper beside the project";

/** No cell of the three files holds a comma or a quote. */
function cellsOf(name: string): string[][] {
  const [, ...lines] = readFileSync(join(paperFolder, name), "utf8").trimEnd().split(/\r?\n/u);
  return lines.map((line) => line.split(","));
}

/** Cells that are numbers are compared as numbers: `68.30` and `7e-6` have more than one text. */
function sameCells(found: readonly (readonly (string | number | null)[])[], expected: string[][]): void {
  const read = expected.map((cells, row) =>
    cells.map((cell, column) => (typeof found[row]?.[column] === "number" ? Number(cell) : cell || null)),
  );
  assert.deepEqual(found, read);
}

describe("the paper's tables", () => {
  it("1 equals its transcription", { skip: noPaper }, () => {
    const names = { pretraining: "pretraining", "fine-tuning": "fine-tuning", neftune: "NEFTune" };
    const found = table1.rows.map((row) => [
      row.model,
      names[row.recipe],
      row.scheduler,
      row.maximumLearningRate,
      ...row.betas,
      row.neftuneAlpha,
      row.weightDecay,
      row.steps,
    ]);
    sameCells(found, cellsOf("table1.csv"));
  });

  it("2 equals its transcription", { skip: noPaper }, () => {
    const found = table2.rows.map((row) => [
      row.model,
      row.recipe,
      row.parameters,
      row.medqa,
      row.usmle,
      row.mmluMedical,
      row.medmcqa,
    ]);
    sameCells(found, cellsOf("table2.csv"));
  });

  it("3 equals its transcription", { skip: noPaper }, () => {
    const found = table3.rows.map((row) => [row.domain, row.dataset, row.samples, row.mixturePercent]);
    sameCells(found, cellsOf("table3.csv"));
  });

  it("1 has each model under each recipe once", () => {
    for (const model of ["Mistral 7B", "Mixtral 8x7B"] as const) {
      for (const recipe of ["pretraining", "fine-tuning", "neftune"] as const) {
        const found = table1.rows.filter((row) => row.model === model && row.recipe === recipe);
        assert.deepEqual(found, [hyperparametersOf(model, recipe)]);
      }
    }
  });

  it("3 prints the shares of its own samples, and medical data is 55.29 %, not about 60 %", () => {
    const total = table3.rows.reduce((sum, { samples }) => sum + samples, 0);
    for (const { dataset, samples, mixturePercent } of table3.rows) {
      assert.ok(Math.abs((100 * samples) / total - mixturePercent) <= 0.005 + 1e-9, dataset);
    }
    const medical = table3.rows
      .filter(({ domain }) => domain === "medical")
      .reduce((sum, { samples }) => sum + samples, 0);
    assert.deepEqual([medical, total], [424_853, 768_382]);
    assert.equal(((100 * medical) / total).toFixed(2), "55.29");
  });
});
