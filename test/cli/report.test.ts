/** `npm run -s rounds -- report` as a user types it, from a folder of their own. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";

import { writeReportedStudy } from "../lab/reported-study.ts";
import { rounds } from "./run-rounds.ts";

describe("rounds report", () => {
  const home = mkdtempSync(join(tmpdir(), "rounds-report-command-"));
  after(() => rmSync(home, { recursive: true, force: true }));

  it("writes the page where the user says and prints what it holds and what is missing", async () => {
    await writeReportedStudy(home);
    const parameters = ["report", "--study", "study", "--results", "results.jsonl", "--output", "page.html"];
    const { code, stdout } = await rounds(home, ...parameters);
    assert.equal(code, 0);
    const report = JSON.parse(stdout) as Record<string, unknown>;
    assert.deepEqual([report["stages"], report["runs"], report["results"]], [7, 0, 1]);
    assert.equal((report["missing"] as string[]).length, 3);
    assert.equal(readFileSync(join(home, "page.html")).length, report["bytes"]);
  });

  it("asks for a name that ends in .html", async () => {
    const { code, stderr } = await rounds(home, "report", "--output", "page.pdf");
    assert.equal(code, 1);
    assert.match(stderr, /ends in \.html/u);
    const missing = await rounds(home, "report");
    assert.equal(missing.code, 2);
    assert.match(missing.stderr, /--output is missing/u);
  });
});
