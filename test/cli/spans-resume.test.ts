/** `npm run -s rounds -- spans` killed, run out of disk and started again. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, globSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { SeededRandom } from "../../lib/core/seeded-random.ts";
import { removeRepeatedSpans } from "../../lib/corpus/exact-spans/remove-repeated-spans.ts";
import { projectNode, projectRoot } from "../../setup/paths.mjs";
import { temporaryFolder } from "../corpus/near-duplicates/duplicate-cases.ts";
import { rounds, startRounds } from "./run-rounds.ts";

const files = ["--input", "in.jsonl", "--output", "kept.jsonl", "--spans", "spans.jsonl"];

/** Texts of some 3 kB, a third of them with one of twenty passages of 600 bytes. */
function writeInput(folder: string, count: number): string {
  const random = new SeededRandom("texts to be interrupted");
  const words = (bytes: number) => {
    let content = "";
    while (content.length < bytes) content += `${random.integer(0, 1e9).toString(36)} `;
    return content;
  };
  const passages = Array.from({ length: 20 }, () => words(600));
  const lines = Array.from({ length: count }, (_, id) => {
    const parts = [words(random.integer(0, 3000)), words(random.integer(0, 3000))];
    return `${JSON.stringify({ id, text: parts.join(random.chance(1 / 3) ? random.choice(passages) : "") })}\n`;
  });
  const path = join(folder, "in.jsonl");
  writeFileSync(path, lines.join(""));
  return path;
}

/** What one uninterrupted run gives. */
async function uninterrupted(folder: string, input: string) {
  const [output, spans] = [join(folder, "whole.jsonl"), join(folder, "whole-spans.jsonl")];
  await removeRepeatedSpans(input, { output, spans, workers: 1 });
  return { output: readFileSync(output, "utf8"), spans: readFileSync(spans, "utf8") };
}

/** The record of each finished task, by its file's number in the file system. */
function finishedTasks(work: string): Map<string, number> {
  const names = existsSync(work) ? readdirSync(work).filter((name) => /^[a-z]+-\d+$/u.test(name)) : [];
  return new Map(names.map((name) => [name, statSync(join(work, name, "complete.json")).ino]));
}

describe("rounds spans, interrupted", () => {
  it(
    "goes on where kill -9 ended it, repeats no finished shard and gives the same bytes",
    { timeout: 180_000 },
    async (test) => {
      const folder = temporaryFolder(test);
      const whole = await uninterrupted(folder, writeInput(folder, 6000));
      const parameters = ["spans", ...files, "--shards", "12", "--workers", "1"];
      const work = join(folder, "kept.jsonl.work");
      const random = new SeededRandom("moments of death");
      let before = finishedTasks(work);
      let mostKept = 0;
      for (let attempt = 0; attempt < 6; attempt++) {
        const child = startRounds(folder, parameters);
        const closed = once(child, "close");
        await Promise.race([once(child.stderr, "data"), closed]);
        if (attempt % 2 === 0) await sleep(random.integer(0, 250));
        // Every second death comes as a task is finished, however slow the machine is.
        else {
          const finished = (): number => globSync("*/complete.json", { cwd: work }).length;
          while (child.exitCode === null && finished() <= before.size) await sleep(1);
        }
        child.kill("SIGKILL");
        await closed;
        const after = finishedTasks(work);
        mostKept = Math.max(mostKept, after.size);
        // The kill came too late: the result is there, and nothing may be left to go on with.
        if (existsSync(join(folder, "kept.jsonl"))) break;
        for (const [task, record] of before) assert.equal(after.get(task), record, `${task} was done again`);
        before = after;
      }
      assert.ok(mostKept > 0);
      const left = finishedTasks(work).size;
      const { code, stdout, stderr } = await rounds(folder, ...parameters);
      assert.equal(code, 0, stderr);
      const report = JSON.parse(stdout) as { resumedTasks: number };
      assert.ok(report.resumedTasks >= left, `${report.resumedTasks} of ${left} were resumed`);
      assert.equal(readFileSync(join(folder, "kept.jsonl"), "utf8"), whole.output);
      assert.equal(readFileSync(join(folder, "spans.jsonl"), "utf8"), whole.spans);
      assert.deepEqual(
        readdirSync(folder).filter((name) => name.includes("work") || name.includes("tmp")),
        [],
      );
    },
  );

  it(
    "says that the disk is full, leaves nothing half-written, and goes on when there is room",
    { timeout: 120_000 },
    async (test) => {
      const folder = temporaryFolder(test);
      const whole = await uninterrupted(folder, writeInput(folder, 600));
      const parameters = ["spans", ...files, "--shards", "4", "--workers", "1"];
      // Files may have 1.5 MB: enough for what the steps leave, not for the result. Blocks of ulimit are 1,024 bytes.
      const program = [projectNode, join(projectRoot, "commands", "rounds.ts"), ...parameters];
      const limited = spawn("bash", ["-c", 'ulimit -f 1500; exec "$@"', "bash", ...program], {
        env: { ...process.env, INIT_CWD: folder },
        timeout: 120_000,
      });
      const closed = once(limited, "close");
      const stderr = await text(limited.stderr);
      assert.deepEqual(await closed, [1, null], stderr);
      assert.match(stderr, /kept\.jsonl\..*tmp: the file may not grow further; no result was changed/u);
      assert.deepEqual(
        readdirSync(folder).filter((name) => name.startsWith("kept") || name.startsWith("spans")),
        ["kept.jsonl.work"],
      );
      const again = await rounds(folder, ...parameters);
      assert.equal(again.code, 0, again.stderr);
      assert.equal((JSON.parse(again.stdout) as { resumedTasks: number }).resumedTasks, 4 + 4);
      assert.equal(readFileSync(join(folder, "kept.jsonl"), "utf8"), whole.output);
      assert.equal(readFileSync(join(folder, "spans.jsonl"), "utf8"), whole.spans);
    },
  );

  it("mends what is damaged and takes no work of other options", { timeout: 120_000 }, async (test) => {
    const folder = temporaryFolder(test);
    const input = writeInput(folder, 1500);
    const whole = await uninterrupted(folder, input);
    const [output, spans] = [join(folder, "kept.jsonl"), join(folder, "spans.jsonl")];
    const run = (change: object) =>
      removeRepeatedSpans(input, { output, spans, shards: 3, workers: 1, ...change });
    const interrupted = async (change: object) => {
      const stop = new AbortController();
      const onProgress = ({ step }: { step: string }) => {
        if (step === "write") stop.abort(new Error("stop"));
      };
      await assert.rejects(run({ signal: stop.signal, onProgress, ...change }), /^Error: stop$/u);
    };
    await interrupted({ minimumBytes: 300 });
    const other = await run({});
    assert.equal(other.resumedTasks, 0);
    assert.match(
      other.warnings.join(),
      /kept\.jsonl\.work held the unfinished work of other inputs or options/u,
    );

    await interrupted({});
    const damaged = join(folder, "kept.jsonl.work", "scan-00001", "texts.bin");
    const bytes = readFileSync(damaged);
    bytes[100]! ^= 1;
    writeFileSync(damaged, bytes);
    const mended = await run({ workers: 2, memoryBytes: 64e6 });
    assert.equal(mended.resumedTasks, 3 + 3 - 1);
    assert.match(mended.warnings.join(), /scan-00001\/texts\.bin was damaged and is made anew/u);
    assert.equal(readFileSync(output, "utf8"), whole.output);
    assert.equal(readFileSync(spans, "utf8"), whole.spans);
  });
});
