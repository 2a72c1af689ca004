import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { assert as assertProperty, array, asyncProperty, string } from "fast-check";
import { LocalShell } from "../../lib/jobs/cluster/local-shell.ts";
import { shellWord } from "../../lib/jobs/cluster/shell-word.ts";
import { whileAlone } from "../../lib/jobs/run-lock.ts";

const shell = new LocalShell({ name: "test" });

describe("a word of a shell", () => {
  it("is the text, whatever is in it", async () => {
    const text = string({ unit: "binary", maxLength: 30 }).filter((each) => !each.includes("\0"));
    await assertProperty(
      asyncProperty(array(text, { minLength: 1, maxLength: 20 }), async (texts) => {
        const script = `printf '%s\\0' ${texts.map(shellWord).join(" ")}`;
        const { stdout } = await shell.run("sh", ["-c", script]);
        assert.deepEqual(stdout.split("\0").slice(0, -1), texts);
      }),
      { numRuns: 20 },
    );
  });
});

describe("a cluster's shell on this machine", () => {
  it("gives input, output and exit code of a program", async () => {
    const result = await shell.run("sh", ["-c", "cat; echo problem >&2; exit 3"], { input: "täxt" });
    assert.deepEqual(result, { exitCode: 3, stdout: "täxt", stderr: "problem\n" });
    assert.equal((await shell.run("no-such-program", [])).exitCode, 127);
  });

  it("does not know how a program ended that was killed or took too long", async () => {
    assert.equal((await shell.run("sh", ["-c", "kill -9 $$"])).exitCode, undefined);
    const { exitCode, stdout } = await shell.run("sh", ["-c", "echo begun; sleep 30"], { timeoutMs: 300 });
    assert.deepEqual([exitCode, stdout], [undefined, "begun\n"]);
  });

  it("stops waiting when it is told to", async () => {
    const stop = new AbortController();
    const running = shell.run("sleep", ["30"], { signal: stop.signal });
    stop.abort(new Error("enough"));
    await assert.rejects(running, /enough/u);
  });

  it("streams what a program writes, and throws when it fails", async () => {
    const pieces: string[] = [];
    const streamed = (async () => {
      for await (const piece of shell.stream("sh", ["-c", "echo a; sleep 0.1; echo b; echo no >&2; exit 4"]))
        pieces.push(Buffer.from(piece).toString());
    })();
    await assert.rejects(streamed, { name: "JobError", message: "sh on test: exit code 4: no" });
    assert.equal(pieces.join(""), "a\nb\n");
  });
});

describe("the lock of a run", () => {
  it("lets one in at a time, and is taken over from a process that is gone", async (test) => {
    const folder = mkdtempSync(join(tmpdir(), "rounds-lock-"));
    test.after(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, "start.lock"), JSON.stringify({ pid: 1, startTime: "another boot" }));
    let inside = 0;
    const work = async (): Promise<void> => {
      assert.equal(++inside, 1);
      await sleep(5);
      inside--;
    };
    await Promise.all(Array.from({ length: 8 }, () => whileAlone(folder, work, { waitMs: 20_000 })));
    await whileAlone(folder, async () => {
      await assert.rejects(whileAlone(folder, work), {
        name: "JobError",
        message: /being started by process/u,
      });
    });
  });
});
