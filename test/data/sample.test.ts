import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";

import { sampleFiles } from "../../data/sample/generate.ts";
import { jaccard, wordShingles } from "../../lib/core/shingles.ts";
import { dataFolder, loadCatalogue } from "../../lib/data/catalogue.ts";

const folder = join(dataFolder, "sample");
const files = sampleFiles();

function rowsOf(name: string): Record<string, unknown>[] {
  const text = files.get(name)!;
  if (name.endsWith(".csv")) {
    const [columns, ...rows] = [...text.matchAll(/^"(?:[^"]|"")*"(?:,"(?:[^"]|"")*")*$/gmu)].map(([line]) =>
      line.slice(1, -1).split('","'),
    );
    return rows.map((row) => Object.fromEntries(row.map((value, index) => [columns![index]!, value])));
  }
  if (name.endsWith(".json"))
    return Object.values(JSON.parse(text) as Record<string, Record<string, unknown>>);
  return text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe("the sample", () => {
  it("comes out byte for byte as it is stored", () => {
    const stored = readdirSync(folder).filter((name) => name.startsWith("synthetic-"));
    assert.deepEqual(stored.sort(), [...files.keys()].sort());
    for (const [name, content] of files)
      assert.equal(readFileSync(join(folder, name), "utf8"), content, name);
  });

  it("is small", () => {
    const bytes = [...files.values()].reduce((sum, content) => sum + Buffer.byteLength(content), 0);
    assert.ok(bytes < 600_000, `${bytes} bytes`);
  });

  for (const { name, sample, schema, keyColumn } of loadCatalogue().entries) {
    if (sample === null || name === "pubmedqa-test-ids") continue;
    it(`has the columns of ${name}`, () => {
      const columns = schema.map((column) => column.name).filter((column) => column !== keyColumn);
      for (const row of rowsOf(sample)) assert.deepEqual(Object.keys(row), columns);
    });
  }

  it("says in every text document's fields that it is synthetic", () => {
    for (const name of files.keys()) {
      for (const row of /pubmedqa-test-ids/u.test(name) ? [] : rowsOf(name)) {
        assert.match(JSON.stringify(row), /synthetic/iu, name);
      }
    }
  });

  it("holds planted copies with the similarities that it states", () => {
    const texts = new Map(rowsOf("synthetic-articles.jsonl").map(({ id, text }) => [id, text as string]));
    const pairs = rowsOf("synthetic-near-duplicates.jsonl");
    assert.equal(pairs.length, 9);
    for (const { original, copy, jaccard: stated } of pairs) {
      const computed = jaccard(wordShingles(texts.get(original)!), wordShingles(texts.get(copy)!));
      assert.equal(Number(computed.toFixed(5)), stated);
    }
  });

  it("has documents that are otherwise unlike each other", () => {
    const planted = new Set(rowsOf("synthetic-near-duplicates.jsonl").map(({ copy }) => copy));
    const names = [
      "synthetic-articles.jsonl",
      "synthetic-textbook-medical.jsonl",
      "synthetic-textbook-general.jsonl",
    ];
    const shingles = names
      .flatMap(rowsOf)
      .filter(({ id }) => !planted.has(id) && !/C30/u.test(id as string))
      .map(({ text }) => wordShingles(text as string));
    for (const [index, one] of shingles.entries()) {
      for (const other of shingles.slice(index + 1)) assert.ok(jaccard(one, other) < 0.12);
    }
  });

  it("holds the accidents that a reader of data must stand", () => {
    const articles = rowsOf("synthetic-articles.jsonl");
    const texts = articles.map(({ text }) => text as string);
    assert.ok(texts.includes(""));
    assert.ok(texts.some((text) => text.includes("<script>")));
    assert.ok(texts.some((text) => text.length > 20_000));
    assert.ok(articles.some(({ title }) => (title as string).startsWith("Retracted: ")));
    assert.ok(articles.some(({ doi }) => doi === null));
    assert.ok(texts.some((text) => text.startsWith("Dieser") || text.startsWith("Diese ")));
  });
});
