import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { loadQuestions } from "../../lib/evals/load-questions.ts";
import { checkPipeline } from "../../lib/lab/corpus-pipeline/read-pipeline.ts";
import { projectRoot } from "../../setup/paths.mjs";
import { runPipeline } from "../../lib/lab/corpus-pipeline/run-pipeline.ts";
import type { PipelineReport } from "../../lib/lab/corpus-pipeline/run-pipeline.ts";
import { sha256 } from "../../lib/core/hash.ts";
import { temporaryFolder } from "../corpus/near-duplicates/duplicate-cases.ts";

const words = (first: number, count: number): string =>
  Array.from({ length: count }, (_, place) => `w${first + place}`).join(" ");

interface Line {
  readonly id: string;
  readonly text: string;
  readonly [property: string]: unknown;
}

function writeLines(path: string, lines: readonly Line[]): void {
  writeFileSync(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
}

const clinical: Line[] = [
  { id: "1", text: words(0, 60), licence: "CC-BY-4.0" },
  { id: "2", text: words(100, 60), licence: "CC-BY-NC-4.0" },
  { id: "3", text: `${words(0, 60)} more`, licence: "CC-BY-4.0" },
  { id: "4", text: "too short", licence: "CC-BY-4.0" },
  { id: "5", text: words(300, 60), licence: "CC-BY-4.0", retracted: true },
  { id: "6", text: words(400, 70), licence: "CC-BY-4.0", doi: "10.1234/A" },
  { id: "7", text: words(500, 90), licence: "CC-BY-4.0", doi: "10.1234/a" },
];
const general: Line[] = [
  { id: "1", text: words(1000, 50), licence: "CC0-1.0" },
  { id: "2", text: words(2000, 50), licence: "CC0-1.0" },
];

const steps = [
  { step: "filter", minimumLength: 20, licence: "commercial-use" },
  { step: "same-work" },
  { step: "near-duplicates", preset: "fast" },
];

function writeSources(folder: string): object {
  writeLines(join(folder, "clinical.jsonl"), clinical);
  writeLines(join(folder, "general.jsonl"), general);
  return {
    version: 1,
    output: "out",
    sources: [
      { domain: "clinical", paths: ["clinical.jsonl"] },
      { domain: "general", paths: ["general.jsonl"] },
    ],
    steps,
  };
}

/** SHA-256 of every file below a folder but the records, which hold the seconds. */
function fingerprintOf(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).toSorted();
  return Object.fromEntries(
    files
      .filter((file) => statSync(join(folder, file)).isFile() && !file.endsWith("step.json"))
      .map((file) => [file, sha256(readFileSync(join(folder, file)))]),
  );
}

const summary = ({ steps: reports }: PipelineReport): unknown[] =>
  reports.map(({ step, in: count, kept, dropped }) => [step, count, kept, dropped]);

