/** What was made from a data set is gone after a purge, whatever was made and wherever it was cut short; all else stays. */
import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { describe, it, type TestContext } from "node:test";
import * as fc from "fast-check";

import { recordMade } from "../../lib/core/lineage.ts";
import { readDocumentLines, writeDocuments } from "../../lib/corpus/document.ts";
import { downloadFolder } from "../../lib/data/fetch-dataset.ts";
import { findDataset } from "../../lib/data/catalogue.ts";
import { writeResults } from "../../lib/evals/results-file.ts";
import type { QuestionResult } from "../../lib/evals/question-result.ts";
import { recordRun } from "../../lib/jobs/record-run.ts";
import { runPipeline } from "../../lib/lab/corpus-pipeline/run-pipeline.ts";
import { purge } from "../../lib/lab/purge/purge.ts";
import { RequestCache } from "../../lib/models/request-cache.ts";
import { open } from "../../lib/table/open.ts";
import { trainConfig } from "../../lib/train/train-config.ts";
import { withEnvironment } from "../data/with-environment.ts";

const mark = "QZJXMARK";
const kinds = ["table", "pipeline", "run", "results", "cache", "temporary", "documents"] as const;

interface World {
  readonly folder: string;
  readonly source: string;
  /** Files that are not of the data set. */
  readonly bystanders: readonly string[];
}

function at(folder: string, name: string, text: string): string {
  const path = join(folder, name);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, text);
  return path;
}

/** A user's file with a mark in each row, things made of it, and things made of another one. */
async function makeWorld(folder: string, made: readonly (typeof kinds)[number][]): Promise<World> {
  const rows = (word: string) =>
    Array.from({ length: 8 }, (_, index) =>
      JSON.stringify({
        id: `${word}${index}`,
        text: `${word} ${index} `.repeat(30),
        sensitivity: "restricted",
      }),
    ).join("\n");
  const source = at(folder, "mine/notes.jsonl", rows(mark));
  const other = at(folder, "mine/other.jsonl", rows("plain"));
  const results = [
    { id: mark, dataset: "x", modelFingerprint: "y", outputs: [mark] },
  ] as unknown as QuestionResult[];
  for (const [place, from] of [
    ["marked", source],
    ["plain", other],
  ] as const) {
    const below = join(folder, place);
    const wants = (kind: (typeof kinds)[number]) => place === "plain" || made.includes(kind);
    mkdirSync(below, { recursive: true });
    if (wants("table")) {
      const table = await open(from, { sensitivity: "restricted" });
      await table.writeCsv(join(below, "table.csv"));
      await (await open(join(below, "table.csv"))).writeParquet(join(below, "again.parquet"));
    }
    if (wants("documents")) {
      const documents = (await import("../../lib/corpus/read/read-documents.ts")).readDocuments([from]);
      await writeDocuments(join(below, "documents.jsonl"), documents);
      await writeDocuments(join(below, "copied.jsonl"), readDocumentLines(join(below, "documents.jsonl")));
    }
    const shards = join(below, "corpus/02-tokenize/train/clinical");
    if (wants("pipeline") || wants("run")) {
      const sources = [{ domain: "clinical", paths: [from], sensitivity: "restricted" }];
      const steps = [{ step: "tokenize", trainVocabulary: 300 }];
      await runPipeline({ version: 1, output: join(place, "corpus"), sources, steps }, { folder });
    }
    const run = join(folder, "runs", place);
    if (wants("run")) {
      const train = [{ domain: "clinical", path: shards, weight: 1 }];
      recordRun(run, trainConfig("pretraining", { data: { train, heldOut: [], contextLength: 32 } }));
      at(run, "log.txt", place === "plain" ? "" : mark);
      at(run, "export/4/provenance.json", "{}");
      recordMade({
        kind: "model",
        path: join(run, "export/4"),
        from: [run],
        sensitivity: "public",
        step: "export",
      });
    }
    if (wants("results"))
      await writeResults(join(below, "results.jsonl"), place === "plain" ? [] : results, { from: [from] });
    if (wants("cache")) {
      const cache = join(folder, "cache", place);
      new RequestCache(cache, "model").set("0".repeat(64), place === "plain" ? "" : mark);
      recordMade({ kind: "cache", path: cache, from: [from], sensitivity: "restricted", step: "evaluate" });
    }
    if (wants("temporary")) {
      recordMade({
        kind: "sheet",
        path: join(below, "sheet"),
        from: [from],
        sensitivity: "restricted",
        step: "writeReviewSheet",
      });
      at(below, "sheet/review.html", place === "plain" ? "" : mark);
      at(below, "sheet.12-0123abcd.tmp", place === "plain" ? "" : mark);
    }
  }
  const bystanders = filesBelow(folder).filter(
    (path) => !path.includes("marked") && !path.startsWith("lineage"),
  );
  return { folder, source, bystanders };
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .toSorted();
}

