/** Removal of near-duplicates task by task, as on a cluster, against the removal in one process. */
import assert from "node:assert/strict";
import { appendFileSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { SeededRandom } from "../../../lib/core/seeded-random.ts";
import { planDedup } from "../../../lib/corpus/cluster/plan-dedup.ts";
import { runDedupTask } from "../../../lib/corpus/cluster/run-dedup-task.ts";
import type { Step } from "../../../lib/corpus/near-duplicates/plan.ts";
import { deduplicate, editedTexts, linesOf, temporaryFolder } from "../near-duplicates/duplicate-cases.ts";

/** Files of unlike size, one of them empty, with near-duplicates across them, lines without words and blank ones. */
function inputFiles(): string[] {
  const texts = editedTexts(400, "tasks");
  const lines = texts.map((text, id) => linesOf([text], id));
  return [
    lines.slice(0, 30).join(""),
    "",
    `\n${lines.slice(30, 330).join("")}${linesOf([" … ", ""], 1000)}`,
    lines.slice(330).join("").trimEnd(),
  ];
}

/** The result in one process, and a plan of tasks that is to give the same. */
async function prepare(test: TestContext, shards: number) {
  const folder = temporaryFolder(test);
  const files = inputFiles();
  const whole = await deduplicate(folder, files);
  assert.ok(whole.removed.length > 40 && whole.pairs.length > whole.removed.length);
  const paths = ["kept", "gone", "found"].map((name) => join(folder, `${name}.jsonl`));
  const inputs = files.map((_, place) => join(folder, `input-${place}.jsonl`));
  const [output, removed, pairs] = paths as [string, string, string];
  const options = { output, removed, pairs, preset: "fast", shards } as const;
  const planned = await planDedup(inputs, options);
  const tasks = Object.entries(planned.tasks).flatMap(([step, count]) =>
    Array.from({ length: count }, (_, task) => ({
      work: planned.work,
      step: step as Step,
      task,
      workers: 1,
    })),
  );
  const assertSame = () => {
    assert.equal(readFileSync(output, "utf8"), whole.output);
    assert.equal(readFileSync(removed, "utf8"), whole.removedText);
    assert.equal(readFileSync(pairs, "utf8"), whole.pairsText);
  };
  return { folder, inputs, options, planned, tasks, whole, assertSame };
}

describe("tasks of a removal of near-duplicates", () => {
  // Four shards are tested on Slurm.
  for (const shards of [1, 16]) {
    it(
      `give the bytes of one process with ${shards} shards, in any order within a step`,
      { timeout: 120_000 },
      async (test) => {
        const { planned, tasks, whole, assertSame } = await prepare(test, shards);
        const steps = Object.keys(planned.tasks);
        const random = new SeededRandom(shards);
        const order = steps.flatMap((step) => random.shuffle(tasks.filter((task) => task.step === step)));
        for (const task of order.slice(0, -1)) {
          const report = await runDedupTask(task);
          assert.deepEqual([report.step, report.task, report.isRepeated], [task.step, task.task, false]);
        }
        const { result } = await runDedupTask(order.at(-1)!);
        assertSame();
        const { documents, kept, removed, clusters, pairs, candidates, withoutWords, blankLines } =
          whole.report;
        const { inputBytes, outputBytes, spillBytes, warnings } = whole.report;
        const counts = { documents, kept, removed, clusters, pairs, candidates, withoutWords, blankLines };
        assert.deepEqual(result, { ...counts, inputBytes, outputBytes, spillBytes, warnings });
        assert.deepEqual(readdirSync(planned.work).toSorted(), ["finish-00000", "plan.json"]);
        for (const task of order) assert.ok((await runDedupTask(task)).isRepeated);
      },
    );
  }

  it(
    "are not done again when they are whole, and are when they are damaged",
    { timeout: 120_000 },
    async (test) => {
      const { planned, tasks, assertSame } = await prepare(test, 3);
      const filesOf = () =>
        readdirSync(planned.work, { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile() && entry.name !== "plan.json")
          .map((entry) => join(entry.parentPath, entry.name));
      const made = () => new Map(filesOf().map((path) => [path, statSync(path).ino]));
      for (const task of tasks.slice(0, -1)) await runDedupTask(task);
      const before = made();
      for (const task of tasks.slice(0, -1)) assert.ok((await runDedupTask(task)).isRepeated);
      assert.deepEqual(made(), before);
      for (const path of filesOf()) {
        const bytes = readFileSync(path);
        if (bytes.length === 0) continue;
        bytes[bytes.length >> 1]! ^= 1;
        writeFileSync(path, bytes);
        const [, step, task] = /([a-z]+)-(\d+)\/[^/]+$/u.exec(path)!;
        const again = await runDedupTask(
          tasks.find((each) => each.step === step && each.task === Number(task))!,
        );
        assert.equal(again.isRepeated, false);
        if (!path.endsWith("complete.json"))
          assert.match(again.warnings.join(), /was damaged and is made anew/u);
      }
      await runDedupTask(tasks.at(-1)!);
      assertSame();
    },
  );

  it("name what is missing or damaged of the steps before", { timeout: 60_000 }, async (test) => {
    const { planned, tasks } = await prepare(test, 2);
    const run = (step: Step, task = 0) => runDedupTask({ work: planned.work, step, task, workers: 1 });
    await run("sign", 0);
    await assert.rejects(run("link"), {
      name: "DataError",
      message: /task 1 of the step "sign" is not done: .*sign-00001 is missing/u,
    });
    await run("sign", 1);
    const keys = join(planned.work, "sign-00001", "keys.bin");
    const bytes = readFileSync(keys);
    bytes[100]! ^= 1;
    writeFileSync(keys, bytes);
    await assert.rejects(run("link"), {
      name: "DataError",
      message: /sign-00001\/keys\.bin is damaged.*run task 1 of the step "sign" again/u,
    });
    await run("sign", 1);
    for (const task of tasks.slice(2, -3)) await runDedupTask(task);
    rmSync(join(planned.work, "verify-00001", "removed.bin"));
    await assert.rejects(run("remove"), /verify-00001\/removed\.bin is damaged/u);
  });

  it("stop when an input is not the one of the plan, and refuse what is not in it", async (test) => {
    const { folder, inputs, options, planned } = await prepare(test, 2);
    const refused = (step: string, task: number, message: RegExp) =>
      assert.rejects(runDedupTask({ work: planned.work, step: step as Step, task }), {
        name: "ArgumentError",
        message,
      });
    await refused("sort", 0, /"step" must be one of sign, link, group, verify, remove, finish, got "sort"/u);
    await refused("sign", 2, /"task" must be from 0 to 1 for the step "sign", got 2/u);
    await assert.rejects(
      runDedupTask({ work: folder, step: "sign", task: 0 }),
      /holds no plan; dedup-plan makes one/u,
    );
    await assert.rejects(planDedup(inputs, { ...options, threshold: 0.9 }), {
      name: "ArgumentError",
      message: /"work" must be a folder without the plan of other inputs or options/u,
    });
    appendFileSync(inputs[1]!, linesOf(["late"], 5000));
    await assert.rejects(runDedupTask({ work: planned.work, step: "sign", task: 0 }), {
      name: "DataError",
      message: /input-1\.jsonl was changed/u,
    });
  });
});
