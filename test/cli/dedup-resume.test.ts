/** `npm run -s rounds -- dedup` killed, run out of disk and started again. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import {
  deduplicate,
  editedTexts,
  linesOf,
  temporaryFolder,
} from "../corpus/near-duplicates/duplicate-cases.ts";
import { fillDiskAndResume, killAndResume } from "./interrupt-rounds.ts";

const files = ["--input", "input-0.jsonl", "--output", "kept.jsonl", "--removed", "gone.jsonl"];

describe("rounds dedup, interrupted", () => {
  it(
    "goes on where kill -9 ended it, repeats no finished shard and gives the same bytes",
    { timeout: 180_000 },
    async (test) => {
      const folder = temporaryFolder(test);
      const whole = await deduplicate(folder, [linesOf(editedTexts(2500, "killed"))], {
        preset: "lee",
        shards: 1,
      });
      const options = ["--pairs", "found.jsonl", "--preset", "lee", "--shards", "12", "--workers", "1"];
      const parameters = ["dedup", ...files, ...options];
      await killAndResume(folder, parameters, 400);
      const read = (name: string) => readFileSync(join(folder, name), "utf8");
      assert.equal(read("kept.jsonl"), whole.output);
      assert.equal(read("gone.jsonl"), whole.removedText);
      assert.equal(read("found.jsonl"), whole.pairsText);
    },
  );

  it(
    "says that the disk is full, leaves nothing half-written, and goes on when there is room",
    { timeout: 120_000 },
    async (test) => {
      const folder = temporaryFolder(test);
      const whole = await deduplicate(folder, [linesOf(editedTexts(1500, "full"))], { pairs: undefined });
      const parameters = ["dedup", ...files, "--preset", "fast", "--shards", "4", "--workers", "1"];
      assert.equal(await fillDiskAndResume(folder, parameters), 4 + 4 + 1 + 4);
      assert.equal(readFileSync(join(folder, "kept.jsonl"), "utf8"), whole.output);
      assert.equal(readFileSync(join(folder, "gone.jsonl"), "utf8"), whole.removedText);
    },
  );
});
