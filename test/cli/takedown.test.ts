import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it } from "node:test";

import { rounds } from "./run-rounds.ts";

it("rounds takedown prints where a document is as JSON, and what could not be looked into", async (test) => {
  const folder = mkdtempSync(join(tmpdir(), "rounds-takedown-"));
  test.after(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, "corpus.jsonl"), '{"id":"a","text":"x","pmid":"17"}\n');
  writeFileSync(join(folder, "scan.pdf"), "");
  const { code, stdout, stderr } = await rounds(folder, "takedown", "PMID 17", "--in", ".", "--runs", "runs");
  assert.equal(code, 0, stderr);
  const { found, notLookedInto } = JSON.parse(stdout);
  const path = join(folder, "corpus.jsonl");
  const expected = { document: "PMID 17", kind: "documents", path, relation: "holds it", place: "line 1" };
  assert.deepEqual(
    found.filter((each: { path: string }) => each.path === path),
    [{ ...expected, documentId: "a", through: null }],
  );
  assert.ok(notLookedInto.some((each: { path: string }) => each.path === folder));
  writeFileSync(join(folder, "retracted.txt"), "pmid:16\npmid:17\n");
  const retracted = await rounds(
    folder,
    "takedown",
    "--retracted",
    "retracted.txt",
    "--in",
    ".",
    "--runs",
    "runs",
  );
  assert.deepEqual(JSON.parse(retracted.stdout).asked, ["pmid:16", "pmid:17"]);
  assert.equal((await rounds(folder, "takedown")).code, 2);
});