describe("a corpus pipeline", () => {
  it("passes documents from step to step, and its counts add up", async (test) => {
    const folder = temporaryFolder(test);
    const report = await runPipeline(writeSources(folder), { folder });
    assert.deepEqual(summary(report), [
      ["read", 9, 9, 0],
      ["filter", 9, 6, 3],
      ["same-work", 6, 5, 1],
      ["near-duplicates", 5, 4, 1],
    ]);
    for (const { in: count, kept, dropped, droppedBy } of report.steps) {
      assert.equal(count, kept + dropped);
      assert.equal(
        dropped,
        Object.values(droppedBy).reduce((sum, value) => sum + value, 0),
      );
    }
    const lines = readFileSync(join(folder, "out", "04-near-duplicates", "documents.jsonl"), "utf8");
    const documents = lines
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { id: string; metadata: { domain: string } });
    assert.deepEqual(
      documents.map(({ id, metadata }) => [id, metadata.domain]),
      [
        ["1", "clinical"],
        ["7", "clinical"],
        ["general:1", "general"],
        ["general:2", "general"],
      ],
    );
  });

  it("ends in token shards by domain, some documents set aside, and in a mixture of them", async (test) => {
    const folder = temporaryFolder(test);
    const pipeline = writeSources(folder);
    const tokenize = { step: "tokenize", trainVocabulary: 300, heldOutShare: 0.5 };
    const mix = { step: "mix", epochs: { clinical: 1, general: 2 }, contextLength: 16 };
    const both = { ...pipeline, steps: [tokenize, mix] };
    const report = await runPipeline(both, { folder });
    const [, tokenized, mixed] = report.steps;
    assert.deepEqual(summary(report).slice(1)[0], ["tokenize", 9, 9, 0]);
    const { shards } = tokenized!.details as {
      shards: Record<string, { documentCount: number; tokenCount: number }>;
    };
    assert.deepEqual(Object.keys(shards), [
      "train/clinical",
      "train/general",
      "held-out/clinical",
      "held-out/general",
    ]);
    assert.equal(shards["train/clinical"]!.documentCount + shards["held-out/clinical"]!.documentCount, 7);
    assert.ok(shards["train/clinical"]!.documentCount > 0 && shards["held-out/clinical"]!.documentCount > 0);
    const manifest = JSON.parse(
      readFileSync(join(tokenized!.folder, "train", "clinical", "manifest.json"), "utf8"),
    ) as { tokenCount: number };
    assert.equal(manifest.tokenCount, shards["train/clinical"]!.tokenCount);
    const { plan } = JSON.parse(readFileSync(join(mixed!.folder, "mixture.json"), "utf8")) as {
      plan: { domains: { share: number; epochs: number }[] };
    };
    assert.ok(Math.abs(plan.domains.reduce((sum, { share }) => sum + share, 0) - 1) < 1e-9);
    assert.deepEqual(
      plan.domains.map(({ epochs }) => Math.round(epochs)),
      [1, 2],
    );
    assert.deepEqual(
      (await runPipeline(both, { folder })).steps.map(({ resumed }) => resumed),
      [true, true, true],
    );
  });

  it("drops what a notice retracts, wherever the notice stands", async (test) => {
    const folder = temporaryFolder(test);
    const article = (pmid: number, title: string, more = "") =>
      `<PubmedArticle><MedlineCitation><PMID>${pmid}</PMID><Article><ArticleTitle>${title}</ArticleTitle>` +
      `<Abstract><AbstractText>${words(pmid, 30)}</AbstractText></Abstract></Article>${more}</MedlineCitation></PubmedArticle>`;
    const notice = `<CommentsCorrectionsList><CommentsCorrections RefType="RetractionOf"><PMID>100</PMID></CommentsCorrections></CommentsCorrectionsList>`;
    const articles = [article(100, "A trial"), article(200, "Another"), article(300, "A notice", notice)];
    writeFileSync(
      join(folder, "pubmed.xml"),
      `<?xml version="1.0"?><PubmedArticleSet>${articles.join("")}</PubmedArticleSet>`,
    );
    const sources = [{ domain: "clinical", paths: ["pubmed.xml"] }];
    const pipeline = { version: 1, output: "out", sources, steps: [{ step: "filter" }] };
    const report = await runPipeline(pipeline, { folder });
    assert.deepEqual(report.steps[1]!.droppedBy["retracted"], 1);
    const ids = readFileSync(join(report.steps[1]!.folder, "documents.jsonl"), "utf8").match(
      /"id":"[^"]*"/gu,
    );
    assert.equal(ids?.length, 2);
    assert.doesNotMatch(ids!.join(), /100/u);
  });

  it("replaces who is named in notes, alike in all of a patient's, and writes the key nowhere", async (test) => {
    const folder = temporaryFolder(test);
    const note = (patient: string, id: string, day: number) =>
      JSON.stringify({ id, patient, text: `Mrs. Okafor was seen on 3/${day}/2021, MRN 00482913.` });
    writeFileSync(
      join(folder, "notes.jsonl"),
      [note("a", "1", 1), note("a", "2", 8), note("b", "3", 1)].join("\n"),
    );
    writeFileSync(join(folder, "key.txt"), "a secret of the tests\n");
    const step = {
      step: "filter",
      personalData: "replace",
      personalDataKinds: ["name", "date", "medical-record"],
      personalDataKeyFile: "key.txt",
      patientField: "patient",
    };
    const sources = [{ domain: "clinical", paths: ["notes.jsonl"] }];
    const pipeline = { version: 1, output: "out", sources, steps: [step] };
    const report = await runPipeline(pipeline, { folder });
    const { folder: stepFolder, details } = report.steps[1]!;
    assert.deepEqual(details["counts"], {
      "personal-data:name": 3,
      "personal-data:date": 3,
      "personal-data:medical-record": 3,
    });
    const written = readFileSync(join(stepFolder, "documents.jsonl"), "utf8");
    const found = [...written.matchAll(/Mrs\. (\w+) was seen on (\S+), MRN (\d{8})/gu)];
    assert.equal(found.length, 3);
    const [one, two, other] = found.map(([, name, date, number]) => ({
      name,
      date: Date.parse(date!),
      number,
    }));
    assert.deepEqual([one!.name, one!.number], [two!.name, two!.number]);
    assert.equal(two!.date - one!.date, 7 * 86_400_000);
    assert.notEqual(other!.number, one!.number);
    const all = written + readFileSync(join(stepFolder, "step.json"), "utf8");
    assert.doesNotMatch(all, /Okafor|00482913|a secret of/u);
  });

  it("makes of an empty corpus a report of nothing, and says so", async (test) => {
    const folder = temporaryFolder(test);
    writeFileSync(join(folder, "empty.jsonl"), "");
    const sources = [{ domain: "clinical", paths: ["empty.jsonl"] }];
    const spans = { step: "exact-spans" };
    const tokenize = { step: "tokenize", trainVocabulary: 300 };
    const all = [...steps, spans, tokenize, { step: "mix" }];
    const report = await runPipeline({ version: 1, output: "out", sources, steps: all }, { folder });
    assert.deepEqual(
      report.steps.map(({ kept }) => kept),
      report.steps.map(() => 0),
    );
    assert.match(report.steps[0]!.warnings.join(), /the sources hold no document/u);
    assert.match(report.steps.at(-1)!.warnings.join(), /no document was left to mix/u);
  });

  it("warns of documents that hold the end token, which training would take for their end", async (test) => {
    const folder = temporaryFolder(test);
    writeLines(join(folder, "texts.jsonl"), [
      { id: "1", text: `${words(0, 40)} </s> ${words(50, 10)}` },
      { id: "2", text: words(100, 40) },
    ]);
    const pipeline = {
      version: 1,
      output: "out",
      sources: [{ domain: "clinical", paths: ["texts.jsonl"] }],
      steps: [{ step: "tokenize", trainVocabulary: 300 }],
    };
    const tokenized = (await runPipeline(pipeline, { folder })).steps[1]!;
    assert.match(
      tokenized.warnings.join(),
      /^1 documents hold the end token's text, which .* takes for the token/u,
    );
    assert.equal(tokenized.details["withEndTokenInside"], 1);
  });

  it("cuts repeated spans and drops what repeats evaluation questions", async (test) => {
    const before = process.env["ROUNDS_DATA"];
    process.env["ROUNDS_DATA"] = "sample";
    test.after(() => {
      if (before === undefined) delete process.env["ROUNDS_DATA"];
      else process.env["ROUNDS_DATA"] = before;
    });
    const folder = temporaryFolder(test);
    const { questions } = await loadQuestions("medqa-test");
    const longest = questions.reduce((best, each) =>
      each.question.length > best.question.length ? each : best,
    );
    const shared = words(5000, 40);
    writeLines(join(folder, "texts.jsonl"), [
      { id: "leak", text: `${words(0, 30)}\n${longest.question}\n${words(100, 30)}` },
      { id: "one", text: `${words(200, 30)} ${shared}` },
      { id: "two", text: `${words(300, 30)} ${shared}` },
    ]);
    writeLines(join(folder, "history.jsonl"), [{ id: "history", text: words(9000, 60) }]);
    const report = await runPipeline(
      {
        version: 1,
        output: "out",
        sources: [
          { domain: "clinical", paths: ["texts.jsonl"] },
          { domain: "general", paths: ["history.jsonl"] },
        ],
        steps: [
          { step: "exact-spans", minimumBytes: 100 },
          { step: "decontaminate", questions: ["medqa-test"], unrelatedDomain: "general" },
        ],
      },
      { folder },
    );
    const [, spans, clean] = report.steps;
    assert.equal(spans!.details["spans"], 2);
    assert.ok(Math.abs((spans!.details["removedBytes"] as number) - shared.length) < 8);
    assert.deepEqual(clean!.droppedBy, { contaminated: 1 });
    assert.equal((clean!.details["falsePositives"] as { flagged: number }).flagged, 0);
    assert.match(clean!.warnings.join(), /generated sample/u);
  });

  it("run again repeats nothing, and after a change what follows from it", async (test) => {
    const folder = temporaryFolder(test);
    const pipeline = writeSources(folder);
    const resumed = (report: PipelineReport): boolean[] => report.steps.map((step) => step.resumed);
    assert.deepEqual(resumed(await runPipeline(pipeline, { folder })), [false, false, false, false]);
    const first = fingerprintOf(join(folder, "out"));
    assert.deepEqual(resumed(await runPipeline(pipeline, { folder })), [true, true, true, true]);
    const changed = { ...pipeline, steps: [steps[0], { step: "same-work", keep: "first" }, steps[2]] };
    assert.deepEqual(resumed(await runPipeline(changed, { folder })), [true, true, false, false]);
    assert.deepEqual(resumed(await runPipeline(pipeline, { folder })), [true, true, false, false]);
    assert.deepEqual(fingerprintOf(join(folder, "out")), first);
    writeLines(join(folder, "general.jsonl"), general.slice(1));
    assert.deepEqual(resumed(await runPipeline(pipeline, { folder })), [false, false, false, false]);
  });

  it("makes anew what was changed behind its back, and says so", async (test) => {
    const folder = temporaryFolder(test);
    const pipeline = writeSources(folder);
    await runPipeline(pipeline, { folder });
    const before = fingerprintOf(join(folder, "out"));
    const path = join(folder, "out", "02-filter", "documents.jsonl");
    writeFileSync(path, readFileSync(path, "utf8").replace("w1 ", "x1 "));
    const { steps: reports, warnings } = await runPipeline(pipeline, { folder });
    assert.deepEqual(
      reports.map((step) => step.resumed),
      [true, false, true, true],
    );
    assert.match(
      warnings.join("\n"),
      /02-filter.documents\.jsonl has changed; the step "2 filter" ran again/u,
    );
    assert.deepEqual(fingerprintOf(join(folder, "out")), before);
  });

  it("interrupted leaves nothing half-written under a final name", async (test) => {
    const folder = temporaryFolder(test);
    const pipeline = writeSources(folder);
    const whole = await runPipeline(pipeline, { folder });
    const expected = fingerprintOf(join(folder, "out"));
    for (const stopAt of ["1 read", "3 same-work", "4 near-duplicates"]) {
      const interrupt = new AbortController();
      const again = { ...pipeline, output: `out-${stopAt[0]}` };
      const onProgress = ({ step }: { step: string }): void => {
        if (step === stopAt) interrupt.abort(new Error("stopped here"));
      };
      // Small inputs tell no progress within some steps, so those are let through.
      await runPipeline(again, { folder, signal: interrupt.signal, onProgress }).catch((error: Error) =>
        assert.equal(error.message, "stopped here"),
      );
      const report = await runPipeline(again, { folder });
      assert.deepEqual(summary(report), summary(whole));
      assert.deepEqual(fingerprintOf(join(folder, `out-${stopAt[0]}`)), expected);
    }
  });

  it("of the documentation is right", async (test) => {
    const text = readFileSync(join(projectRoot, "docs", "corpus-pipeline.md"), "utf8");
    const example = JSON.parse(/```json\n([\s\S]*?)```/u.exec(text)![1]!) as { steps: object[] };
    process.env["ROUNDS_DATA"] = "sample";
    test.after(() => delete process.env["ROUNDS_DATA"]);
    const { steps: checked } = await checkPipeline(example, temporaryFolder(test));
    assert.equal(checked.length, example.steps.length + 1);
    for (const { name } of checked.slice(1)) assert.match(text, new RegExp(`\\| \`${name}\` +\\|`, "u"));
  });

  it("names what is wrong in the file, and runs nothing", async (test) => {
    const folder = temporaryFolder(test);
    const pipeline = writeSources(folder);
    const wrong: [change: object, message: RegExp][] = [
      [{ stepz: [] }, /pipeline: "stepz".*did you mean steps\?/u],
      [
        { steps: [{ step: "filtr" }] },
        /steps\[0\]\.step must be one of .*did you mean filter\?.*got "filtr"/u,
      ],
      [{ steps: [{ step: "filter", minimumLenght: 3 }] }, /steps\[0\]: "minimumLenght".*minimumLength/u],
      [{ steps: [{ step: "filter", personalData: "replace" }] }, /together with a "personalDataKeyFile"/u],
      [
        { steps: [{ step: "filter", personalData: "replace", personalDataKeyFile: "none" }] },
        /steps\[0\]\.personalDataKeyFile: .*none/u,
      ],
      [{ steps: [{ step: "filter", personalDataKinds: ["mail"] }] }, /steps\[0\]: "personalDataKinds"/u],
      [{ steps: [{ step: "filter", licence: "comercial" }] }, /steps\[0\]: .*commercial-use/u],
      [{ sources: [{ paths: ["clinical.jsonl"] }] }, /sources\[0\]\.domain is missing/u],
      [{ sources: [{ domain: "a" }] }, /sources\[0\] must have one of "paths" and "dataset"/u],
      [{ sources: [{ domain: "a", paths: ["none.jsonl"] }] }, /none\.jsonl/u],
      [
        { sources: [{ domain: "../a", paths: ["clinical.jsonl"] }] },
        /sources\[0\]\.domain must be of letters/u,
      ],
      [{ steps: [{ step: "mix" }] }, /steps\[0\]: "mix" takes shards, and "read" before it gives documents/u],
      [{ steps: [{ step: "tokenize" }] }, /steps\[0\] must have one of "tokenizer"/u],
      [{ version: 2 }, /pipeline: "version" must be 1/u],
      [{ output: undefined }, /"output" is missing/u],
    ];
    for (const [change, message] of wrong) {
      await assert.rejects(runPipeline({ ...pipeline, ...change }, { folder }), message);
    }
    assert.equal(existsSync(join(folder, "out")), false);
  });
});
