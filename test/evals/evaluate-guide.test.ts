/** The blocks of docs/evaluate.md run as they stand. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { temporaryFolder } from "../corpus/near-duplicates/duplicate-cases.ts";
import { startFakeEndpoint } from "../models/fake-endpoint.ts";
import { runGuideCells } from "../support/guide.ts";

describe("docs/evaluate.md", () => {
  it("runs from its first block to its last", async (test) => {
    const folder = temporaryFolder(test);
    const endpoint = await startFakeEndpoint();
    test.after(() => endpoint.close());
    const labels = (each: string): string =>
      [
        "code,label",
        ...Array.from({ length: 10 }, (_, item) => `R0${item < 9 ? 0 : ""}${item + 1},${each}`),
      ].join("\n");
    writeFileSync(join(folder, "ada.csv"), `${labels("answer 1 is right")}\n`);
    writeFileSync(join(folder, "ben.csv"), `${labels("both are right")}\n`);
    const printed = await runGuideCells("docs/evaluate.md", folder, {
      "http://127.0.0.1:8000/v1": endpoint.url,
    });
    assert.match(printed, /\{ first: \d+, second: \d+ \} \d+ 0\n$/u);
  });
});
