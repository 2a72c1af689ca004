/** docs/guides/launch-a-run.md, done: from text to a run, and the job's request. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { readJobSpec } from "../../lib/cli/read-job-spec.ts";
import { temporaryFolder } from "../corpus/near-duplicates/duplicate-cases.ts";
import { runGuideCells, runGuideCommands, writeGuideFiles } from "../support/guide.ts";

describe("docs/guides/launch-a-run.md", () => {
  it("goes from text to a run that can be read", async (test) => {
    process.env["ROUNDS_DATA"] = "sample";
    const guide = "docs/guides/launch-a-run.md";
    const folder = temporaryFolder(test);
    writeGuideFiles(guide, folder);
    const [, plan, run] = (await runGuideCommands(guide, folder, ["corpus", "plan", "train"])) as [
      object,
      { fits: boolean },
      { state: string; step: number },
    ];
    assert.equal(plan.fits, true);
    assert.deepEqual([run.state, run.step], ["COMPLETED", 10]);
    const [last, model] = (await runGuideCells(guide, folder)).split("\n");
    assert.match(last!, /^10 steps, last loss \d\.\d\d$/u);
    assert.ok(existsSync(join(folder, model!, "tokenizer.json")), "evaluate reads the tokenizer there");
    assert.equal((await readJobSpec(join(folder, "job.json"))).kind, "train");
  });
});
