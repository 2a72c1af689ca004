import assert from "node:assert/strict";
import { cp, mkdtemp, readdir, readFile, rm, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { SeededRandom } from "../../lib/core/seeded-random.ts";
import type { Document } from "../../lib/corpus/document.ts";
import { contextRowCount, contextRows } from "../../lib/corpus/tokens/context-rows.ts";
import { openTokenShards } from "../../lib/corpus/tokens/read-shards.ts";
import {
  tokenizeDocuments,
  type TokenizeDocumentsOptions,
} from "../../lib/corpus/tokens/tokenize-documents.ts";
import type { Tokenizer } from "../../lib/corpus/tokens/tokenizer.ts";
import { trainTokenizer } from "../../lib/corpus/tokens/train-tokenizer.ts";

const random = new SeededRandom(3);
const words = ["patient", "dose", "75 mg", "naïve", "α-blocker", "中文", "the", "of", "\n\n"];

function document(index: number, text: string, rest: Partial<Document> = {}): Document {
  const source = index % 4 === 0 ? "b.md" : "a.zip!/x.xml";
  return { id: `d${index}`, text, source, licence: "MIT", metadata: {}, sensitivity: "public", ...rest };
}

const documents = Array.from({ length: 40 }, (_, index) => {
  const length = index % 10 === 7 ? 0 : random.integer(1, 60);
  return document(index, Array.from({ length }, () => random.choice(words)).join(" "));
});

async function contentsOf(folder: string): Promise<Record<string, string>> {
  const names = (await readdir(folder)).toSorted();
  const contents = await Promise.all(names.map((name) => readFile(join(folder, name), "base64")));
  return Object.fromEntries(names.map((name, index) => [name, contents[index]!]));
}

describe("tokenizeDocuments", () => {
  let folder: string;
  let tokenizer: Tokenizer;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "rounds-"));
    tokenizer = await trainTokenizer(documents, { vocabularySize: 300 });
  });
  after(() => rm(folder, { recursive: true, force: true }));

  function options(name: string, rest: Partial<TokenizeDocumentsOptions> = {}): TokenizeDocumentsOptions {
    return { output: join(folder, name), domain: "clinical", tokenizer, tokensPerShard: 300, ...rest };
  }

  it("keeps every document's text, its end, and counts that add up", async () => {
    const report = await tokenizeDocuments(documents, options("whole"));
    const full = documents.filter(({ text }) => text !== "");
    assert.deepEqual([report.in, report.kept, report.dropped], [40, full.length, 4]);
    assert.deepEqual(report.droppedBy, { empty: 4 });
    assert.equal(report.textBytes, Buffer.byteLength(full.map(({ text }) => text).join("")));
    const shards = await openTokenShards(join(folder, "whole"));
    await shards.check();
    const read = await Array.fromAsync(shards.documents(), ({ tokens }) => [...tokens]);
    assert.deepEqual(
      read.map((tokens) => tokenizer.decode(tokens)),
      full.map(({ text }) => text),
    );
    assert.ok(read.every((tokens) => tokens.indexOf(tokenizer.endTokenId) === tokens.length - 1));
    const sizes = new Map<string, number>();
    for (const [index, { source: place }] of full.entries()) {
      const source = place.split("!/")[0]!;
      sizes.set(source, (sizes.get(source) ?? 0) + read[index]!.length);
    }
    assert.deepEqual(
      new Map(report.manifest.sources.map(({ source, tokenCount }) => [source, tokenCount])),
      sizes,
    );
    assert.ok(report.manifest.shards.length > 3);
  });

  it("killed after any document, goes on after the last finished shard and gives the same bytes", async () => {
    await tokenizeDocuments(documents, options("expected"));
    const expected = await contentsOf(join(folder, "expected"));
    // What is in the folder when a document is asked for is what a kill at that moment leaves.
    const states = new Map<number, string>();
    async function* watched(): AsyncGenerator<Document> {
      for (const [index, each] of documents.entries()) {
        const state = join(folder, `killed-${index}`);
        if (index % 2 === 1) {
          await cp(join(folder, "watched"), state, { recursive: true });
          states.set(index, state);
        }
        yield each;
      }
    }
    await tokenizeDocuments(watched(), options("watched"));
    assert.deepEqual(await contentsOf(join(folder, "watched")), expected);
    const sizes = { documents: 0, most: 0 };
    for (const [index, state] of states) {
      let encoded = 0;
      const counting: Tokenizer = {
        ...tokenizer,
        encode(text) {
          encoded++;
          return tokenizer.encode(text);
        },
      };
      const { name, fingerprint, vocabularySize, beginTokenId, endTokenId } = tokenizer;
      Object.assign(counting, { name, fingerprint, vocabularySize, beginTokenId, endTokenId });
      const { resumedShards } = await tokenizeDocuments(documents, {
        ...options("resumed", { tokenizer: counting }),
        output: state,
      });
      assert.deepEqual(await contentsOf(state), expected, `killed before document ${index}`);
      if (resumedShards > 0) assert.ok(encoded < documents.length);
      assert.ok(documents.length - encoded <= index);
      sizes.documents += documents.length - encoded;
      sizes.most = Math.max(sizes.most, resumedShards);
    }
    assert.ok(sizes.most >= 3 && sizes.documents > 100, JSON.stringify(sizes));
  });

  it("stopped by its signal, leaves finished shards to go on from and no other file", async () => {
    const stopped = new AbortController();
    let done = 0;
    const onProgress = ({ documents: count }: { documents: number }): void => {
      done = count;
      if (count === 25) stopped.abort(new Error("enough"));
    };
    await assert.rejects(
      tokenizeDocuments(documents, options("stopped", { signal: stopped.signal, onProgress })),
      /enough/u,
    );
    assert.equal(done, 25);
    const left = await readdir(join(folder, "stopped"));
    assert.ok(left.includes("finished-00000.json") && !left.some((name) => name.endsWith(".tmp")));
    const report = await tokenizeDocuments(documents, options("stopped"));
    assert.ok(report.resumedShards >= 2);
    assert.deepEqual(report.in, 40);
  });

  it("goes on with the same documents and settings alone, and tells of a damaged shard", async () => {
    const halfway = async (name: string): Promise<void> => {
      async function* failing(): AsyncGenerator<Document> {
        yield* documents.slice(0, 30);
        throw new Error("no more");
      }
      await assert.rejects(tokenizeDocuments(failing(), options(name)), /no more/u);
    };
    await halfway("other");
    const other = documents.with(2, document(2, "something else"));
    await assert.rejects(tokenizeDocuments(other, options("other")), {
      name: "DataError",
      message: /shard 0 was made from other documents/u,
    });
    await assert.rejects(tokenizeDocuments(documents.slice(0, 2), options("other")), { name: "DataError" });
    await assert.rejects(tokenizeDocuments(documents, options("other", { domain: "general" })), {
      name: "ArgumentError",
      message: /"output" must be a folder without unfinished shards of other settings/u,
    });
    await truncate(join(folder, "other", "tokens-00001.bin"), 10);
    await assert.rejects(tokenizeDocuments(documents, options("other")), {
      name: "DataError",
      message: /tokens-00001\.bin: size in bytes is 10/u,
    });
  });

  it("gives the same bytes on one thread and on several", async () => {
    const text = documents.map((each) => each.text).join(" ");
    const long = Array.from({ length: 220 }, (_, index) => document(index, `${index} ${text.repeat(3)}`));
    long.splice(100, 0, document(1000, ""), document(1001, "\ud800"));
    const units = long.reduce((sum, each) => sum + each.text.length, 0);
    assert.ok(units > 2.5e6, `${units} is too little text for threads to be used`);
    const large = { tokensPerShard: 300_000 };
    const reports = [
      await tokenizeDocuments(long, options("one thread", { ...large, workers: 1 })),
      await tokenizeDocuments(long, options("threads", { ...large, workers: 2 })),
    ];
    assert.deepEqual(reports[1], reports[0]);
    assert.deepEqual(await contentsOf(join(folder, "threads")), await contentsOf(join(folder, "one thread")));
    const stopped = new AbortController();
    const onProgress = ({ documents: count }: { documents: number }): void => {
      if (count === 200) stopped.abort(new Error("enough"));
    };
    const stopping = { ...large, workers: 2, signal: stopped.signal, onProgress };
    await assert.rejects(tokenizeDocuments(long, options("stopped threads", stopping)), /enough/u);
  });

  it("is restricted as soon as one document is", async () => {
    const mixed = documents.with(5, document(5, "a name", { sensitivity: "restricted" }));
    const { manifest } = await tokenizeDocuments(mixed, options("restricted"));
    assert.equal(manifest.sensitivity, "restricted");
  });

  it("counts documents whose text gives an end token, also those of shards that it goes on from", async () => {
    const given = [...documents.slice(0, 30).with(1, document(1, "a </s> b </s>")), document(50, "</s>")];
    async function* failing(): AsyncGenerator<Document> {
      yield* given.slice(0, 25);
      throw new Error("no more");
    }
    await assert.rejects(tokenizeDocuments(failing(), options("inside")), /no more/u);
    const report = await tokenizeDocuments(given, options("inside"));
    assert.ok(report.resumedShards > 0);
    assert.equal(report.withEndTokenInside, 2);
  });

  it("makes an empty folder of an empty corpus", async () => {
    const { manifest, in: count } = await tokenizeDocuments([], options("none"));
    assert.deepEqual([count, manifest.tokenCount], [0, 0]);
  });

  it("says what is missing or wrong", async () => {
    await assert.rejects(tokenizeDocuments([], { ...options("x"), tokenizer: { name: "x" } as Tokenizer }), {
      message: /"tokenizer" must be a tokenizer/u,
    });
    await assert.rejects(
      tokenizeDocuments([], { ...options("x"), tokensPerShards: 3 } as TokenizeDocumentsOptions),
      {
        message: /did you mean tokensPerShard\?/u,
      },
    );
  });
});

