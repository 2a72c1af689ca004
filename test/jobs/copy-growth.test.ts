/** A file that grows is copied whole, however its pieces and the breaks of the connection fall. */
import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import * as fc from "fast-check";
import { JobError } from "../../lib/core/errors.ts";
import type { ClusterShell } from "../../lib/jobs/cluster/cluster-shell.ts";
import { copyGrowth } from "../../lib/jobs/cluster/copy-growth.ts";
import { LocalShell } from "../../lib/jobs/cluster/local-shell.ts";

const shell = new LocalShell({ name: "here" });

/** A connection that breaks after so many bytes, wherever in the answer that is. */
function breakingAfter(bytes: number): ClusterShell {
  return {
    name: "here",
    run: shell.run.bind(shell),
    connect: shell.connect.bind(shell),
    close: shell.close.bind(shell),
    async *stream(program, parameters, options) {
      let left = bytes;
      for await (const chunk of shell.stream(program, parameters, options)) {
        if (chunk.length >= left) {
          yield chunk.subarray(0, left);
          throw new JobError("the connection was lost", { jobId: "x", state: "UNKNOWN" });
        }
        left -= chunk.length;
        yield chunk;
      }
    },
  };
}

describe("copyGrowth", () => {
  let folder: string;
  let count = 0;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "rounds-growth-"));
  });
  after(() => rmSync(folder, { recursive: true }));

  function places(): { remote: string; copy: string } {
    count++;
    return { remote: join(folder, `remote-${count}`), copy: join(folder, `copy-${count}`) };
  }

  it("makes the same bytes of it, whatever breaks", async () => {
    const pieces = fc.array(
      fc.record({ bytes: fc.uint8Array({ maxLength: 300 }), breaksAfter: fc.integer({ min: 1, max: 400 }) }),
      { minLength: 1, maxLength: 6 },
    );
    await fc.assert(
      fc.asyncProperty(pieces, async (steps) => {
        const { remote, copy } = places();
        const written: Uint8Array[] = [];
        for (const { bytes, breaksAfter } of steps) {
          appendFileSync(remote, bytes);
          written.push(bytes);
          await copyGrowth(breakingAfter(breaksAfter), remote, copy).catch((error: unknown) => {
            assert.ok(error instanceof JobError);
          });
        }
        const { size } = await copyGrowth(shell, remote, copy);
        const whole = Buffer.concat(written);
        assert.equal(size, whole.length);
        assert.deepEqual(readFileSync(copy), whole);
      }),
      { numRuns: 15 },
    );
  });

  it("sends only what is new", async () => {
    const { remote, copy } = places();
    assert.deepEqual(await copyGrowth(shell, remote, copy), { bytes: 0, size: 0 });
    writeFileSync(remote, "one\n");
    assert.deepEqual(await copyGrowth(shell, remote, copy), { bytes: 4, size: 4 });
    appendFileSync(remote, "two\n");
    assert.deepEqual(await copyGrowth(shell, remote, copy), { bytes: 4, size: 8 });
    assert.deepEqual(await copyGrowth(shell, remote, copy), { bytes: 0, size: 8 });
  });

  it("puts the copy aside when the file was replaced by another", async () => {
    const { remote, copy } = places();
    writeFileSync(remote, "an old and long line\n");
    await copyGrowth(shell, remote, copy);
    writeFileSync(remote, "new\n");
    assert.deepEqual(await copyGrowth(shell, remote, copy), { bytes: 4, size: 4 });
    assert.equal(readFileSync(copy, "utf8"), "new\n");
    const aside = readdirSync(folder).filter((name) => /^copy-\d+\.\d+$/u.test(name));
    assert.deepEqual(
      aside.map((name) => readFileSync(join(folder, name), "utf8")),
      ["an old and long line\n"],
    );
  });

  it("of several processes at once makes one copy", async () => {
    const { remote, copy } = places();
    const text = Array.from({ length: 20_000 }, (_, index) => `line ${index}\n`).join("");
    writeFileSync(remote, text);
    await copyGrowth(breakingAfter(5000), remote, copy).catch(() => {});
    await Promise.all(Array.from({ length: 4 }, () => copyGrowth(shell, remote, copy)));
    assert.equal(readFileSync(copy, "utf8"), text);
  });

  it("says what cannot be read", async () => {
    const { copy } = places();
    await assert.rejects(copyGrowth(shell, folder, copy), JobError);
  });
});
