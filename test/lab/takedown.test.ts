/** A document is found wherever it went, and what nobody can say is said. */
import assert from "node:assert/strict";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join, relative } from "node:path";
import { after, before, describe, it } from "node:test";
import { tmpdir } from "node:os";

import { sha256OfFile } from "../../lib/core/hash.ts";
import { recordMade } from "../../lib/core/lineage.ts";
import { recordRun } from "../../lib/jobs/record-run.ts";
import { describeRun } from "../../lib/jobs/run-spec.ts";
import { runPipeline } from "../../lib/lab/corpus-pipeline/run-pipeline.ts";
import { findDocument, type TakedownReport } from "../../lib/lab/takedown/find-document.ts";
import { reportRetracted } from "../../lib/lab/takedown/report-retracted.ts";
import { fromRows } from "../../lib/table/from-rows.ts";
import { trainConfig, type TrainConfig } from "../../lib/train/train-config.ts";

const words = (first: number, count: number): string =>
  Array.from({ length: count }, (_, place) => `w${first + place}`).join(" ");

const clinical = [
  { id: "a", text: words(0, 60), pmid: "0011" },
  { id: "b", text: `${words(0, 60)} more`, pmid: "12" },
  { id: "c", text: words(200, 60), doi: "https://doi.org/10.1000/C" },
  { id: "d", text: "too short", pmid: "14" },
];
const general = [
  { id: "a", text: words(600, 60), pmcid: "PMC15" },
  { id: "e", text: words(800, 60) },
];

let folder: string;
const environment = { ...process.env };

function inFolder(name: string): string {
  return join(folder, name);
}

