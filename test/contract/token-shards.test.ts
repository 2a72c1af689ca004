/** The folders in test/golden/token-shards are read by this and by the trainer's tests. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import type { TokenShardsManifest } from "../../lib/corpus/tokens/manifest.ts";
import { openTokenShards } from "../../lib/corpus/tokens/read-shards.ts";
import { writeTokenShards } from "../../lib/corpus/tokens/write-shards.ts";
import { goldenFolder, goldenShards } from "./token-shards-golden.ts";

describe("golden token shards", () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "rounds-"));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  for (const [name, { samples, options }] of Object.entries(goldenShards)) {
    const golden = fileURLToPath(new URL(name, goldenFolder));

    it(`${name}: writing the samples again gives the same files`, async () => {
      if (process.env["UPDATE_GOLDEN"] !== undefined) {
        await writeTokenShards(golden, samples, options);
      }
      const written = join(folder, name);
      await writeTokenShards(written, samples, options);
      assert.deepEqual((await readdir(written)).toSorted(), (await readdir(golden)).toSorted());
      for (const file of await readdir(golden)) {
        if (!file.endsWith(".bin")) continue;
        assert.ok(readFileSync(join(golden, file)).equals(readFileSync(join(written, file))), file);
      }
      assert.deepEqual(
        withoutParquet(join(written, "manifest.json")),
        withoutParquet(join(golden, "manifest.json")),
      );
    });

    it(`${name}: reading gives the samples, with begin and end tokens`, async () => {
      const shards = await openTokenShards(golden);
      await shards.check();
      const begin = options.beginToken === true ? [options.tokenizer.beginTokenId!] : [];
      const documents = await Array.fromAsync(shards.documents());
      assert.deepEqual(
        documents.map(({ tokens }) => [...tokens]),
        samples.map(({ tokens }) => [...begin, ...Array.from(tokens), options.tokenizer.endTokenId]),
      );
      if (options.supervised !== true) return;
      assert.deepEqual(
        documents.map(({ supervised }) => [...supervised!]),
        samples.map(({ supervised }) => [...begin.map(() => 0), ...Array.from(supervised!)]),
      );
    });
  }
});

/** Another version of the database writes other bytes for the same rows. */
function withoutParquet(path: string): TokenShardsManifest {
  const manifest = JSON.parse(readFileSync(path, "utf8")) as TokenShardsManifest;
  return {
    ...manifest,
    shards: manifest.shards.map((shard) => ({
      ...shard,
      documents: { file: shard.documents.file, sha256: "", bytes: 0 },
    })),
  };
}
