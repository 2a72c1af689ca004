/** Where a number came from, whether it comes out again, and how two studies differ. */
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import * as fc from "fast-check";
import { recordMade } from "../../lib/core/lineage.ts";
import { DISPLAY_SYMBOL, toRichBundle } from "../../lib/display/bundle.ts";
import { explain } from "../../lib/lab/provenance/explain.ts";
import { compareContent, isSame } from "../../lib/lab/stages/compare-content.ts";
import { compareStudies } from "../../lib/lab/stages/compare-studies.ts";
import { rerun } from "../../lib/lab/stages/rerun.ts";
import { runStages } from "../../lib/lab/stages/run-stages.ts";
import { readStageFigure } from "../../lib/lab/stages/stage-figure.ts";
import type { Stage } from "../../lib/lab/stages/stage.ts";
import { defineStudy, runStudy } from "../../lib/lab/stages/study.ts";
import type { Figure } from "../../lib/plots/figure.ts";
import { compareRuns } from "../../lib/runs/compare-runs.ts";
import { temporaryFolder } from "../corpus/near-duplicates/duplicate-cases.ts";
import { withEnvironment } from "../data/with-environment.ts";

interface Miniature {
  readonly notes: string;
  /** What another machine, or other code, would get. */
  readonly loss: number;
  readonly accuracy: number;
  readonly sum: number;
}

/** A study of four stages: notes -> tokens -> a run -> a figure, and a table that needs no run. */
function miniature({ notes, loss, accuracy, sum }: Miniature): Stage[] {
  const base = { settings: {}, files: [], inputs: [] };
  const figure: Figure = {
    data: [
      {
        type: "bar",
        x: ["ours"],
        y: [accuracy],
        error_y: { type: "data", array: [0.05], arrayminus: [0.05] },
      },
      { type: "scatter", x: [1, 2], y: [2 * loss, loss] },
    ],
    layout: { title: { text: "Accuracy <b>of ours</b>" }, meta: { kind: "Bars" } },
  };
  return [
    {
      ...base,
      name: "tokens",
      title: "Tokens & more",
      kind: "shards",
      files: [notes],
      async run({ folder }) {
        writeFileSync(join(folder, "tokens.txt"), readFileSync(notes));
        return { values: { sum: { value: sum, compare: "exact" } } };
      },
    },
    {
      ...base,
      name: "run",
      title: "Pretraining",
      kind: "run",
      inputs: ["tokens"],
      run: async () => ({ values: { loss: { value: loss, compare: "trained" } }, runId: "r1" }),
    },
    {
      ...base,
      name: "figure",
      title: "Figure 2",
      kind: "figure",
      inputs: ["run"],
      run: async () => ({
        figure,
        values: {
          accuracy: { value: accuracy, interval: [accuracy - 0.05, accuracy + 0.05], compare: "interval" },
        },
      }),
    },
    {
      ...base,
      name: "counts",
      title: "Counts",
      kind: "table",
      inputs: ["tokens"],
      run: async () => ({ table: [{ source: "notes", tokens: sum }] }),
    },
  ];
}

/** What the miniature gets now; tests change it. */
const now = { loss: 2.5, accuracy: 0.7, sum: 12 };
const study = defineStudy("test-miniature", ({ notes }: { notes: string }) => miniature({ notes, ...now }));

async function run(t: TestContext): Promise<{ folder: string; notes: string; elsewhere: string }> {
  const root = temporaryFolder(t);
  withEnvironment(t, { ROUNDS_LINEAGE: join(root, "lineage") });
  Object.assign(now, { loss: 2.5, accuracy: 0.7, sum: 12 });
  const notes = join(root, "notes.jsonl");
  writeFileSync(notes, "a note");
  const folder = join(root, "study");
  await runStudy(study, { notes }, { folder });
  return { folder, notes, elsewhere: join(root, "elsewhere") };
}

