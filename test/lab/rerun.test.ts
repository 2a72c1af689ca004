/** Whether a number comes out again, and how two studies differ. */
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { DISPLAY_SYMBOL, toRichBundle } from "../../lib/display/bundle.ts";
import type { CodeVersion } from "../../lib/jobs/code-version.ts";
import { explain } from "../../lib/lab/provenance/explain.ts";
import { compareContent, isSame } from "../../lib/lab/stages/compare-content.ts";
import { compareStudies } from "../../lib/lab/stages/compare-studies.ts";
import { stagesOfOtherCode } from "../../lib/lab/stages/other-code.ts";
import { rerun } from "../../lib/lab/stages/rerun.ts";
import { runStages } from "../../lib/lab/stages/run-stages.ts";
import { readStageFigure } from "../../lib/lab/stages/stage-figure.ts";
import { staleStages } from "../../lib/lab/stages/stale-stages.ts";
import { defineStudy } from "../../lib/lab/stages/study.ts";
import { withEnvironment } from "../data/with-environment.ts";
import { miniature, now, run } from "./miniature.ts";

function madeByOtherCode(study: string, stage: string, code: CodeVersion | null): void {
  const path = join(study, stage, "stage.json");
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, "utf8")), code }));
}

describe("rerun", () => {
  it("repeats the chain of a figure elsewhere and finds that nothing moved", async (t) => {
    const { folder, elsewhere } = await run(t);
    const figure = await readStageFigure(join(folder, "figure"));
    const report = await rerun(figure, { folder: elsewhere });
    assert.deepEqual(report.moved, []);
    assert.ok(report.same);
    assert.deepEqual(report.stages, ["tokens", "run", "figure"], "the table is no part of the chain");
    assert.equal(String(report), "3 stages, 3 numbers: nothing moved");
  });

  it("says which number moved, and by how much", async (t) => {
    const { folder } = await run(t);
    Object.assign(now, { loss: 2.75, accuracy: 0.71, sum: 12 });
    const temporary = join(folder, "..", "temporary");
    mkdirSync(temporary);
    withEnvironment(t, { TMPDIR: temporary });
    const report = await rerun(join(folder, "figure"), { workers: 2 });
    assert.deepEqual(readdirSync(temporary), [], "nothing of it is left");
    assert.deepEqual(
      report.moved.map(({ stage, number, before, after, change }) => [stage, number, before, after, change]),
      [
        ["run", "loss", 2.5, 2.75, 0.25],
        ["figure", "figure.data[1].y[0]", 5, 5.5, 0.5],
        ["figure", "figure.data[1].y[1]", 2.5, 2.75, 0.25],
      ],
      "the accuracy is inside its interval",
    );
    assert.match(String(report), /: 3 moved\nrun, loss: 2\.5 -> 2\.75 \(\+0\.25\)\n/u);
    const { data } = toRichBundle(await report[DISPLAY_SYMBOL]());
    assert.match(String(data["text/plain"]), /moved/u);
  });

  it("names the stages that other code made, where a number moved", async (t) => {
    const { folder } = await run(t);
    assert.deepEqual(await stagesOfOtherCode(folder), []);
    madeByOtherCode(folder, "run", { commit: "0".repeat(40), hasChanges: false, content: "0" });
    madeByOtherCode(folder, "counts", { commit: "1".repeat(40), hasChanges: true });
    const named = await stagesOfOtherCode(folder);
    assert.deepEqual(
      named.map(({ stage, code }) => [stage, code?.hasChanges]),
      [
        ["counts", true],
        ["run", false],
      ],
    );
    assert.deepEqual(await staleStages(folder), [], "that makes nothing stale");
    assert.match(
      String(await explain(join(folder, "figure"))),
      /Pretraining [^\n]*; other code 000000000; /u,
    );

    const same = await rerun(join(folder, "figure"));
    assert.deepEqual([same.same, same.otherCode], [true, ["run"]]);
    assert.doesNotMatch(String(same), /code/u);
    Object.assign(now, { loss: 3 });
    assert.match(String(await rerun(join(folder, "figure"))), /\nby other code: run$/u);

    for (const stage of ["counts", "figure", "run", "tokens"]) madeByOtherCode(folder, stage, null);
    assert.deepEqual((await compareStudies(folder, folder)).otherCode, [], "nothing is known of either");
  });

  it("needs to know the study", async (t) => {
    const { folder, notes } = await run(t);
    const figure = await readStageFigure(join(folder, "figure"));
    withEnvironment(t, { ROUNDS_LINEAGE: join(folder, "no-register") });
    await assert.rejects(rerun(figure), /No study on this machine has the stage "figure" of this figure/u);
    assert.ok((await rerun(figure, { study: folder })).same);
    await assert.rejects(rerun({ data: [], layout: {} }), { name: "ArgumentError" });
    const unnamed = join(folder, "..", "unnamed");
    await runStages(miniature({ notes, ...now }), { folder: unnamed });
    await assert.rejects(rerun(join(unnamed, "figure")), /does not say which study this is/u);
    assert.ok((await rerun(join(unnamed, "figure"), { stages: miniature({ notes, ...now }) })).same);
    assert.throws(() => defineStudy("test-miniature", () => []), /a name that no other study has/u);
  });
});

