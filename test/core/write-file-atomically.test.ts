import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";

import { writeFileAtomically } from "../../lib/core/write-file-atomically.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "rounds-write-"));
});
afterEach(() => rm(folder, { recursive: true }));

describe("writeFileAtomically", () => {
  it("writes texts, bytes and pieces, and makes folders", async () => {
    const path = join(folder, "a", "b", "file");
    await writeFileAtomically(path, "ärzte");
    assert.equal(await readFile(path, "utf8"), "ärzte");
    await writeFileAtomically(path, Buffer.from([1, 2]));
    assert.deepEqual(await readFile(path), Buffer.from([1, 2]));
    async function* pieces() {
      yield "one ";
      yield Buffer.from("two");
    }
    await writeFileAtomically(path, pieces());
    assert.equal(await readFile(path, "utf8"), "one two");
    assert.deepEqual(await readdir(join(folder, "a", "b")), ["file"]);
  });

  it("leaves the old file and no other when it fails in the middle", async () => {
    const path = join(folder, "file");
    await writeFileAtomically(path, "old");
    async function* broken() {
      yield "new";
      // Before the failure, the new text lies under another name and the old file is whole.
      assert.equal(await readFile(path, "utf8"), "old");
      assert.equal((await readdir(folder)).length, 2);
      throw new Error("the source broke");
    }
    await assert.rejects(writeFileAtomically(path, broken()), /the source broke/u);
    assert.equal(await readFile(path, "utf8"), "old");
    assert.deepEqual(await readdir(folder), ["file"]);
  });

  it("holds one whole text when many write at once", async () => {
    const path = join(folder, "file");
    const texts = Array.from({ length: 8 }, (_, index) => String(index).repeat(50_000));
    await Promise.all(texts.map((text) => writeFileAtomically(path, text)));
    assert.ok(texts.includes(await readFile(path, "utf8")));
    assert.deepEqual(await readdir(folder), ["file"]);
  });
});
