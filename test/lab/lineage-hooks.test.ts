/** What Rounds writes stands in the register with what it was made from, all along the way of the data. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { madeOf, notedSensitivity, readLineage } from "../../lib/core/lineage.ts";
import { writeDocuments, type Document } from "../../lib/corpus/document.ts";
import { runPipeline } from "../../lib/lab/corpus-pipeline/run-pipeline.ts";
import { open } from "../../lib/table/open.ts";
import { temporaryFolder } from "../corpus/near-duplicates/duplicate-cases.ts";
import { withEnvironment } from "../data/with-environment.ts";

const document = (source: string, sensitivity: Document["sensitivity"] = "public"): Document => ({
  id: source,
  text: "A text of some words that is long enough to stay.",
  source,
  licence: "CC0-1.0",
  metadata: {},
  sensitivity,
});

describe("the register of lineage", () => {
  it("knows the files that a written table came from, through queries and joins", async (t) => {
    const folder = temporaryFolder(t);
    withEnvironment(t, { ROUNDS_LINEAGE: join(folder, "lineage") });
    const [left, right, out] = ["left.csv", "right.csv", "out.parquet"].map((name) => join(folder, name));
    writeFileSync(left!, "id,a\n1,2\n");
    writeFileSync(right!, "id,b\n1,3\n");
    const [one, other] = [await open(left!), await open(right!)];
    const joined = one.sql("SELECT id, a, b FROM this JOIN other USING (id)", [], { tables: { other } });
    await joined.writeParquet(out!);
    const [record, ...others] = readLineage();
    assert.deepEqual(others, []);
    assert.deepEqual([record!.kind, record!.path, record!.from], ["table", out, [left, right]]);
    await (await open(out!)).writeCsv(join(folder, "again.csv"));
    assert.deepEqual(
      madeOf(left!).map(({ path }) => path),
      [out, join(folder, "again.csv")],
    );
  });

  it("knows the archives that documents came from, and that one of them is restricted", async (t) => {
    const folder = temporaryFolder(t);
    withEnvironment(t, {
      ROUNDS_LINEAGE: join(folder, "lineage"),
      ROUNDS_AUDIT_FILE: join(folder, "audit.jsonl"),
    });
    const path = join(folder, "documents.jsonl");
    await writeDocuments(path, [
      document("/raw/a.tar!/1.xml"),
      document("/raw/a.tar!/2.xml"),
      document("medquad"),
      document("/raw/b.jsonl", "restricted"),
    ]);
    const [record] = readLineage();
    assert.deepEqual(record!.from, ["/raw/a.tar", "/raw/b.jsonl"]);
    assert.equal(notedSensitivity(path), "restricted");
  });

  it("knows every step of a corpus pipeline", async (t) => {
    const folder = temporaryFolder(t);
    withEnvironment(t, { ROUNDS_LINEAGE: join(folder, "lineage") });
    const raw = join(folder, "raw.jsonl");
    const lines = [1, 2, 3].map((id) =>
      JSON.stringify({ id: String(id), text: `${"word ".repeat(60)}${id}` }),
    );
    writeFileSync(raw, `${lines.join("\n")}\n`);
    const pipeline = {
      version: 1,
      output: "out",
      sources: [{ domain: "clinical", paths: ["raw.jsonl"] }],
      steps: [
        { step: "filter", minimumLength: 20 },
        { step: "near-duplicates", preset: "fast" },
      ],
    };
    const report = await runPipeline(pipeline, { folder });
    const found = new Set(madeOf(raw).map(({ path }) => path));
    for (const { folder: step } of report.steps) assert.ok(found.has(step), step);
  });
});
