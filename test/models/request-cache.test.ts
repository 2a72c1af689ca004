import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { appendFileSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { promisify } from "node:util";
import { RequestCache } from "../../lib/models/request-cache.ts";
import { temporaryFolder } from "../corpus/near-duplicates/duplicate-cases.ts";

const key = (number: number): string => RequestCache.key({ number });

function opened(test: TestContext) {
  const folder = join(temporaryFolder(test), "cache");
  const open = (): RequestCache => new RequestCache(folder, "model");
  const cache = open();
  cache.set(key(0), { text: "né" });
  const [model] = readdirSync(folder);
  const [name] = readdirSync(join(folder, model!));
  return { folder, open, cache, ownFolder: join(folder, model!), file: join(folder, model!, name!) };
}

describe("the cache of answers", () => {
  it("gives back what was kept, to this process and the next, and is this user's alone", (test) => {
    const { open, cache, file, ownFolder } = opened(test);
    assert.equal(cache.get(key(0)), undefined, "not before it is refreshed");
    cache.refresh();
    assert.deepEqual(cache.get(key(0)), { text: "né" });
    assert.deepEqual(open().get(key(0)), { text: "né" });
    assert.equal(open().get(key(1)), undefined);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.equal(statSync(ownFolder).mode & 0o777, 0o700);
  });

  it("loses nothing but a torn line, wherever a crash tore it", (test) => {
    const { open, cache, file } = opened(test);
    const whole = JSON.stringify({ key: key(1), answer: "torn" });
    for (let cut = 1; cut < whole.length; cut += 7) {
      appendFileSync(file, `\n${whole.slice(0, cut)}`);
      cache.set(key(1000 + cut), cut);
    }
    const again = open();
    assert.deepEqual(again.get(key(0)), { text: "né" });
    assert.equal(again.get(key(1)), undefined);
    for (let cut = 1; cut < whole.length; cut += 7) assert.equal(again.get(key(1000 + cut)), cut);
  });

  it("reads what other machines wrote beside it, and passes over what is none of its lines", (test) => {
    const { cache, ownFolder } = opened(test);
    const other = join(ownFolder, "other-machine.jsonl");
    const line = (number: number): string => JSON.stringify({ key: key(number), answer: number });
    const long = JSON.stringify({ key: key(4), answer: "x".repeat(9_000_000) });
    writeFileSync(other, `${line(2)}\n{"key":"short"}\n[1]\n\0\0\0\n${long}\n${line(3)}\n`);
    cache.refresh();
    assert.equal(cache.get(key(2)), 2);
    assert.equal(cache.get(key(3)), 3);
    assert.equal((cache.get(key(4)) as string).length, 9_000_000);
    const spoilt = Buffer.from(readFileSync(other));
    spoilt[spoilt.indexOf(key(2)) + 3] = 0x7b;
    writeFileSync(other, spoilt);
    assert.equal(cache.get(key(2)), undefined, "overwritten under it");
  });

  it("is written by several processes at once without a line lost", async (test) => {
    const { folder, open } = opened(test);
    const module = new URL("../../lib/models/request-cache.ts", import.meta.url).href;
    const script = `
      const { RequestCache } = await import(${JSON.stringify(module)});
      const cache = new RequestCache(${JSON.stringify(folder)}, "model");
      const first = Number(process.argv[1]);
      for (let number = first; number < first + 300; number++)
        cache.set(RequestCache.key({ number }), "x".repeat(number % 5000));
    `;
    const starts = [10_000, 20_000, 30_000];
    await Promise.all(
      starts.map((first) =>
        promisify(execFile)(process.execPath, ["--input-type=module", "-e", script, String(first)], {
          timeout: 60_000,
        }),
      ),
    );
    const cache = open();
    for (const first of starts)
      for (let number = first; number < first + 300; number++)
        assert.equal((cache.get(key(number)) as string).length, number % 5000);
  });
});
