/** The blocks of docs/evaluate.md run as they stand. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { promisify } from "node:util";
import { projectRoot } from "../../setup/paths.mjs";
import { temporaryFolder } from "../corpus/near-duplicates/duplicate-cases.ts";
import { startFakeEndpoint } from "../models/fake-endpoint.ts";

describe("docs/evaluate.md", () => {
  it("runs from its first block to its last", async (test) => {
    const folder = temporaryFolder(test);
    const endpoint = await startFakeEndpoint();
    test.after(() => endpoint.close());
    const text = readFileSync(join(projectRoot, "docs", "evaluate.md"), "utf8");
    const blocks = [...text.matchAll(/^```ts\n([^]*?)^```$/gmu)].map(([, block]) => block!);
    assert.equal(blocks.length, 7);
    const program = blocks
      .join("\n")
      .replaceAll('"rounds"', JSON.stringify(new URL("../../lib/index.ts", import.meta.url).href))
      .replaceAll("http://127.0.0.1:8000/v1", endpoint.url);
    writeFileSync(join(folder, "guide.ts"), program);
    const labels = (each: string): string =>
      [
        "code,label",
        ...Array.from({ length: 10 }, (_, item) => `R0${item < 9 ? 0 : ""}${item + 1},${each}`),
      ].join("\n");
    writeFileSync(join(folder, "ada.csv"), `${labels("answer 1 is right")}\n`);
    writeFileSync(join(folder, "ben.csv"), `${labels("both are right")}\n`);
    const { stdout } = await promisify(execFile)(process.execPath, ["guide.ts"], {
      cwd: folder,
      env: { ...process.env, ROUNDS_DATA: "sample" },
      timeout: 60_000,
    });
    assert.match(stdout, /\{ first: \d+, second: \d+ \} \d+ 0\n$/u);
  });
});