describe("contextRows", () => {
  it("give all tokens but the last, with the places where documents begin", async () => {
    const folder = await mkdtemp(join(tmpdir(), "rounds-"));
    try {
      const tokenizer = await trainTokenizer(documents, { vocabularySize: 300 });
      await tokenizeDocuments(documents, {
        output: folder,
        domain: "clinical",
        tokenizer,
        tokensPerShard: 300,
      });
      const shards = await openTokenShards(folder);
      const all = await Array.fromAsync(shards.documents(), ({ tokens }) => [...tokens]);
      const starts: number[] = [];
      for (let index = 0, start = 0; index < all.length; start += all[index++]!.length) starts.push(start);
      for (const contextLength of [1, 7, 64, 299, 100_000]) {
        const rows = await Array.fromAsync(contextRows(shards, { contextLength }));
        assert.equal(rows.length, contextRowCount(shards.manifest, contextLength));
        assert.deepEqual(
          rows.flatMap(({ tokens }) => [...tokens]),
          all.flat().slice(0, -1),
        );
        assert.deepEqual(
          rows.flatMap(({ row, documentStarts }) =>
            documentStarts.map((start) => start + row * contextLength),
          ),
          starts,
        );
      }
      const [third, ...none] = await Array.fromAsync(
        contextRows(shards, { contextLength: 7, from: 2, limit: 1 }),
      );
      assert.deepEqual([third!.row, none], [2, []]);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
