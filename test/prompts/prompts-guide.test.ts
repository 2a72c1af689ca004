/** The blocks of docs/prompts.md run as they stand. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { temporaryFolder } from "../corpus/near-duplicates/duplicate-cases.ts";
import { startFakeEndpoint } from "../models/fake-endpoint.ts";
import { runGuideCells } from "../support/guide.ts";

describe("docs/prompts.md", () => {
  it("runs from its first block to its last", async (test) => {
    const endpoint = await startFakeEndpoint();
    test.after(() => endpoint.close());
    const printed = await runGuideCells("docs/prompts.md", temporaryFolder(test), {
      "http://127.0.0.1:8000/v1": endpoint.url,
    });
    assert.match(printed, /Let's think step-by-step\..*\{ input: \d+, output: \d+, cost: [\d.e-]+ \}/su);
    assert.match(printed, /\{ setting: 'runs', left: 5, right: 11 \}/u);
    assert.match(printed, /generated: 24,/u);
    const names = ["zero-shot", "physician", "few-shot", "medprompt", "no-prompt"];
    assert.match(printed, new RegExp(names.map((name) => `^${name}.*`).join("[^]*"), "mu"));
  });
});