describe("explain", () => {
  it("draws the chain of a stage's figure from the file to the figure, escaped, and tells it in words", async (t) => {
    const { folder } = await run(t);
    const figure = await readStageFigure(join(folder, "figure"));
    const explanation = await explain(figure);
    assert.deepEqual(
      explanation.boxes.map(({ title, kind }) => [title, kind]),
      [
        ["notes.jsonl", "file"],
        ["Tokens & more", "shards"],
        ["Pretraining", "run"],
        ["Figure 2", "figure"],
      ],
    );
    const text = String(explanation);
    assert.match(
      text,
      /^1\. notes\.jsonl \(file\): sha256 [0-9a-f]{12}; 6 bytes\n2\. Tokens & more \(shards\), from 1: /u,
    );
    assert.match(
      text,
      /\n4\. Figure 2 \(figure\), from 3: content [0-9a-f]{12}; code .*; 0\.7 accuracy; key /u,
    );
    const drawn = JSON.stringify(explanation.figure);
    assert.ok(drawn.includes("<b>Tokens &amp; more</b>"));
    assert.ok(
      !/"(?:paper_bgcolor|plot_bgcolor)"|"font":\{[^}]*"color"/u.test(drawn),
      "the page's own colours",
    );
    const { data, metadata } = toRichBundle(await explanation[DISPLAY_SYMBOL]());
    assert.equal(data["text/plain"], text);
    assert.ok(metadata?.["image/png"], "it is drawn");
    assert.deepEqual((await explain(join(folder, "figure"))).boxes, explanation.boxes);
  });

  it("tells of a run folder its shards, configuration, code, job and checkpoint, and what came of it", async (t) => {
    const root = temporaryFolder(t);
    withEnvironment(t, { ROUNDS_LINEAGE: join(root, "lineage") });
    const [shards, runFolder, results] = [
      join(root, "shards"),
      join(root, "r7"),
      join(root, "results.jsonl"),
    ];
    for (const path of [shards, join(runFolder, "checkpoints", "40")]) mkdirSync(path, { recursive: true });
    const manifest = {
      format: "rounds-token-shards",
      domain: "clinical",
      tokenCount: 1234,
      documentCount: 1,
      tokenizer: { fingerprint: "sha256:abc" },
    };
    writeFileSync(join(shards, "manifest.json"), JSON.stringify(manifest));
    const spec = {
      runId: "r7",
      recipe: "pretraining",
      seed: 3,
      configFingerprint: `sha256:${"c".repeat(64)}`,
      code: { commit: "d".repeat(40), hasChanges: false },
      data: [{ path: shards }],
    };
    writeFileSync(join(runFolder, "spec.json"), JSON.stringify(spec));
    writeFileSync(join(runFolder, "job.json"), JSON.stringify({ state: "COMPLETED", slurmJobId: "812" }));
    writeFileSync(join(runFolder, "checkpoints", "40", "COMPLETE"), "");
    const result = {
      id: "1",
      dataset: "planted",
      gold: 0,
      correct: true,
      optionCount: 4,
      format: "f",
      scoring: "full-text",
      model: "m",
      modelFingerprint: "e".repeat(64),
      strategy: "zero-shot",
    };
    writeFileSync(results, `${JSON.stringify(result)}\n`);
    recordMade({
      kind: "shards",
      path: shards,
      from: [join(root, "raw.jsonl")],
      sensitivity: "public",
      step: "test",
    });
    recordMade({
      kind: "results",
      path: results,
      from: [join(runFolder, "export", "40")],
      sensitivity: "public",
      step: "test",
    });

    const ofRun = await explain(runFolder);
    assert.deepEqual(
      ofRun.boxes.map(({ title }) => title),
      ["raw.jsonl", "shards", "r7"],
    );
    assert.deepEqual(ofRun.boxes.at(-1)!.lines, [
      "run",
      "pretraining, seed 3",
      "config cccccccccccc",
      "code ddddddddd",
      "job 812 COMPLETED",
      "checkpoint 40",
    ]);
    assert.deepEqual(ofRun.boxes[1]!.lines.slice(1), [
      "domain clinical",
      "1 document",
      "1,234 tokens",
      "tokenizer abc",
    ]);
    const ofResults = await explain(results);
    assert.deepEqual(
      ofResults.boxes.map(({ title }) => title),
      ["raw.jsonl", "shards", "r7", "40", "results.jsonl"],
    );
    assert.deepEqual(ofResults.boxes.at(-1)!.lines, [
      "results",
      "planted",
      "1 of 1 right",
      "zero-shot",
      "model eeeeeeeeeeee",
    ]);
  });

  it("follows a comparison's figure to its runs, where they are and where they are not", async (t) => {
    const root = temporaryFolder(t);
    withEnvironment(t, { ROUNDS_LINEAGE: join(root, "lineage"), ROUNDS_RUNS: root });
    const runFolder = join(root, "r8");
    mkdirSync(runFolder);
    const row = {
      v: 1,
      run_id: "r8",
      attempt: 1,
      kind: "train",
      step: 1,
      tokens_seen: 8,
      supervised_tokens: 8,
      epoch: 0,
      loss: 2,
      loss_by_domain: {},
      lr: 0.1,
      grad_norm: 1,
      tokens_per_second: 1,
      tokens_per_second_per_gpu: 1,
      mfu: null,
      memory_gib: 1,
      step_seconds: 1,
      data_seconds: 0,
      world_size: 1,
      aux_loss: null,
      time: 1,
    };
    writeFileSync(join(runFolder, "metrics.jsonl"), `${JSON.stringify(row)}\n`);
    const spec = {
      runId: "r8",
      recipe: "pretraining",
      seed: 1,
      configFingerprint: `sha256:${"a".repeat(64)}`,
      data: [{ path: join(root, "shards"), fingerprint: `sha256:${"b".repeat(64)}` }],
    };
    writeFileSync(join(runFolder, "spec.json"), JSON.stringify(spec));
    const { figure } = await compareRuns([runFolder]);
    assert.ok(!JSON.stringify(figure).includes(root), "no path of this machine");
    const here = await explain(figure);
    assert.deepEqual(
      here.boxes.map(({ title }) => title),
      ["shards", "r8", "Run comparison"],
    );
    rmSync(runFolder, { recursive: true });
    const elsewhere = await explain(figure);
    assert.deepEqual(
      elsewhere.boxes.map(({ title, lines }) => [title, ...lines]),
      [["data bbbbbbbbbbbb"], ["r8", "config aaaaaaaaaaaa"], ["Run comparison"]],
    );
  });

  it("says so where nothing is known", async (t) => {
    const { folder } = await run(t);
    await assert.rejects(explain(join(folder, "nothing")), /is not there, and nothing is known of it/u);
    await assert.rejects(explain({ data: [], layout: {} }), { name: "ArgumentError" });
  });
});

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
    const report = await rerun(join(folder, "figure"), { workers: 2 });
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
