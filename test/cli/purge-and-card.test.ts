import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it } from "node:test";

import { runPipeline } from "../../lib/lab/corpus-pipeline/run-pipeline.ts";
import { rounds } from "./run-rounds.ts";

it("rounds card writes a corpus' card, and rounds purge lists, then removes what was made of a file", async (test) => {
  const folder = mkdtempSync(join(tmpdir(), "rounds-purge-"));
  test.after(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, "in.jsonl"), '{"id":"a","text":"one two three","licence":"CC-BY-NC-4.0"}\n');
  const steps = [{ step: "tokenize", trainVocabulary: 300 }];
  const sources = [{ domain: "clinical", paths: ["in.jsonl"] }];
  await runPipeline({ version: 1, output: "corpus", sources, steps }, { folder });

  writeFileSync(join(folder, "notes.json"), '{"3a":"To try things out."}');
  const card = await rounds(folder, "card", "corpus", "--notes", "notes.json", "--output", ".");
  assert.equal(card.code, 0, card.stderr);
  const { markdown, notFilled } = JSON.parse(card.stdout);
  assert.ok(readFileSync(markdown, "utf8").includes("| 3a |") && !notFilled.includes("3a"));
  assert.ok(notFilled.includes("5c"));
  const refused = await rounds(folder, "card", "corpus", "--purpose", "commercial");
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /CC-BY-NC-4\.0 \(non-commercial\); from \S*in\.jsonl; a\n/u);

  const planned = await rounds(folder, "purge", "in.jsonl");
  assert.match(planned.stderr, /Nothing was removed; --yes removes what is listed, also a file of yours/u);
  const { isDone, paths } = JSON.parse(planned.stdout);
  assert.deepEqual(
    [isDone, paths.length > 0, existsSync(join(folder, "corpus/01-read"))],
    [false, true, true],
  );
  const done = await rounds(folder, "purge", "in.jsonl", "--yes");
  assert.equal(JSON.parse(done.stdout).isDone, true, done.stderr);
  assert.ok(!existsSync(join(folder, "corpus/01-read")) && !existsSync(markdown));
  assert.ok(existsSync(join(folder, "in.jsonl")));
});
