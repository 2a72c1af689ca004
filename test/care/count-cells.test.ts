/** No count of few can be read or computed from what is shown of restricted data. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";

import { countCells, fromRows } from "../../lib/index.ts";
import { formatValue } from "../../lib/display/show.ts";
import { withEnvironment } from "../data/with-environment.ts";

const restricted = { sensitivity: "restricted" } as const;

/** A table with so many rows of each cell. */
function tableOf(counts: Readonly<Record<string, number>>) {
  const rows = Object.entries(counts).flatMap(([key, count]) =>
    Array.from({ length: count }, (_, index) => ({ unit: key[0]!, sex: key[1] ?? "", patient: index % 7 })),
  );
  return fromRows(rows, restricted);
}

describe("counts of restricted data", () => {
  it("tell no cell of 1 to 10, and none by subtraction, in any line", async () => {
    const counts = fc.dictionary(
      fc.constantFrom("Am", "Af", "Bm", "Bf", "Cm", "Cf", "Dm", "Df"),
      fc.integer({ min: 1, max: 40 }),
      { minKeys: 1 },
    );
    const property = fc.asyncProperty(counts, async (held) => {
      const cells = (await (await countCells(tableOf(held), { by: ["unit", "sex"] })).rows()) as {
        unit: string | null;
        sex: string | null;
        n: number | null;
      }[];
      for (const { n } of cells) assert.ok(n === null || n >= 11);
      const shown = (key: string) => cells.find(({ unit, sex, n }) => n !== null && `${unit}${sex}` === key);
      for (const { unit, sex, n } of cells) if (n !== null) assert.equal(held[`${unit}${sex}`], n);
      const keys = Object.keys(held);
      const lines = ["A", "B", "C", "D", "m", "f", ""].map((part) =>
        keys.filter((key) => key.includes(part)),
      );
      for (const line of lines) {
        const hidden = line.filter((key) => shown(key) === undefined);
        if (hidden.length === 0 || hidden.length === line.length) continue;
        const sum = hidden.reduce((total, key) => total + held[key]!, 0);
        assert.ok(hidden.length > 1 && sum >= 11, `${hidden.join(" ")} of ${line.join(" ")}`);
      }
      // A value of fewer than eleven in all is not named.
      for (const unit of ["A", "B", "C", "D"]) {
        const total = keys.filter((key) => key.startsWith(unit)).reduce((sum, key) => sum + held[key]!, 0);
        if (total < 11) assert.ok(cells.every((cell) => cell.unit !== unit));
      }
    });
    await fc.assert(property, { numRuns: 60 });
  });

  it("are of patients where they are asked for, and whole of public data", async () => {
    const table = tableOf({ A: 30, B: 30 });
    const byPatient = await countCells(table, { by: ["unit"], of: "patient" });
    assert.deepEqual(await byPatient.rows(), [{ unit: null, n: null }]);
    assert.equal(byPatient.sensitivity, "public");
    const open = fromRows([{ unit: "A" }, { unit: "B" }]);
    assert.deepEqual(await (await countCells(open, { by: ["unit"] })).rows(), [
      { unit: "A", n: 1 },
      { unit: "B", n: 1 },
    ]);
  });

  it("have a minimum that can only be raised", async (test) => {
    const table = tableOf({ A: 30, B: 30 });
    await assert.rejects(countCells(table, { by: ["unit"], minimumCount: 5 }), /a whole number >= 11/u);
    const raised = await countCells(table, { by: ["unit"], minimumCount: 31 });
    assert.deepEqual(await raised.rows(), [{ unit: null, n: null }]);
    withEnvironment(test, { ROUNDS_MINIMUM_COUNT: "5" });
    await assert.rejects(
      countCells(table, { by: ["unit"] }),
      /"ROUNDS_MINIMUM_COUNT" must be .* only be raised/u,
    );
  });

  it("are not in a saved table or profile either", async () => {
    const rows = Array.from({ length: 30 }, (_, index) => ({ a: index < 27 ? index : null, b: index }));
    const table = fromRows(rows, restricted);
    for (const value of [
      table,
      await table.profile(),
      table.where("b < 4"),
      await table.where("b < 4").profile(),
    ]) {
      const { data } = (await formatValue(value))!;
      assert.doesNotMatch(String(data["text/plain"]), /\b(?:3 null|4 rows|27)\b/u);
      assert.match(String(data["text/plain"]), /restricted/u);
    }
    const { data } = (await formatValue(table.where("b < 4")))!;
    assert.match(String(data["text/plain"]), /fewer than 11 rows/u);
  });
});
