/** The blocks of docs/prompts.md run as they stand. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { promisify } from "node:util";
import { projectRoot } from "../../setup/paths.mjs";
import { temporaryFolder } from "../corpus/near-duplicates/duplicate-cases.ts";
import { startFakeEndpoint } from "../models/fake-endpoint.ts";

describe("docs/prompts.md", () => {
  it("runs from its first block to its last", async (test) => {
    const folder = temporaryFolder(test);
    const endpoint = await startFakeEndpoint();
    test.after(() => endpoint.close());
    const text = readFileSync(join(projectRoot, "docs", "prompts.md"), "utf8");
    const blocks = [...text.matchAll(/^```ts\n([^]*?)^```$/gmu)].map(([, block]) => block!);
    assert.equal(blocks.length, 6);
    const program = blocks
      .join("\n")
      .replaceAll('"rounds"', JSON.stringify(new URL("../../lib/index.ts", import.meta.url).href))
      .replaceAll("http://127.0.0.1:8000/v1", endpoint.url);
    writeFileSync(join(folder, "guide.ts"), program);
    const { stdout } = await promisify(execFile)(process.execPath, ["guide.ts"], {
      cwd: folder,
      env: { ...process.env, ROUNDS_DATA: "sample" },
      timeout: 60_000,
    });
    assert.match(stdout, /Let's think step-by-step\..*\{ input: \d+, output: \d+, cost: [\d.e-]+ \}/su);
    assert.match(stdout, /\{ setting: 'runs', left: 5, right: 11 \}/u);
    assert.match(stdout, /generated: 24,/u);
    const names = ["zero-shot", "physician", "few-shot", "medprompt", "no-prompt"];
    assert.match(stdout, new RegExp(names.map((name) => `^${name}.*`).join("[^]*"), "mu"));
  });
});
