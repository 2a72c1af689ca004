/** Cards of a real corpus, of a run and of an export, written where they belong. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";

import { recordAudit } from "../../lib/core/audit-log.ts";
import { writeResults } from "../../lib/evals/results-file.ts";
import type { QuestionResult } from "../../lib/evals/question-result.ts";
import { describeRun } from "../../lib/jobs/run-spec.ts";
import { provenanceOfRun } from "../../lib/lab/card/gather-model.ts";
import { writeCard } from "../../lib/lab/card/write-card.ts";
import { runPipeline } from "../../lib/lab/corpus-pipeline/run-pipeline.ts";
import { trainConfig } from "../../lib/train/train-config.ts";
import { withEnvironment } from "../data/with-environment.ts";

const words = (first: number, count: number): string =>
  Array.from({ length: count }, (_, place) => `w${first + place}`).join(" ");

describe("writeCard", () => {
  it("writes what corpus, run, results, notes and audit log tell", async (test) => {
    const folder = mkdtempSync(join(tmpdir(), "rounds-card-"));
    test.after(() => rmSync(folder, { recursive: true, force: true }));
    const at = (...names: string[]) => join(folder, ...names);
    withEnvironment(test, {
      ROUNDS_LINEAGE: at("lineage"),
      ROUNDS_AUDIT_FILE: at("audit.jsonl"),
      ROUNDS_AUDIT: "all",
    });
    recordAudit({ action: "open", subject: "x", sensitivity: "public" });
    const lines = [
      { id: "a", text: words(0, 60), licence: "CC-BY-4.0" },
      { id: "b", text: words(100, 60), licence: "CC-BY-NC-4.0" },
      { id: "c", text: "short", licence: "CC-BY-4.0" },
    ];
    writeFileSync(at("in.jsonl"), lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
    const sources = [{ domain: "clinical", paths: ["in.jsonl"] }];
    const steps = [
      { step: "filter", minimumLength: 20 },
      { step: "tokenize", trainVocabulary: 300 },
    ];
    await runPipeline({ version: 1, output: "corpus", sources, steps }, { folder });

    const data = await writeCard(at("corpus"), { notes: { "3a": "To try things out." } });
    const text = readFileSync(data.markdown, "utf8");
    for (const expected of [
      "| filter | 3 | 2 | too-few-words 1 |",
      "CC-BY-NC-4.0 | attribution, non-commercial | commercial",
      "| in.jsonl |",
      "To try things out.",
    ])
      assert.ok(text.includes(expected), `${expected} in ${text}`);
    assert.ok(!text.includes(folder), "a card goes to others");
    assert.deepEqual([data.markdown, data.html], [at("corpus", "README.md"), at("corpus", "card.html")]);
    await assert.rejects(writeCard(at("corpus"), { purpose: "commercial" }), {
      name: "LicenceConflictError",
    });
    const shards = at("corpus/03-tokenize/train/clinical");
    const ofShards = await writeCard(shards, { output: at("elsewhere") });
    assert.ok(ofShards.card.sections.some(({ title }) => title === "How clinical was made"));

    const config = trainConfig("pretraining", {
      model: { preset: "tiny-mistral" },
      data: { train: [{ domain: "clinical", path: shards, weight: 1 }], heldOut: [], contextLength: 32 },
    });
    const run = at("runs/r1");
    const model = join(run, "export/4-float32");
    mkdirSync(model, { recursive: true });
    mkdirSync(join(run, "checkpoints/4"), { recursive: true });
    writeFileSync(join(run, "checkpoints/4/COMPLETE"), "");
    writeFileSync(join(run, "train.config.json"), JSON.stringify(config));
    writeFileSync(
      join(run, "spec.json"),
      JSON.stringify(await describeRun(config, { runId: "r1", processes: 1 })),
    );
    const made = await provenanceOfRun(run);
    assert.deepEqual([made.step, made.licences.length, made.data[0]!.documentCount], [4, 2, 2]);
    writeFileSync(join(model, "provenance.json"), JSON.stringify(made));
    writeFileSync(
      join(model, "README.md"),
      "`npm run -s rounds -- card FOLDER` writes the whole card here.\n",
    );
    const result = {
      id: "q",
      dataset: "set",
      subject: "s",
      model: "m",
      modelFingerprint: "f",
      scoring: "full-text",
      strategy: "zero-shot",
      format: "x",
      gold: 0,
      optionCount: 4,
      correct: true,
      choice: 0,
      tokens: 1,
    };
    await writeResults(at("results.jsonl"), [result as unknown as QuestionResult], { from: [model] });
    for (const path of [run, model]) {
      const { card, markdown } = await writeCard(path);
      const titles = card.sections.map(({ title }) => title);
      assert.ok(titles.includes("How corpus was made"));
      const written = readFileSync(markdown, "utf8");
      assert.match(
        written,
        /\| set \| zero-shot \| full-text \| 1 \| 100\.0 % \| 20\.7 % to 100\.0 % \| 25\.0 % \|/u,
      );
      assert.match(written, /entries, no line altered/u);
      assert.ok(!written.includes(folder));
    }
    await assert.rejects(writeCard(model, { purpose: "commercial" }), { name: "LicenceConflictError" });
    assert.ok(readFileSync(at("audit.jsonl"), "utf8").includes('"action":"card"'));

    writeFileSync(at("elsewhere/README.md"), "# My own\n");
    await assert.rejects(
      writeCard(shards, { output: at("elsewhere") }),
      /README\.md is there and is no card/u,
    );
    process.env["ROUNDS_AUDIT_FILE"] = folder;
    await assert.rejects(writeCard(model), /The audit log .* cannot be read/u);
    process.env["ROUNDS_AUDIT_FILE"] = at("audit.jsonl");
    await assert.rejects(writeCard(at("lineage")), /is no exported model, run, pipeline's output/u);
  });
});
