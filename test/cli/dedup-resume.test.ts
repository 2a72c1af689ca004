/** `npm run -s rounds -- dedup` killed, run out of disk and started again. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, globSync, readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { SeededRandom } from "../../lib/core/seeded-random.ts";
import { projectNode, projectRoot } from "../../setup/paths.mjs";
import {
  deduplicate,
  editedTexts,
  linesOf,
  temporaryFolder,
} from "../corpus/near-duplicates/duplicate-cases.ts";
import { rounds, startRounds } from "./run-rounds.ts";

const files = ["--input", "input-0.jsonl", "--output", "kept.jsonl", "--removed", "gone.jsonl"];

/** The record of each finished task, by its file's number in the file system. */
function finishedTasks(work: string): Map<string, number> {
  const names = existsSync(work) ? readdirSync(work).filter((name) => /^[a-z]+-\d+$/u.test(name)) : [];
  return new Map(names.map((name) => [name, statSync(join(work, name, "complete.json")).ino]));
}

describe("rounds dedup, interrupted", () => {
  it(
    "goes on where kill -9 ended it, repeats no finished shard and gives the same bytes",
    { timeout: 180_000 },
    async (test) => {
      const folder = temporaryFolder(test);
      const whole = await deduplicate(folder, [linesOf(editedTexts(2500, "killed"))], {
        preset: "lee",
        shards: 1,
      });
      const options = ["--pairs", "found.jsonl", "--preset", "lee", "--shards", "12", "--workers", "1"];
      const parameters = ["dedup", ...files, ...options];
      const work = join(folder, "kept.jsonl.work");
      const random = new SeededRandom("moments of death");
      let before = finishedTasks(work);
      let mostKept = 0;
      for (let attempt = 0; attempt < 6; attempt++) {
        const child = startRounds(folder, parameters);
        const closed = once(child, "close");
        await Promise.race([once(child.stderr, "data"), closed]);
        if (attempt % 2 === 0) await sleep(random.integer(0, 400));
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
      const read = (name: string) => readFileSync(join(folder, name), "utf8");
      assert.equal(read("kept.jsonl"), whole.output);
      assert.equal(read("gone.jsonl"), whole.removedText);
      assert.equal(read("found.jsonl"), whole.pairsText);
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
      const whole = await deduplicate(folder, [linesOf(editedTexts(1500, "full"))], { pairs: undefined });
      const parameters = ["dedup", ...files, "--preset", "fast", "--shards", "4", "--workers", "1"];
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
        readdirSync(folder).filter((name) => name.startsWith("kept") || name.startsWith("gone")),
        ["kept.jsonl.work"],
      );
      const again = await rounds(folder, ...parameters);
      assert.equal(again.code, 0, again.stderr);
      const { resumedTasks } = JSON.parse(again.stdout) as { resumedTasks: number };
      assert.equal(resumedTasks, 4 + 4 + 1 + 4);
      assert.equal(readFileSync(join(folder, "kept.jsonl"), "utf8"), whole.output);
      assert.equal(readFileSync(join(folder, "gone.jsonl"), "utf8"), whole.removedText);
    },
  );
});
