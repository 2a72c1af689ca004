/** `npm run -s rounds -- spans` killed, run out of disk and started again. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { SeededRandom } from "../../lib/core/seeded-random.ts";
import { removeRepeatedSpans } from "../../lib/corpus/exact-spans/remove-repeated-spans.ts";
import { temporaryFolder } from "../corpus/near-duplicates/duplicate-cases.ts";
import { fillDiskAndResume, killAndResume } from "./interrupt-rounds.ts";

const files = ["--input", "in.jsonl", "--output", "kept.jsonl", "--spans", "spans.jsonl"];

/** Texts of some 3 kB, a third of them with one of twenty passages of 600 bytes. */
function writeInput(folder: string, count: number): string {
  const random = new SeededRandom("texts to be interrupted");
  const words = (bytes: number) => {
    let content = "";
    while (content.length < bytes) content += `${random.integer(0, 1e9).toString(36)} `;
    return content;
  };
  const passages = Array.from({ length: 20 }, () => words(600));
  const lines = Array.from({ length: count }, (_, id) => {
    const parts = [words(random.integer(0, 3000)), words(random.integer(0, 3000))];
    return `${JSON.stringify({ id, text: parts.join(random.chance(1 / 3) ? random.choice(passages) : "") })}\n`;
  });
  const path = join(folder, "in.jsonl");
  writeFileSync(path, lines.join(""));
  return path;
}

/** What one uninterrupted run gives. */
async function uninterrupted(folder: string, input: string) {
  const [output, spans] = [join(folder, "whole.jsonl"), join(folder, "whole-spans.jsonl")];
  await removeRepeatedSpans(input, { output, spans, workers: 1 });
  return { output: readFileSync(output, "utf8"), spans: readFileSync(spans, "utf8") };
}

describe("rounds spans, interrupted", () => {
  it(
    "goes on where kill -9 ended it, repeats no finished shard and gives the same bytes",
    { timeout: 180_000 },
    async (test) => {
      const folder = temporaryFolder(test);
      const whole = await uninterrupted(folder, writeInput(folder, 6000));
      const parameters = ["spans", ...files, "--shards", "12", "--workers", "1"];
      await killAndResume(folder, parameters, 250);
      assert.equal(readFileSync(join(folder, "kept.jsonl"), "utf8"), whole.output);
      assert.equal(readFileSync(join(folder, "spans.jsonl"), "utf8"), whole.spans);
    },
  );

  it(
    "says that the disk is full, leaves nothing half-written, and goes on when there is room",
    { timeout: 120_000 },
    async (test) => {
      const folder = temporaryFolder(test);
      const whole = await uninterrupted(folder, writeInput(folder, 600));
      const parameters = ["spans", ...files, "--shards", "4", "--workers", "1"];
      assert.equal(await fillDiskAndResume(folder, parameters), 4 + 4);
      assert.equal(readFileSync(join(folder, "kept.jsonl"), "utf8"), whole.output);
      assert.equal(readFileSync(join(folder, "spans.jsonl"), "utf8"), whole.spans);
    },
  );

  it("mends what is damaged and takes no work of other options", { timeout: 120_000 }, async (test) => {
    const folder = temporaryFolder(test);
    const input = writeInput(folder, 1500);
    const whole = await uninterrupted(folder, input);
    const [output, spans] = [join(folder, "kept.jsonl"), join(folder, "spans.jsonl")];
    const run = (change: object) =>
      removeRepeatedSpans(input, { output, spans, shards: 3, workers: 1, ...change });
    const interrupted = async (change: object) => {
      const stop = new AbortController();
      const onProgress = ({ step }: { step: string }) => {
        if (step === "write") stop.abort(new Error("stop"));
      };
      await assert.rejects(run({ signal: stop.signal, onProgress, ...change }), /^Error: stop$/u);
    };
    await interrupted({ minimumBytes: 300 });
    const other = await run({});
    assert.equal(other.resumedTasks, 0);
    assert.match(
      other.warnings.join(),
      /kept\.jsonl\.work held the unfinished work of other inputs or options/u,
    );

    await interrupted({});
    const damaged = join(folder, "kept.jsonl.work", "scan-00001", "texts.bin");
    const bytes = readFileSync(damaged);
    bytes[100]! ^= 1;
    writeFileSync(damaged, bytes);
    const mended = await run({ workers: 2, memoryBytes: 64e6 });
    assert.equal(mended.resumedTasks, 3 + 3 - 1);
    assert.match(mended.warnings.join(), /scan-00001\/texts\.bin was damaged and is made anew/u);
    assert.equal(readFileSync(output, "utf8"), whole.output);
    assert.equal(readFileSync(spans, "utf8"), whole.spans);
  });
});
