/** Removal of near-duplicates as array tasks on a Slurm of four nodes, typed as docs/corpus-at-scale.md shows it. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";
import { projectNode, projectRoot } from "../../setup/paths.mjs";
import {
  deduplicate,
  editedTexts,
  linesOf,
  temporaryFolder,
} from "../corpus/near-duplicates/duplicate-cases.ts";
import { skipWithoutSlurm, SlurmCluster } from "./slurm-cluster.ts";

const execute = promisify(execFile);

describe("removal of near-duplicates on Slurm", { skip: skipWithoutSlurm(), timeout: 400_000 }, () => {
  let slurmFolder: string;
  let cluster: SlurmCluster;

  before(async () => {
    slurmFolder = mkdtempSync(join(tmpdir(), "rounds-slurm-"));
    cluster = await SlurmCluster.start(slurmFolder, 4);
  });
  after(async () => {
    await cluster?.stop();
    rmSync(slurmFolder, { recursive: true, force: true });
  });

  it("gives the bytes of one process with 4 shards, also after a task was killed", async (test) => {
    const folder = temporaryFolder(test);
    const lines = editedTexts(2000, "slurm").map((text, id) => linesOf([text], id));
    const files = [lines.slice(0, 700).join(""), lines.slice(700).join("")];
    const whole = await deduplicate(folder, files);
    const [planCommand, submitCommand] = commandsOfGuide();
    const program = [join(projectRoot, "commands", "rounds.ts"), ...planCommand.split(" ").slice(5)];
    const environment = { ...cluster.environment, INIT_CWD: folder };
    const { stdout } = await execute(projectNode, program, { env: environment, timeout: 60_000 });
    const { submit, work } = JSON.parse(stdout) as { submit: string; work: string };
    assert.equal(submit, join(folder, submitCommand.split(" ")[1]!));

    // A task that is killed: what depends on it is cancelled.
    const script = join(work, "slurm", "verify.sbatch");
    const good = readFileSync(script, "utf8");
    writeFileSync(script, good.replace("exec ", '[ "$SLURM_ARRAY_TASK_ID" != 2 ] || kill -9 $$\nexec '));
    await cluster.call("bash", submit);
    await cluster.idle(120_000);
    const first = await cluster.states();
    assert.deepEqual(countsOf(first.values()), { COMPLETED: 4 + 4 + 1 + 3, FAILED: 1, CANCELLED: 4 + 1 });
    assert.ok(!readdirSync(folder).includes("kept.jsonl"));

    writeFileSync(script, good);
    await cluster.call("bash", submit);
    await cluster.idle(120_000);
    const second = [...(await cluster.states())].filter(([id]) => !first.has(id));
    assert.deepEqual(countsOf(second.map(([, state]) => state)), { COMPLETED: 18 });
    assert.equal(readFileSync(join(folder, "kept.jsonl"), "utf8"), whole.output);
    assert.equal(readFileSync(join(folder, "gone.jsonl"), "utf8"), whole.removedText);
    assert.equal(readFileSync(join(folder, "found.jsonl"), "utf8"), whole.pairsText);
    const logs = readdirSync(join(work, "slurm")).filter((name) => name.endsWith(".log"));
    const done = logs
      .flatMap((name) => reportsOf(join(work, "slurm", name)))
      .filter(({ isRepeated }) => !isRepeated)
      .map(({ step, task }) => `${step} ${task}`);
    // No task did its work twice.
    assert.equal(done.length, 18);
    assert.equal(new Set(done).size, 18);
  });

  for (const [shards, tasks] of [
    [1, 6],
    [16, 4 * 16 + 2],
  ] as const) {
    it(`gives the bytes of one process with ${shards} shards`, async (test) => {
      const folder = temporaryFolder(test);
      const whole = await deduplicate(folder, [linesOf(editedTexts(1000, `slurm ${shards}`))]);
      const [planCommand] = commandsOfGuide();
      const parameters = planCommand
        .replace("--shards 4", `--shards ${shards}`)
        .replace("input-0.jsonl input-1.jsonl", "input-0.jsonl")
        .split(" ")
        .slice(5);
      const environment = { ...cluster.environment, INIT_CWD: folder };
      const program = [join(projectRoot, "commands", "rounds.ts"), ...parameters];
      const { stdout } = await execute(projectNode, program, { env: environment, timeout: 60_000 });
      const earlier = await cluster.states();
      await cluster.call("bash", (JSON.parse(stdout) as { submit: string }).submit);
      await cluster.idle(120_000);
      const states = [...(await cluster.states())].filter(([id]) => !earlier.has(id));
      assert.deepEqual(countsOf(states.map(([, state]) => state)), { COMPLETED: tasks });
      assert.equal(readFileSync(join(folder, "kept.jsonl"), "utf8"), whole.output);
      assert.equal(readFileSync(join(folder, "gone.jsonl"), "utf8"), whole.removedText);
      assert.equal(readFileSync(join(folder, "found.jsonl"), "utf8"), whole.pairsText);
    });
  }
});

/** The two commands that docs/corpus-at-scale.md shows for Slurm. */
function commandsOfGuide(): [string, string] {
  const guide = readFileSync(join(projectRoot, "docs", "corpus-at-scale.md"), "utf8");
  const [, plan, submit] =
    /^(npm run -s rounds -- dedup-plan .+)\n(bash .+)$/mu.exec(guide) ?? assert.fail("no such commands");
  return [plan!, submit!];
}

function countsOf(states: Iterable<string>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const state of states) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}

function reportsOf(path: string): { step: string; task: number; isRepeated: boolean }[] {
  const lines = readFileSync(path, "utf8").split("\n");
  return lines.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line));
}
