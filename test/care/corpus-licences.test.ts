import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";

import { corpusLicences, findLicenceConflicts } from "../../lib/care/corpus-licences.ts";
import { writeTokenShards } from "../../lib/corpus/tokens/write-shards.ts";
import { goldenShards } from "../contract/token-shards-golden.ts";

const { samples, options } = goldenShards.clinical;

async function shardsWith(test: TestContext, licences: readonly (string | null)[]) {
  const folder = mkdtempSync(join(tmpdir(), "rounds-licences-"));
  test.after(() => rmSync(folder, { recursive: true, force: true }));
  const shards = join(folder, "shards");
  const planted = samples.map((sample, index) => ({
    ...sample,
    licence: licences[index % licences.length]!,
  }));
  await writeTokenShards(shards, planted, options);
  return { shards, planted };
}

describe("the licences of a corpus", () => {
  it("are counted, and their strictest terms hold for what is made from it", async (test) => {
    const { shards, planted } = await shardsWith(test, ["CC-BY-4.0", "CC-BY-SA-4.0", null]);
    const { shares, terms } = await corpusLicences([shards]);
    assert.deepEqual(terms, ["attribution", "share-alike", "unknown"]);
    assert.equal(shares.length, 3);
    for (const { licence, documentCount, tokenCount } of shares) {
      const held = planted.filter((sample) => sample.licence === licence);
      assert.equal(documentCount, held.length);
      const tokens = held.reduce((sum, sample) => sum + sample.tokens.length + 1, 0);
      assert.equal(tokenCount, tokens);
    }
  });

  it("stand against a purpose with the documents that cause it", async (test) => {
    const { shards, planted } = await shardsWith(test, ["CC-BY-4.0", "CC-BY-4.0", "CC-BY-NC-4.0"]);
    const [conflict, ...others] = await findLicenceConflicts([shards], "commercial");
    assert.deepEqual(others, []);
    const ids = planted.filter(({ licence }) => licence === "CC-BY-NC-4.0").map(({ id }) => id);
    assert.deepEqual([conflict!.licence, conflict!.terms], ["CC-BY-NC-4.0", ["non-commercial"]]);
    assert.equal(conflict!.documentCount, ids.length);
    assert.deepEqual(conflict!.documentIds, ids.toSorted());
    assert.deepEqual(await findLicenceConflicts([shards], "research"), []);
  });

  it("need shards that are finished", async () => {
    await assert.rejects(corpusLicences(["nowhere"]), /nowhere holds no finished token shards/u);
    await assert.rejects(corpusLicences([]), /"folders" must be at least one folder/u);
  });
});
