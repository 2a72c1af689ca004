/** docs/guides: what a reader does in the first hour, done. The guide on runs is tested beside the trainer. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { readClusters } from "../../lib/jobs/cluster/clusters-file.ts";
import { temporaryFolder } from "../corpus/near-duplicates/duplicate-cases.ts";
import { startFakeEndpoint } from "../models/fake-endpoint.ts";
import { runGuideCells, runGuideCommands, writeGuideFiles } from "../support/guide.ts";

describe("docs/guides", () => {
  before(() => void (process.env["ROUNDS_DATA"] = "sample"));

  it("explore-data.md: tables, a figure, near-duplicates and questions", async (test) => {
    const printed = await runGuideCells("docs/guides/explore-data.md", temporaryFolder(test));
    assert.match(printed, /^pmc-rct: /mu);
    assert.match(
      printed,
      /\d+ pairs of near-duplicates among \d+ documents\n\d+ questions, \d+ set aside\n$/u,
    );
  });

  it("rerun-a-figure.md: one of the paper's, and a study of two stages", async (test) => {
    const folder = temporaryFolder(test);
    const printed = await runGuideCells("docs/guides/rerun-a-figure.md", folder);
    assert.match(printed, /\bfigure-2, .*\bfigure-3, /u);
    assert.match(readFileSync(join(folder, "figure-2.svg"), "utf8"), /^<svg /u);
    assert.match(printed, /1\. synthetic-articles\.jsonl \(file\): [^]*The figure \(figure\), from 2: /u);
    assert.match(printed, /\nmoved: 0\nyears: .*\nfigure: made from years\nthe same: false\n$/u);
  });

  it("prototype-a-prompt.md: prompts without a model, then with one", async (test) => {
    const endpoint = await startFakeEndpoint();
    test.after(() => endpoint.close());
    const printed = await runGuideCells("docs/guides/prototype-a-prompt.md", temporaryFolder(test), {
      "http://127.0.0.1:8000/v1": endpoint.url,
    });
    assert.match(printed, /Let's think step-by-step\./u);
    assert.match(printed, / \/ .*\nOne of these:\n/u);
    assert.match(printed, /setting: 'runs', left: 5, right: 11/u);
    assert.match(printed, /name: 'one line',\s+accuracy: [\d.]+,/u);
  });

  it("bring-your-own.md: notes, questions and a cluster", async (test) => {
    const guide = "docs/guides/bring-your-own.md";
    const folder = temporaryFolder(test);
    writeGuideFiles(guide, folder);
    const [report] = (await runGuideCommands(guide, folder, ["corpus"])) as [
      { steps: { dropped: number }[] },
    ];
    assert.deepEqual(
      report.steps.map(({ dropped }) => dropped),
      [0, 0, 1, 0],
    );
    const kept = readFileSync(join(folder, "clean", "03-near-duplicates", "documents.jsonl"), "utf8");
    assert.match(kept, /MRN \[(?:record-number|medical-record)\]/u);
    const printed = await runGuideCells(guide, folder);
    assert.match(printed, /^3 \[ 'id', 'text' \]\n\[.*'name'.*\]\n2 \[\]\n$/u);
    assert.deepEqual([...(await readClusters(join(folder, "clusters.json"))).keys()], ["mine"]);
  });
});
