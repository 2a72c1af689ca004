/** `npm run -s rounds -- corpus` as a user types it, and killed. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { sha256 } from "../../lib/core/hash.ts";
import { SeededRandom } from "../../lib/core/seeded-random.ts";
import { temporaryFolder } from "../corpus/near-duplicates/duplicate-cases.ts";
import { rounds, startRounds } from "./run-rounds.ts";

function writeCorpus(folder: string): void {
  const random = new SeededRandom("pipeline");
  const words = (count: number): string =>
    Array.from({ length: count }, () => `w${random.integer(0, 5000)}`).join(" ");
  const boilerplate = words(60);
  const lines = Array.from({ length: 1500 }, (_, id) => {
    const text = id % 7 === 0 ? `${words(100)} ${boilerplate}` : words(150);
    return `${JSON.stringify({ id: `d${id}`, text: id % 50 === 0 ? boilerplate : text })}\n`;
  });
  writeFileSync(join(folder, "texts.jsonl"), lines.join(""));
  const pipeline = (output: string): string =>
    JSON.stringify({
      version: 1,
      output,
      sources: [{ domain: "general", paths: ["texts.jsonl"] }],
      steps: [
        { step: "filter", minimumLength: 20 },
        { step: "near-duplicates", preset: "fast" },
        { step: "exact-spans", minimumBytes: 100 },
        { step: "tokenize", trainVocabulary: 400, tokensPerShard: 100_000 },
      ],
    });
  for (const output of ["whole", "killed"]) writeFileSync(join(folder, `${output}.json`), pipeline(output));
}

/** SHA-256 of every output; the records of steps hold their seconds. */
function sumsOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => statSync(join(folder, file)).isFile() && !/(?:step\.json|begun\.txt)$/u.test(file))
    .toSorted()
    .map((file) => `${file} ${sha256(readFileSync(join(folder, file)))}`);
}

describe("rounds corpus", () => {
  it("killed in every step goes on where it was, and gives the same bytes", async (test) => {
    const folder = temporaryFolder(test);
    writeCorpus(folder);
    const whole = await rounds(folder, "corpus", "whole.json", "--workers", "2");
    assert.equal(whole.code, 0, whole.stderr);
    for (const step of ["3 near-duplicates", "4 exact-spans"]) {
      const child = startRounds(folder, ["corpus", "killed.json", "--workers", "2"]);
      let said = "";
      child.stderr.on("data", (chunk) => {
        said += String(chunk);
        if (said.includes(step)) child.kill("SIGKILL");
      });
      const [, signal] = (await once(child, "close")) as [number | null, string | null];
      assert.equal(signal, "SIGKILL", said);
    }
    const resumed = await rounds(folder, "corpus", "killed.json", "--workers", "1");
    assert.equal(resumed.code, 0, resumed.stderr);
    const { steps } = JSON.parse(resumed.stdout) as { steps: { step: string; resumed: boolean }[] };
    assert.deepEqual(
      steps.slice(0, 3).map((step) => step.resumed),
      [true, true, true],
    );
    assert.deepEqual(sumsOf(join(folder, "killed")), sumsOf(join(folder, "whole")));
  });

  it("says what is wrong in the file, and what is missing on the line", async (test) => {
    const folder = temporaryFolder(test);
    writeFileSync(join(folder, "bad.json"), "{");
    const broken = await rounds(folder, "corpus", "bad.json");
    assert.equal(broken.code, 1);
    assert.match(broken.stderr, /bad\.json is no JSON/u);
    const none = await rounds(folder, "corpus");
    assert.equal(none.code, 2);
    assert.match(none.stderr, /PIPELINE\.json is missing/u);
  });
});
