/** Where a number came from. */
import assert from "node:assert/strict";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { recordMade } from "../../lib/core/lineage.ts";
import { DISPLAY_SYMBOL, toRichBundle } from "../../lib/display/bundle.ts";
import { explain } from "../../lib/lab/provenance/explain.ts";
import { readStageFigure } from "../../lib/lab/stages/stage-figure.ts";
import { compareRuns } from "../../lib/runs/compare-runs.ts";
import { temporaryFolder } from "../corpus/near-duplicates/duplicate-cases.ts";
import { withEnvironment } from "../data/with-environment.ts";
import { run } from "./miniature.ts";

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
