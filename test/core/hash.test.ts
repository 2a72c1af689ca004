import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";

import * as fc from "fast-check";

import { canonicalJson, fingerprint, sha256, sha256OfFile } from "../../lib/core/hash.ts";

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "rounds-hash-"));
});
after(() => rm(folder, { recursive: true }));

describe("sha256", () => {
  it("gives the standard's values", () => {
    assert.equal(sha256(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert.equal(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  });

  it("is the same of a file, read in pieces", async () => {
    const bytes = Buffer.alloc(3_000_000, "every third byte ");
    await writeFile(join(folder, "bytes"), bytes);
    assert.equal(await sha256OfFile(join(folder, "bytes")), sha256(bytes));
    const stopped = sha256OfFile(join(folder, "bytes"), { signal: AbortSignal.abort() });
    await assert.rejects(stopped, { name: "AbortError" });
    await assert.rejects(sha256OfFile(join(folder, "none")), { code: "ENOENT" });
  });
});

describe("canonicalJson", () => {
  it("sorts keys by code units, at every depth", () => {
    const value = {
      "\u20ac": 1,
      "\r": 2,
      "1": 4,
      "\ud83d\ude00": 5,
      "\u0080": 6,
      "\u00f6": 7,
      nested: { b: [], a: null },
    };
    const expected =
      '{"\\r":2,"1":4,"nested":{"a":null,"b":[]},"\u0080":6,"\u00f6":7,"\u20ac":1,"\ud83d\ude00":5}';
    assert.equal(canonicalJson(value), expected);
    assert.equal(canonicalJson([1e21, 1e-7, -0, 0.1]), "[1e+21,1e-7,0,0.1]");
    assert.equal(canonicalJson({ left: undefined, out: 1 }), '{"out":1}');
  });

  it("says the same as JSON, whatever the order of the keys", () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: "grapheme" }), (value) => {
        const text = canonicalJson(value);
        assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(value)));
        assert.equal(canonicalJson(reversedKeys(value)), text);
        assert.equal(fingerprint(reversedKeys(value)), sha256(text));
      }),
    );
  });

  it("refuses what JSON would change in silence, and says where", () => {
    const wrong: [unknown, string][] = [
      [NaN, '"value" must be plain JSON'],
      [{ a: [1, Infinity] }, '"value.a[1]" must be'],
      [[undefined], '"value[0]" must be'],
      [{ a: 1n }, '"value.a" must be'],
      [{ a: "\ud800" }, '"value.a" must be'],
      [{ "\ud800": 1 }, '"value key" must be'],
      [{ a: new Date(0) }, '"value.a" must be'],
      [new Map(), '"value" must be'],
      [{ a: () => 1 }, '"value.a" must be'],
    ];
    for (const [value, message] of wrong) {
      assert.throws(
        () => canonicalJson(value),
        (error: Error) => error.name === "ArgumentError" && error.message.startsWith(message),
      );
    }
  });
});

function reversedKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversedKeys);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).reverse();
  return Object.fromEntries(entries.map(([key, held]) => [key, reversedKeys(held)]));
}