function world(test: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "rounds-purge-"));
  test.after(() => rmSync(folder, { recursive: true, force: true }));
  withEnvironment(test, {
    ROUNDS_LINEAGE: join(folder, "lineage"),
    ROUNDS_RUNS: join(folder, "runs"),
    ROUNDS_AUDIT_FILE: join(folder, "audit.jsonl"),
    ROUNDS_DATA_CACHE: join(folder, "downloads"),
  });
  return folder;
}

describe("purge", () => {
  it("leaves no marked string but in the user's own file, wherever it is cut short", async (test) => {
    const base = world(test);
    let number = 0;
    await fc.assert(
      fc.asyncProperty(fc.subarray([...kinds]), fc.nat({ max: 8 }), async (made, stopAfter) => {
        const folder = join(base, String(number++));
        process.env["ROUNDS_LINEAGE"] = join(folder, "lineage");
        process.env["ROUNDS_RUNS"] = join(folder, "runs");
        const { source, bystanders } = await makeWorld(folder, made);
        const before = filesBelow(folder);
        const planned = await purge(source);
        assert.deepEqual([planned.isDone, planned.refused], [false, []]);
        assert.deepEqual(filesBelow(folder), before, "a dry run removes nothing");
        const doomed = before.filter((path) => !bystanders.includes(path) && !path.startsWith("lineage"));
        const bytes = doomed
          .map((path) => statSync(join(folder, path)).size)
          .reduce((sum, each) => sum + each, 0);
        assert.equal(planned.bytes, bytes, "each file is counted once");
        let seen = 0;
        const stop = new AbortController();
        const onPath = () => void (seen++ === stopAfter && stop.abort(new Error("killed")));
        const cut = await purge(source, { yes: true, onPath, signal: stop.signal }).catch(
          (error: Error) => error,
        );
        if (cut instanceof Error) {
          assert.match(cut.message, /killed/u);
          const rest = await purge(source, { yes: true });
          assert.ok(rest.paths.length < planned.paths.length);
        }
        const left = filesBelow(folder).filter((path) => !path.startsWith("lineage"));
        assert.deepEqual(left, bystanders);
        for (const path of filesBelow(folder)) {
          const text = readFileSync(join(folder, path), "latin1");
          assert.ok(!text.includes(mark) || join(folder, path) === source, path);
        }
        assert.deepEqual((await purge(source)).paths, [], "the register has forgotten what is gone");
        rmSync(folder, { recursive: true });
      }),
      { numRuns: 6 },
    );
  });

  it("is noted in the audit log before it begins, and does nothing where that cannot be written", async (test) => {
    const folder = world(test);
    const { source } = await makeWorld(folder, ["table"]);
    const { paths, bytes } = await purge(source);
    assert.equal(
      bytes,
      paths.reduce((sum, { path }) => sum + statSync(path).size, 0),
    );
    rmSync(join(folder, "audit.jsonl"), { force: true });
    rmSync(join(folder, "audit.jsonl.head"), { force: true });
    mkdirSync(join(folder, "audit.jsonl"));
    await assert.rejects(
      purge(source, { yes: true }),
      /audit log .* cannot be written, so nothing was done/u,
    );
    assert.ok(existsSync(join(folder, "marked/table.csv")));
    rmSync(join(folder, "audit.jsonl"), { recursive: true });
    await purge(source, { yes: true });
    const [line] = readFileSync(join(folder, "audit.jsonl"), "utf8").split("\n");
    const { action, subject, sensitivity, detail } = JSON.parse(line!);
    assert.deepEqual([action, subject, sensitivity], ["purge", source, "restricted"]);
    assert.deepEqual(detail, { paths: 2, bytes, refused: 0 });
  });

  it("takes nothing of the user's, and follows no link", async (test) => {
    const folder = world(test);
    const source = at(folder, "mine/notes.jsonl", mark);
    const made = at(folder, "made/out.jsonl", mark);
    recordMade({
      kind: "documents",
      path: join(folder, "made"),
      from: [source],
      sensitivity: "public",
      step: "x",
    });
    const elsewhere = at(folder, "elsewhere/kept.txt", "kept");
    symlinkSync(join(folder, "elsewhere"), join(folder, "made/link"));
    // Labels that a physician saved beside the sheet.
    const own = at(folder, "sheet/labels.csv", "own");
    const sheet = at(folder, "sheet/review.csv", mark);
    const [sheets, shards] = [join(folder, "sheet"), join(folder, "shards")];
    recordMade({
      kind: "sheet",
      path: sheets,
      from: [source],
      sensitivity: "public",
      step: "writeReviewSheet",
    });
    at(folder, "shards/tokens-00000.bin", mark);
    const beside = at(folder, "shards/readme.txt", "own");
    recordMade({
      kind: "shards",
      path: shards,
      from: [source],
      sensitivity: "public",
      step: "writeTokenShards",
    });
    recordMade({
      kind: "notebook",
      path: at(folder, "n.ipynb", "{}"),
      from: [source],
      sensitivity: "public",
      step: "x",
    });
    // Noted as if Rounds had made the folder in which the source lies.
    recordMade({
      kind: "table",
      path: join(folder, "mine"),
      from: [join(folder, "made")],
      sensitivity: "public",
      step: "x",
    });
    const cache = join(folder, "cache");
    new RequestCache(cache, "model").refresh();
    const { refused, left } = await purge(source, { yes: true });
    assert.deepEqual(refused.map(({ path }) => relative(folder, path)).toSorted(), [
      "mine",

      "n.ipynb",
    ]);
    const [unsure, ...others] = left;
    assert.ok(unsure!.path.startsWith(cache));
    assert.deepEqual(others.map(({ path }) => path).toSorted(), [sheets, shards].toSorted());
    assert.match(others.map(({ reason }) => reason).join(), /Rounds did not write lie in it: labels\.csv/u);
    for (const path of [source, elsewhere, own, beside]) assert.ok(existsSync(path), path);
    for (const path of [made, sheet, join(shards, "tokens-00000.bin")]) assert.ok(!existsSync(path), path);
    await purge(source, { yes: true, caches: "remove" });
    assert.ok(!existsSync(unsure!.path));
    await assert.rejects(purge("pubmedqa-labeled"), /"dataset" must be one of/u);
  });

  it("knows a file by all names that links give it, and leaves what a link makes someone else's", async (test) => {
    const folder = world(test);
    const real = at(folder, "real/notes.csv", mark);
    symlinkSync(join(folder, "real"), join(folder, "link"));
    const note = (path: string, from: string) =>
      recordMade({ kind: "table", path, from: [from], sensitivity: "public", step: "x" });
    const made = at(folder, "made/table.csv", mark);
    symlinkSync(join(folder, "made"), join(folder, "made-link"));
    note(join(folder, "made-link/table.csv"), join(folder, "link/notes.csv"));
    const further = at(folder, "further.csv", mark);
    note(further, made);
    // What Rounds wrote was moved to a larger disk, and is now behind a link.
    const moved = at(folder, "large/moved.csv", "moved");
    symlinkSync(moved, join(folder, "moved.csv"));
    note(join(folder, "moved.csv"), real);
    // As if Rounds had made the folder of the source, one of the system, the project and what proves the purge.
    symlinkSync("/", join(folder, "slash"));
    symlinkSync(process.cwd(), join(folder, "project"));
    const wrong = ["real", "slash/etc", "project/lib", "lineage"].map((name) => join(folder, name));
    for (const path of wrong) note(path, join(folder, "link/notes.csv"));
    for (const name of [real, join(folder, "link/notes.csv")]) {
      const { paths, refused } = await purge(name);
      assert.deepEqual(
        paths.map(({ path }) => path).toSorted(),
        [further, join(folder, "made-link/table.csv")].toSorted(),
      );
      assert.deepEqual(
        refused.map(({ path }) => path).toSorted(),
        [...wrong, join(folder, "moved.csv")].toSorted(),
      );
    }
    await purge(real, { yes: true });
    for (const path of [real, moved, ...wrong]) assert.ok(existsSync(path), path);
    for (const path of [made, further]) assert.ok(!existsSync(path), path);
  });

  it("of restricted data takes the encrypted caches too, whatever was asked", async (test) => {
    const folder = world(test);
    const source = at(folder, "notes.csv", mark);
    const kept = at(folder, "cache/public/a.jsonl", "x");
    const sealed = at(folder, "cache/sealed/a.jsonl", "x");
    const note = (path: string, from: readonly string[], sensitivity: "public" | "restricted") =>
      recordMade({ kind: "cache", path: join(path, ".."), from, sensitivity, step: "connectModel" });
    note(kept, [], "public");
    note(sealed, [], "restricted");
    const made = at(folder, "table.csv", mark);
    recordMade({ kind: "table", path: made, from: [source], sensitivity: "public", step: "x" });
    await purge(source, { yes: true });
    assert.deepEqual([existsSync(made), existsSync(sealed), existsSync(kept)], [false, true, true]);
    recordMade({
      kind: "table",
      path: at(folder, "table.csv", mark),
      from: [source],
      sensitivity: "restricted",
      step: "x",
    });
    await purge(source, { yes: true });
    assert.deepEqual([existsSync(made), existsSync(sealed), existsSync(kept)], [false, false, true]);
  });

  it("knows a data set of the catalogue by its name, with its download", async (test) => {
    const folder = world(test);
    const download = downloadFolder(findDataset("medmcqa-dev"));
    const file = at(download, "file.json", mark);
    at(download, "file.json.part", mark);
    const table = at(folder, "table.csv", mark);
    recordMade({ kind: "table", path: table, from: [file], sensitivity: "public", step: "x" });
    const named = at(folder, "named.csv", mark);
    recordMade({
      kind: "table",
      path: named,
      from: [],
      sensitivity: "public",
      step: "x",
      dataset: "medmcqa-dev",
    });
    const report = await purge("medmcqa-dev", { yes: true });
    assert.deepEqual(report.paths.map(({ path }) => path).toSorted(), [download, named, table].toSorted());
    for (const { path } of report.paths) assert.ok(!existsSync(path), path);
  });
});
