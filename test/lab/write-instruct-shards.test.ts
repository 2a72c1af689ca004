import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";

import { openTokenShards } from "../../lib/corpus/tokens/read-shards.ts";
import { trainTokenizer } from "../../lib/corpus/tokens/train-tokenizer.ts";
import type { InstructSample } from "../../lib/instruct/instruct-sample.ts";
import { writeInstructShards } from "../../lib/lab/write-instruct-shards.ts";

const folder = mkdtempSync(join(tmpdir(), "rounds-instruct-shards-"));
after(() => rmSync(folder, { recursive: true }));

const tokenizer = await trainTokenizer([{ text: "You are a physician. 75 mg a day" }], {
  vocabularySize: 280,
});

function sample(id: string, assistant: string): InstructSample {
  const texts = { system: "You are a physician.", prompter: "How much?", assistant };
  return { id, ...texts, source: "notes", licence: "CC0-1.0", sensitivity: "public" };
}

describe("writeInstructShards", () => {
  it("writes what fits, supervised from the response on, and counts the rest", async () => {
    const samples = [sample("short", "75 mg"), sample("long", "75 mg a day ".repeat(40).trim())];
    const options = { tokenizer, maximumTokens: 120, tokensPerShard: 10 };
    const { manifest, report } = await writeInstructShards(folder, samples, options);
    assert.deepEqual([report.in, report.kept, report.tooLongIds], [2, 1, ["long"]]);
    assert.deepEqual([manifest.domain, manifest.supervised], ["instruct", true]);
    assert.deepEqual([manifest.documentCount, manifest.tokenCount], [1, report.tokens]);
    const shards = await openTokenShards(folder);
    await shards.check();
    const [document] = await Array.fromAsync(shards.documents());
    const response = document!.tokens.filter((_, index) => document!.supervised![index] === 1);
    assert.equal(tokenizer.decode(response.slice(0, -1)), " 75 mg");
    assert.equal(response.at(-1), tokenizer.endTokenId);
    assert.equal(response.length, report.supervisedTokens);
  });

  it("counts the begin token in what fits", async () => {
    const samples = [sample("short", "75 mg")];
    const { report } = await writeInstructShards(folder, samples, { tokenizer });
    const exact = { tokenizer, maximumTokens: report.tokens };
    assert.equal((await writeInstructShards(folder, samples, exact)).report.kept, 1);
    const begun = { ...exact, beginToken: true };
    assert.equal((await writeInstructShards(folder, samples, begun)).report.kept, 0);
    const longer = { ...begun, maximumTokens: report.tokens + 1 };
    const { manifest } = await writeInstructShards(folder, samples, longer);
    assert.equal(manifest.tokenCount, report.tokens + 1);
  });

  it("refuses an option that it does not know", async () => {
    const wrong = { tokenizer, maximumToken: 5 } as never;
    await assert.rejects(writeInstructShards(folder, [], wrong), /"maximumToken" must be left out/u);
  });
});