describe("compareStudies", () => {
  it("compares closed forms within 1e-9, losses within 2 %, accuracies by intervals", async (t) => {
    const { folder, notes, elsewhere } = await run(t);
    const movedBy = async (change: Partial<typeof now>): Promise<string[]> => {
      const other = join(elsewhere, "..", `other-${JSON.stringify(change)}`);
      await runStages(miniature({ notes, ...now, ...change }), { folder: other });
      return (await compareStudies(folder, other)).moved.map(({ stage, number }) => `${stage} ${number}`);
    };
    assert.deepEqual(await movedBy({}), []);
    assert.deepEqual(await movedBy({ sum: 12 + 1e-10, loss: 2.51, accuracy: 0.74 }), []);
    assert.deepEqual(await movedBy({ sum: 12.00001 }), ["tokens sum", "counts table[0].tokens"]);
    assert.deepEqual(await movedBy({ accuracy: 0.76 }), ["figure accuracy", "figure figure.data[0].y[0]"]);
    await runStages(miniature({ notes, ...now }).slice(0, 2), { folder: join(elsewhere, "short") });
    const short = await compareStudies(folder, join(elsewhere, "short"));
    assert.deepEqual([short.same, short.unmatched], [false, ["counts", "figure"]]);
  });

  it("compares rows of accuracies and of effects by their intervals, and of closed forms by every field", () => {
    const table = (accuracyPercent: number, difference: number): object[] => [
      {
        model: "P+F",
        accuracyPercent,
        lowPercent: accuracyPercent - 5,
        highPercent: accuracyPercent + 5,
        bySeed: `${accuracyPercent}`,
      },
      {
        difference,
        interval: { low: difference - 0.1, high: difference + 0.1 },
        p: difference / 100,
        correctedP: difference,
        bySeed: [difference],
        firstAccuracy: 0.5 - difference,
        secondAccuracy: 0.5,
      },
    ];
    const [before, near, far] = [table(50, 0.3), table(54, 0.36), table(56, 0.41)];
    assert.deepEqual(compareContent(before, near, "trained"), []);
    assert.deepEqual(
      compareContent(before, far, "trained").map(({ number, compare }) => [number, compare]),
      [
        ["[0].accuracyPercent", "interval"],
        ["[1].difference", "interval"],
      ],
    );
    const renamed = before.with(0, { ...before[0]!, model: "P+N" });
    assert.deepEqual(
      compareContent(before, renamed, "trained").map(({ number }) => number),
      ["[0].model"],
    );
    assert.ok(compareContent(before, near, "exact").length > 10);
  });

  it("of numbers is the same from both sides, and of a number with itself always so", () => {
    const measured = fc.record({
      value: fc.double({ noNaN: true, noDefaultInfinity: true }),
      width: fc.double({ min: 0, max: 10, noNaN: true }),
    });
    fc.assert(
      fc.property(
        measured,
        measured,
        fc.constantFrom("exact" as const, "trained" as const, "interval" as const),
        (one, other, by) => {
          const [left, right] = [one, other].map(({ value, width }) => ({
            value,
            interval: [value - width, value + width] as const,
          }));
          assert.equal(isSame(left!, right!, by), isSame(right!, left!, by));
          assert.ok(isSame(left!, left!, by));
        },
      ),
    );
    assert.ok(!isSame({ value: 1 }, { value: 1 + 2e-9 }, "exact"));
    assert.ok(isSame({ value: 100 }, { value: 102 }, "trained"));
    assert.ok(!isSame({ value: 100 }, { value: 103 }, "trained"));
  });

  it("finds in JSON any one number that was changed, at its place", () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 5 }), {
          minLength: 1,
          maxLength: 5,
        }),
        fc.nat(),
        fc.nat(),
        (rows, row, column) => {
          const before = { traces: rows };
          const [r, c] = [row % rows.length, column % rows[row % rows.length]!.length];
          const after = {
            traces: rows.map((each, index) => (index === r ? each.with(c, each[c]! * 1.1) : each)),
          };
          assert.deepEqual(compareContent(before, structuredClone(before), "exact"), []);
          assert.deepEqual(
            compareContent(before, after, "trained").map(({ number }) => number),
            [`traces[${r}][${c}]`],
          );
        },
      ),
    );
    assert.deepEqual(
      compareContent({ a: [1, 2], text: "x" }, { a: [1], text: "y", more: 1 }, "trained").map(
        ({ number, before, after }) => [number, before, after],
      ),
      [
        ["a.length", 2, 1],
        ["text", "x", "y"],
        ["more", null, 1],
      ],
    );
  });
});