function writeLines(path: string, rows: readonly object[]): void {
  writeFileSync(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
}

function configOf(train: readonly string[], weights?: string): TrainConfig {
  return trainConfig("pretraining", {
    model: {
      preset: "tiny-mistral",
      ...(weights !== undefined && { initializeFrom: { kind: "safetensors", path: weights } }),
    },
    data: {
      train: train.map((path) => ({ domain: path.split("/").at(-1)!, path, weight: 1 })),
      heldOut: [],
      contextLength: 32,
    },
    optimization: { steps: 4, rowsPerStep: 2, rowsPerMicroBatch: 1 },
  });
}

/** A run as training leaves it, with a checkpoint and an export, but for the weights. */
async function makeRun(name: string, config: TrainConfig): Promise<string> {
  const run = join(folder, "runs", name);
  for (const path of ["checkpoints/4", "export/4-float32"]) mkdirSync(join(run, path), { recursive: true });
  const spec = await describeRun(config, { runId: name, processes: 1 });
  writeFileSync(join(run, "spec.json"), JSON.stringify(spec));
  writeFileSync(join(run, "train.config.json"), JSON.stringify(config));
  writeFileSync(join(run, "job.json"), "{}");
  writeFileSync(join(run, "checkpoints/4/COMPLETE"), "");
  writeFileSync(join(run, "export/4-float32/config.json"), "{}");
  const data = spec.data.map(({ part, domain, fingerprint }) => ({ part, domain, fingerprint }));
  const made = { format: "rounds-export", data, licences: [] };
  writeFileSync(join(run, "export/4-float32/provenance.json"), JSON.stringify(made));
  recordRun(run, config);
  return run;
}

/** "kind path: relation", paths below the test's folder. */
function summary({ found }: TakedownReport): string[] {
  return found.map(({ kind, path, relation }) => `${kind} ${relative(folder, path)}: ${relation}`).toSorted();
}

describe("findDocument", () => {
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "rounds-takedown-"));
    process.env["ROUNDS_LINEAGE"] = inFolder("lineage");
    process.env["ROUNDS_RUNS"] = inFolder("runs");
    writeLines(inFolder("clinical.jsonl"), clinical);
    writeLines(inFolder("general.jsonl"), general);
    const pipeline = {
      version: 1,
      output: "corpus",
      sources: ["clinical", "general"].map((domain) => ({ domain, paths: [`${domain}.jsonl`] })),
      steps: [
        { step: "filter", minimumLength: 20 },
        { step: "near-duplicates", preset: "fast" },
        { step: "tokenize", trainVocabulary: 300, tokensPerShard: 60 },
      ],
    };
    await runPipeline(pipeline, { folder });
    const shards = (domain: string) => inFolder(`corpus/04-tokenize/train/${domain}`);
    await makeRun("first", configOf([shards("clinical")]));
    await makeRun("other", configOf([shards("general")]));
    const second = configOf([shards("general")], inFolder("runs/first/export/4-float32"));
    await makeRun("second", second);
    const results = inFolder("results.jsonl");
    writeLines(results, [{ id: "q1", dataset: "x", modelFingerprint: "y" }]);
    const model = inFolder("runs/second/export/4-float32");
    recordMade({
      kind: "results",
      path: results,
      from: [model],
      sensitivity: "public",
      step: "writeResults",
    });
    const figure = inFolder("figure.json");
    recordMade({ kind: "figure", path: figure, from: [results], sensitivity: "public", step: "saveFigure" });
  });
  after(() => {
    process.env = environment;
    rmSync(folder, { recursive: true, force: true });
  });

  const models = (run: string, relation: string) => [
    `checkpoint runs/${run}/checkpoints/4: ${relation}`,
    `model runs/${run}/export/4-float32: ${relation}`,
    `run runs/${run}: ${relation}`,
  ];
  const throughSecond = [
    ...models("second", "goes on from a model trained on it"),
    "figure figure.json: made from it",
    "results results.jsonl: made from it",
  ];

  it("follows a document through corpus, shards, runs, models that go on from them, and results", async () => {
    const expected = [
      "documents clinical.jsonl: holds it",
      "documents corpus/01-read/documents.jsonl: holds it",
      "documents corpus/02-filter/documents.jsonl: holds it",
      "documents corpus/03-near-duplicates/documents.jsonl: holds it",
      "shards corpus/04-tokenize/train/clinical: holds it",
      ...models("first", "trained on it"),
      ...throughSecond,
    ].toSorted();
    for (const asked of ["c", "10.1000/c", "doi:10.1000/C"]) {
      const report = await findDocument(asked);
      assert.deepEqual(summary(report), expected, asked);
      const shards = report.found.find(({ kind }) => kind === "shards")!;
      assert.match(shards.place!, /^shard 1, document 0 \(\d+ tokens\)$/u);
    }
  });

  it("tells documents of one id apart by their domain, and finds what was filtered out where it still is", async () => {
    assert.deepEqual(summary(await findDocument("PMC15")), [
      "checkpoint runs/other/checkpoints/4: trained on it",
      "checkpoint runs/second/checkpoints/4: trained on it",
      ...[1, 2, 3].map(
        (step) =>
          `documents corpus/0${step}-${["read", "filter", "near-duplicates"][step - 1]}/documents.jsonl: holds it`,
      ),
      "documents general.jsonl: holds it",
      "figure figure.json: made from it",
      "model runs/other/export/4-float32: trained on it",
      "model runs/second/export/4-float32: trained on it",
      "results results.jsonl: made from it",
      "run runs/other: trained on it",
      "run runs/second: trained on it",
      "shards corpus/04-tokenize/train/general: holds it",
    ]);
    assert.deepEqual(summary(await findDocument("14")), [
      "documents clinical.jsonl: holds it",
      "documents corpus/01-read/documents.jsonl: holds it",
    ]);
    assert.deepEqual(summary(await findDocument("pmid:999")), []);
  });

  it("says of a removed duplicate what holds the one that stayed", async () => {
    const { found } = await findDocument("pmid:12");
    const removed = found.find(({ relation }) => relation.includes("removed"))!;
    assert.deepEqual(
      [relative(folder, removed.path), removed.documentId, removed.document],
      ["corpus/03-near-duplicates/removed.jsonl", "a", "pmid:12"],
    );
    const shards = found.filter(({ kind }) => kind === "shards");
    assert.deepEqual(
      shards.map(({ relation, documentId }) => [relation, documentId]),
      [["holds its near-duplicate", "a"]],
    );
    assert.ok(found.some(({ kind, relation }) => kind === "run" && relation === "trained on it"));
  });

  it("reports the runs on articles that were retracted since", async () => {
    writeFileSync(inFolder("retracted.json"), JSON.stringify(["doi:10.1000/c", "pmid:77"]));
    const { asked, found } = await reportRetracted(inFolder("retracted.json"));
    assert.deepEqual(asked, ["doi:10.1000/c", "pmid:77"]);
    assert.deepEqual(
      found
        .filter(({ kind }) => kind === "run")
        .map(({ document, path }) => [document, relative(folder, path)]),
      [
        ["doi:10.1000/c", "runs/first"],
        ["doi:10.1000/c", "runs/second"],
      ],
    );
    writeFileSync(inFolder("none.txt"), "\n");
    assert.deepEqual((await reportRetracted(inFolder("none.txt"))).found, []);
    await assert.rejects(reportRetracted(inFolder("nowhere.json")), /nowhere\.json cannot be read/u);
    await assert.rejects(findDocument(" "), /"document" must be an id/u);
  });

  it("looks into folders that are named, and says what it cannot look into", async () => {
    const elsewhere = inFolder("elsewhere");
    mkdirSync(elsewhere);
    await fromRows([
      { PMID: 12n, year: 2001 },
      { PMID: 99n, year: 2002 },
    ]).writeParquet(join(elsewhere, "t.parquet"));
    await fromRows([{ name: "x" }]).writeCsv(join(elsewhere, "names.csv"));
    writeFileSync(join(elsewhere, "scan.pdf"), "");
    const secret = join(elsewhere, "secret.jsonl");
    writeLines(secret, [{ id: "s", text: "x" }]);
    recordMade({ kind: "documents", path: secret, from: [], sensitivity: "restricted", step: "x" });
    process.env["ROUNDS_AUDIT_FILE"] = inFolder("audit.jsonl");
    writeFileSync(join(elsewhere, "torn.jsonl"), '{"id":"a","text":""}\n{"id"');
    const report = await findDocument("99", { folders: [elsewhere] });
    assert.deepEqual(summary(report), ["table elsewhere/t.parquet: holds it"]);
    assert.equal(report.found[0]!.place, "row 2");
    const opened = JSON.parse(readFileSync(inFolder("audit.jsonl"), "utf8").split("\n")[0]!);
    assert.deepEqual([opened.action, opened.subject], ["open", secret]);
    const unknown = report.notLookedInto
      .filter(({ path }) => path.startsWith(elsewhere))
      .map(({ path, reason }) => `${relative(folder, path)}: ${reason}`);
    assert.equal(unknown.length, 3);
    assert.match(unknown.join("\n"), /elsewhere: files of kinds that are not looked into: 1 \.pdf/u);
    assert.match(unknown.join("\n"), /names\.csv: it has none of the columns id, pmid, pmcid, doi/u);
    assert.match(unknown.join("\n"), /torn\.jsonl: /u);
  });

  it("finds a model that was exported elsewhere by the results that came of it", async () => {
    const model = inFolder("exported/first");
    mkdirSync(model, { recursive: true });
    for (const name of ["config.json", "provenance.json"])
      copyFileSync(inFolder(`runs/first/export/4-float32/${name}`), join(model, name));
    const results = inFolder("its-results.jsonl");
    writeLines(results, [{ id: "q1", dataset: "x", modelFingerprint: "z" }]);
    recordMade({
      kind: "results",
      path: results,
      from: [model],
      sensitivity: "public",
      step: "writeResults",
    });
    const found = summary(await findDocument("c"));
    assert.ok(found.includes("model exported/first: trained on it"), found.join("\n"));
    assert.ok(found.includes("results its-results.jsonl: made from it"), found.join("\n"));
  });

  it("knows shards that were moved by their fingerprint, and says which are gone", async () => {
    renameSync(inFolder("corpus/04-tokenize/train/clinical"), inFolder("moved"));
    const moved = await findDocument("c", { folders: [inFolder("moved")] });
    assert.ok(summary(moved).includes("run runs/first: trained on it"));
    assert.ok(await sha256OfFile(inFolder("moved/manifest.json")));
    rmSync(inFolder("moved"), { recursive: true });
    const gone = await findDocument("c");
    assert.ok(!summary(gone).some((line) => line.startsWith("run")));
    assert.ok(
      gone.notLookedInto.some(
        ({ path, reason }) => path.endsWith("runs/first") && reason.includes("not here"),
      ),
    );
  });
});
