/** Commands that keep their finished parts in the folder of work of `kept.jsonl`: killed, and run out of disk. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, globSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { SeededRandom } from "../../lib/core/seeded-random.ts";
import { projectNode, projectRoot } from "../../setup/paths.mjs";
import { rounds, startRounds } from "./run-rounds.ts";

/**
 * Kill a command six times, then let it end: no part that was finished is done again, and nothing but results stays.
 *
 * @param longestMs most that a start lives after its first sign, where its death does not come with a finished task
 */
export async function killAndResume(
  folder: string,
  parameters: readonly string[],
  longestMs: number,
): Promise<void> {
  const work = join(folder, "kept.jsonl.work");
  const random = new SeededRandom("moments of death");
  let before = finishedTasks(work);
  let mostKept = 0;
  for (let attempt = 0; attempt < 6; attempt++) {
    const child = startRounds(folder, parameters);
    const closed = once(child, "close");
    await Promise.race([once(child.stderr, "data"), closed]);
    if (attempt % 2 === 0) await sleep(random.integer(0, longestMs));
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
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.includes("work") || name.includes("tmp")),
    [],
  );
}

/** The record of each finished task, by its file's number in the file system. */
function finishedTasks(work: string): Map<string, number> {
  const names = existsSync(work) ? readdirSync(work).filter((name) => /^[a-z]+-\d+$/u.test(name)) : [];
  return new Map(names.map((name) => [name, statSync(join(work, name, "complete.json")).ino]));
}

/** Let a command fail for want of disk, then end it with room: how many tasks were not done again. */
export async function fillDiskAndResume(folder: string, parameters: readonly string[]): Promise<number> {
  const held = readdirSync(folder);
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
    readdirSync(folder).filter((name) => !held.includes(name)),
    ["kept.jsonl.work"],
  );
  const again = await rounds(folder, ...parameters);
  assert.equal(again.code, 0, again.stderr);
  return (JSON.parse(again.stdout) as { resumedTasks: number }).resumedTasks;
}
