/** Restricted by folder, by hand, by what it was made of; public again for a reason alone. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";

import {
  loadQuestions,
  lowerSensitivity,
  open,
  readDocuments,
  readInstructSamples,
} from "../../lib/index.ts";
import { withEnvironment } from "../data/with-environment.ts";

function restrictedFolder(test: TestContext): { folder: string; inner: string; log: string } {
  const folder = mkdtempSync(join(tmpdir(), "rounds-declared-"));
  test.after(() => rmSync(folder, { recursive: true, force: true }));
  const inner = join(folder, "data", "inner");
  mkdirSync(inner, { recursive: true });
  writeFileSync(join(folder, "data", ".rounds-sensitivity"), "restricted\n");
  const log = join(folder, "audit.jsonl");
  withEnvironment(test, { ROUNDS_AUDIT_FILE: log, ROUNDS_LINEAGE: join(folder, "lineage") });
  const line = { id: "1", text: "a note", question: "Q?", answer: "yes", options: ["yes", "no"], right: 0 };
  writeFileSync(join(inner, "notes.jsonl"), `${JSON.stringify(line)}\n`);
  return { folder, inner, log };
}

const schema = {
  question: "question",
  options: "options",
  answer: "right",
  answerIs: "index from 0",
} as const;

describe("sensitivity", () => {
  it("of a folder is that of all that is read from it and below", async (test) => {
    const { folder, inner, log } = restrictedFolder(test);
    const path = join(inner, "notes.jsonl");
    assert.equal((await open(path)).sensitivity, "restricted");
    const [document] = await Array.fromAsync(readDocuments(path));
    assert.equal(document!.sensitivity, "restricted");
    assert.equal((await loadQuestions(path, { schema })).questions[0]!.sensitivity, "restricted");
    assert.equal(readFileSync(log, "utf8").split('"open"').length - 1, 3);
    const [sample] = await Array.fromAsync(readInstructSamples(path, { format: "question-answer" }));
    assert.equal(sample!.sensitivity, "restricted");
    symlinkSync(path, join(folder, "link.jsonl"));
    assert.equal((await open(join(folder, "link.jsonl"))).sensitivity, "restricted");
    // A declaration below lowers nothing.
    writeFileSync(join(inner, ".rounds-sensitivity"), "public");
    assert.equal((await open(path)).sensitivity, "restricted");
    writeFileSync(join(inner, ".rounds-sensitivity"), "secret");
    writeFileSync(join(folder, "data", ".rounds-sensitivity"), "public");
    await assert.rejects(open(path), /must hold the word "restricted" or "public"/u);
  });

  it("is not lowered by an option", async (test) => {
    const { inner } = restrictedFolder(test);
    const path = join(inner, "notes.jsonl");
    const given = { sensitivity: "public" } as const;
    const refused = /"sensitivity" must be left out: .*lowerSensitivity/u;
    await assert.rejects(open(path, given), refused);
    await assert.rejects(Array.fromAsync(readDocuments(path, given)), refused);
    await assert.rejects(loadQuestions(path, { schema, ...given }), refused);
    const samples = readInstructSamples(path, { format: "question-answer", ...given });
    await assert.rejects(Array.fromAsync(samples), refused);
  });

  it("is inherited by a file that says nothing itself", async (test) => {
    const { folder, inner } = restrictedFolder(test);
    const written = join(folder, "elsewhere", "notes.csv");
    await (await open(join(inner, "notes.jsonl"))).select("text").writeCsv(written);
    assert.equal((await open(written)).sensitivity, "restricted");
  });

  it("is lowered with a reason, which is logged, and in no other way", async (test) => {
    const { inner, log } = restrictedFolder(test);
    const table = await open(join(inner, "notes.jsonl"));
    for (const reason of ["", " ", undefined, 3])
      assert.throws(() => lowerSensitivity(table, { reason: reason as string }), /"reason" must be/u);
    const lowered = lowerSensitivity(table.select("id"), { reason: "ids are invented" });
    assert.equal(lowered.sensitivity, "public");
    assert.equal(lowered.where("id = '1'").sensitivity, "public");
    assert.deepEqual(await lowered.rows(), [{ id: "1" }]);
    assert.equal(table.sensitivity, "restricted");
    const documents = await Array.fromAsync(readDocuments(join(inner, "notes.jsonl")));
    assert.equal(lowerSensitivity(documents, { reason: "generated" })[0]!.sensitivity, "public");
    assert.throws(
      () => lowerSensitivity(lowered, { reason: "again" }),
      /"value" must be something restricted/u,
    );
    const lines = readFileSync(log, "utf8").trimEnd().split("\n");
    const entries = lines.map((line) => JSON.parse(line) as { action: string; detail?: { reason?: string } });
    const reasons = entries
      .filter(({ action }) => action === "sensitivity")
      .map(({ detail }) => detail!.reason);
    assert.deepEqual(reasons, ["ids are invented", "generated"]);
  });
});
