import assert from "node:assert/strict";
import { appendFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import * as fc from "fast-check";
import { sha256 } from "../../lib/core/hash.ts";
import type { TokenShardsManifest } from "../../lib/corpus/tokens/manifest.ts";
import { openTokenShards } from "../../lib/corpus/tokens/read-shards.ts";
import type { TokenSample } from "../../lib/corpus/tokens/shard-writer.ts";
import { writeTokenShards } from "../../lib/corpus/tokens/write-shards.ts";
import { open } from "../../lib/table/open.ts";

const tokenizer = {
  name: "ten",
  fingerprint: `sha256:${sha256("ten")}`,
  vocabularySize: 10,
  beginTokenId: 1,
  endTokenId: 2,
};

function sample(id: number, tokens: readonly number[], rest: Partial<TokenSample> = {}): TokenSample {
  return { id: `d${id}`, source: "a", licence: null, sensitivity: "public", tokens, ...rest };
}

describe("token shards", () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "rounds-"));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it("give back what was written, whatever their number; counts add up", async () => {
    const documents = fc.array(
      fc.record({
        tokens: fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 20 }),
        source: fc.constantFrom("a", "b", "c"),
      }),
      { maxLength: 12 },
    );
    await fc.assert(
      fc.asyncProperty(
        documents,
        fc.integer({ min: 1, max: 50 }),
        fc.boolean(),
        async (given, size, begin) => {
          const path = join(folder, "property");
          const samples = given.map(({ tokens, source }, index) => sample(index, tokens, { source }));
          const manifest = await writeTokenShards(path, samples, {
            domain: "clinical",
            tokenizer,
            beginToken: begin,
            tokensPerShard: size,
          });
          const shards = await openTokenShards(path);
          await shards.check();
          assert.deepEqual(shards.manifest, manifest);
          const read = await Array.fromAsync(shards.documents(), ({ tokens }) => [...tokens]);
          assert.deepEqual(
            read,
            given.map(({ tokens }) => [...(begin ? [1] : []), ...tokens, 2]),
          );
          assert.equal(manifest.tokenCount, read.flat().length);
          assert.equal(manifest.documentCount, given.length);
          // Every shard but the last has reached the size, and would not have without its last document.
          for (const [index, { tokenCount, documentCount }] of manifest.shards.entries()) {
            const earlier = manifest.shards
              .slice(0, index)
              .reduce((sum, shard) => sum + shard.documentCount, 0);
            const last = read[earlier + documentCount - 1]!.length;
            if (index < manifest.shards.length - 1) assert.ok(tokenCount >= size);
            assert.ok(tokenCount - last < size);
          }
        },
      ),
      { numRuns: 25 },
    );
  });

  it("tell people which document came from where", async () => {
    const path = join(folder, "documents");
    const restricted = { licence: "MIT", sensitivity: "restricted" as const, source: "b" };
    const manifest = await writeTokenShards(path, [sample(0, [3]), sample(1, [4, 5, 6], restricted)], {
      domain: "clinical",
      tokenizer,
    });
    assert.equal(manifest.sensitivity, "restricted");
    assert.deepEqual(manifest.sources, [
      { source: "b", documentCount: 1, tokenCount: 4 },
      { source: "a", documentCount: 1, tokenCount: 2 },
    ]);
    const table = await open(join(path, manifest.shards[0]!.documents.file));
    assert.equal(table.sensitivity, "restricted");
    assert.deepEqual(await table.rows(), [
      { id: "d0", source: "a", licence: null, tokenCount: 2 },
      { id: "d1", source: "b", licence: "MIT", tokenCount: 4 },
    ]);
  });

  it("count by file and archive, past a thousand together", async () => {
    const samples = Array.from({ length: 3000 }, (_, index) => {
      const source = index < 1500 ? `file-${index}.md` : `articles.zip!/${index}.xml`;
      return sample(index, Array<number>(index < 900 ? 3 : 1).fill(4), { source });
    });
    const path = join(folder, "sources");
    const manifest = await writeTokenShards(path, samples, {
      domain: "clinical",
      tokenizer,
      tokensPerShard: 2500,
    });
    assert.ok(manifest.shards.length >= 3);
    assert.deepEqual((await openTokenShards(path)).manifest, manifest);
    const [first, second] = manifest.sources;
    assert.deepEqual(first, { source: "articles.zip", documentCount: 1500, tokenCount: 3000 });
    assert.deepEqual(second, { source: "file-0.md", documentCount: 1, tokenCount: 4 });
    assert.equal(manifest.sources.length, 1001);
    assert.deepEqual(manifest.sources.at(-1), {
      source: "(other sources)",
      documentCount: 501,
      tokenCount: 1002,
    });
  });

  it("of a larger vocabulary are of four bytes a token", async () => {
    const path = join(folder, "wide");
    const wide = { ...tokenizer, vocabularySize: 65_537 };
    const manifest = await writeTokenShards(path, [sample(0, [65_536])], {
      domain: "clinical",
      tokenizer: wide,
    });
    assert.equal(manifest.dataType, "uint32");
    assert.deepEqual(await readFile(join(path, "tokens-00000.bin")), Buffer.from([0, 0, 1, 0, 2, 0, 0, 0]));
  });

  it("are none for an empty corpus", async () => {
    const path = join(folder, "empty");
    const manifest = await writeTokenShards(path, [], { domain: "clinical", tokenizer });
    assert.deepEqual([manifest.documentCount, manifest.shards], [0, []]);
    assert.deepEqual((await openTokenShards(path)).manifest, manifest);
  });

  it("that fail half-way leave a folder that is not taken for whole", async () => {
    const path = join(folder, "half");
    await writeTokenShards(path, [sample(0, [3])], { domain: "clinical", tokenizer });
    const samples = [sample(0, [3]), sample(1, [10])];
    await assert.rejects(
      writeTokenShards(path, samples, { domain: "clinical", tokenizer, tokensPerShard: 1 }),
      {
        name: "ArgumentError",
        message: '"sample "d1".tokens[0]" must be an id below 10, got 10 (number)',
      },
    );
    await assert.rejects(openTokenShards(path), { name: "DataError", message: /was not finished/u });
  });

  it("refuse flags that do not fit the tokens", async () => {
    const options = { domain: "dialogue", tokenizer, supervised: true };
    const wrong = [sample(0, [3, 4]), sample(0, [3, 4], { supervised: [1, 1] })];
    for (const each of [...wrong, sample(0, [3], { supervised: [0, 2] })]) {
      await assert.rejects(writeTokenShards(join(folder, "flags"), [each], options), {
        name: "ArgumentError",
      });
    }
  });

  it("name the file that is damaged", async () => {
    const path = join(folder, "damaged");
    const manifest = await writeTokenShards(path, [sample(0, [3, 4]), sample(1, [5])], {
      domain: "clinical",
      tokenizer,
    });
    const tokens = join(path, "tokens-00000.bin");
    const whole = await readFile(tokens);
    await writeFile(tokens, whole.with(0, 9));
    const shards = await openTokenShards(path);
    await assert.rejects(shards.check(), { message: /tokens-00000\.bin: SHA-256 is/u });
    await writeFile(tokens, whole.subarray(0, 4));
    await assert.rejects(shards.check(), { message: /tokens-00000\.bin: size in bytes is 4/u });
    await writeFile(tokens, whole);
    await appendFile(join(path, "offsets-00000.bin"), "x");
    await assert.rejects(shards.check(), { message: /offsets-00000\.bin: size in bytes/u });
    await rm(tokens);
    await assert.rejects(shards.check(), { message: /tokens-00000\.bin: no such file/u });
    const rewrite = (changed: object) =>
      writeFile(join(path, "manifest.json"), JSON.stringify({ ...manifest, ...changed }));
    const refused: [Partial<TokenShardsManifest> & Record<string, unknown>, RegExp][] = [
      [{ documentCount: 3 }, /documentCount is 3, its shards add up to 2/u],
      [{ version: 2 as 1 }, /\/version must be equal to constant/u],
      [{ domains: 1 }, /must NOT have additional properties \(domains\)/u],
      [{ beginToken: true, tokenizer: { ...tokenizer, beginTokenId: null } }, /has no begin token/u],
    ];
    for (const [changed, message] of refused) {
      await rewrite(changed);
      await assert.rejects(openTokenShards(path), { name: "DataError", message });
    }
  });
});
