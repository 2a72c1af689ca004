/** Studies as graphs of stages: what runs, in which order, after a kill or a failure; what is refused. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { madeOf } from "../../lib/core/lineage.ts";
import { SeededRandom } from "../../lib/core/seeded-random.ts";
import { runStages } from "../../lib/lab/stages/run-stages.ts";
import type { Stage, StageResult } from "../../lib/lab/stages/stage.ts";
import { temporaryFolder } from "../corpus/near-duplicates/duplicate-cases.ts";
import { withEnvironment } from "../data/with-environment.ts";
import { logged, madeBy, nameOf, makePlace, ran, stage, stagesOf, type StageCase } from "./stage-cases.ts";

describe("runStages", () => {
  it("runs a graph once, records what each stage was made from, and notes the chain", async (t) => {
    const folder = temporaryFolder(t);
    withEnvironment(t, { ROUNDS_LINEAGE: join(folder, "lineage") });
    const { files, study, log } = makePlace(folder);
    const cases: StageCase[] = [
      { inputs: [], files: [0], keeps: "all" },
      { inputs: [0], files: [], keeps: "all" },
      { inputs: [1, 0], files: [2], keeps: "all" },
    ];
    const stages = stagesOf(cases, files, { path: log }).toReversed();
    const first = await runStages(stages, { folder: study });
    assert.deepEqual(ran(first), ["stage-0", "stage-1", "stage-2"], "in the order of the chain");
    const record = JSON.parse(readFileSync(join(study, "stage-2", "stage.json"), "utf8"));
    assert.deepEqual(
      record.inputs.map((input: { stage: string; fingerprint: string }) => [input.stage, input.fingerprint]),
      [1, 0].map((index) => [nameOf(index), first.stages[index]!.fingerprint]),
    );
    assert.deepEqual(
      record.outputs.map(({ file }: { file: string }) => file),
      ["made.txt"],
    );
    assert.deepEqual(record.values, { digits: { value: 64, compare: "exact" } });
    assert.match(record.code.commit, /^[0-9a-f]{40}$/u);
    assert.deepEqual(ran(await runStages(stages, { folder: study })), []);
    assert.deepEqual(
      madeOf(files[0]!).map(({ path, kind }) => [path, kind]),
      [0, 1, 2].map((index) => [join(study, nameOf(index)), "table"]),
    );
  });

  it("killed at any time goes on: nothing that was finished runs again, and the outputs are the same", async (t) => {
    const folder = temporaryFolder(t);
    const { files, study, log } = makePlace(folder);
    const random = new SeededRandom("kills");
    const cases: StageCase[] = [[], [], [0], [0, 1], [2, 3], [1]].map((inputs, index) => ({
      inputs,
      files: [index % 3],
      keeps: "all",
    }));
    const child = fileURLToPath(new URL("run-stages-child.ts", import.meta.url));
    const argument = JSON.stringify({ cases, files, folder: study, log });
    const finished = (): string[] =>
      cases.flatMap((_, index) =>
        existsSync(join(study, nameOf(index), "stage.json")) ? [nameOf(index)] : [],
      );
    let [kills, done] = [0, false];
    while (!done && kills < 40) {
      const before = { finished: finished(), begun: logged(log).length };
      const running = spawn(process.execPath, [child, argument], { stdio: ["ignore", "ignore", "inherit"] });
      const ended = new Promise<boolean>((resolve) => running.once("exit", (code) => resolve(code === 0)));
      // Loading takes most of the time: the clock starts when the first stage of this run does.
      const waits = async (): Promise<void> => {
        while (logged(log).length === before.begun && running.exitCode === null) await sleep(5);
        await sleep(random.integer(20, 150));
      };
      await Promise.race([waits(), ended]);
      running.kill("SIGKILL");
      done = await ended;
      if (!done) kills++;
      const begun = logged(log).slice(before.begun);
      assert.deepEqual(
        begun.filter((name) => before.finished.includes(name)),
        [],
        "no finished stage began again",
      );
    }
    assert.ok(done, "it came to its end");
    assert.ok(kills >= 2, `${kills} kills`);
    const calm = join(folder, "calm");
    const report = await runStages(stagesOf(cases, files, { path: log }), { folder: calm });
    const held = await runStages(stagesOf(cases, files, { path: log }), { folder: study });
    assert.deepEqual(ran(held), []);
    assert.deepEqual(
      held.stages.map(({ fingerprint }) => fingerprint),
      report.stages.map(({ fingerprint }) => fingerprint),
    );
    for (const index of cases.keys()) assert.equal(madeBy(study, index), madeBy(calm, index));
  });

  it("gives an interrupted stage what it had written, and none other", async (t) => {
    const study = temporaryFolder(t);
    const controller = new AbortController();
    const seen: string[][] = [];
    const training = (steps: number): Stage =>
      stage("run", [], {
        settings: { steps },
        async run({ folder }) {
          const parts = join(folder, "parts.txt");
          seen.push(logged(parts));
          appendFileSync(parts, `part of ${steps}\n`);
          if (seen.length === 1) {
            controller.abort();
            controller.signal.throwIfAborted();
          }
          return {};
        },
      });
    const { signal } = controller;
    await assert.rejects(runStages([training(5)], { folder: study, signal }), { name: "AbortError" });
    await runStages([training(5)], { folder: study });
    await runStages([training(6)], { folder: study });
    assert.deepEqual(seen, [[], ["part of 5"], []]);
  });

  it("runs as many at once as it has workers, and never one before its inputs", async (t) => {
    const study = temporaryFolder(t);
    let [now, most] = [0, 0];
    const order: string[] = [];
    const busy = async (): Promise<StageResult> => {
      most = Math.max(most, ++now);
      await sleep(15);
      now--;
      return {};
    };
    const named = (name: string, inputs: readonly string[] = []): Stage =>
      stage(name, inputs, { run: () => busy().finally(() => void order.push(name)) });
    const steps: string[] = [];
    await runStages([named("last", ["a", "b", "c"]), named("a"), named("b"), named("c")], {
      folder: study,
      workers: 3,
      onProgress: ({ stage: name, finished, stages }) => steps.push(`${name} ${finished} of ${stages}`),
    });
    assert.equal(most, 3);
    assert.equal(order.at(-1), "last");
    assert.equal(steps.at(-1), "last 4 of 4");
  });

  it("names the stage that failed, lets the others end, and repeats only what is missing", async (t) => {
    const study = temporaryFolder(t);
    let isBroken = true;
    const stages = [
      stage("good"),
      stage("bad", [], {
        run: async () => {
          if (isBroken) throw new Error("no more disk");
          return {};
        },
      }),
      stage("later", ["bad", "good"]),
    ];
    await assert.rejects(runStages(stages, { folder: study, workers: 2 }), {
      name: "DataError",
      message: 'Stage "bad": no more disk',
    });
    isBroken = false;
    assert.deepEqual(ran(await runStages(stages, { folder: study })), ["bad", "later"]);
  });

  it("refuses what is no graph, before anything runs", async (t) => {
    const study = join(temporaryFolder(t), "study");
    const cases: [string, Stage[], RegExp][] = [
      ["no stage", [], /"stages" must be at least one/u],
      [
        "a cycle",
        [stage("a", ["c"]), stage("b", ["a"]), stage("c", ["b"]), stage("d")],
        /without a cycle: a -> b -> c -> a/u,
      ],
      ["itself", [stage("a", ["a"])], /without a cycle: a -> a/u],
      [
        "an unknown input",
        [stage("tokens"), stage("run", ["tokesn"])],
        /"stages\[1\].inputs\[0\]" must be one of tokens, run \(did you mean tokens\?\)/u,
      ],
      [
        "a name twice",
        [stage("Run"), stage("run")],
        /"stages\[1\].name" must be a name that no other stage has/u,
      ],
      ["an input twice", [stage("a"), stage("b", ["a", "a"])], /an input that is named once/u],
      ["a name that leaves the folder", [stage("../a")], /must be a folder's name/u],
      [
        "a relative file",
        [stage("a", [], { files: ["data.txt"] })],
        /must be an absolute path, got "data.txt"/u,
      ],
      [
        "settings that are no JSON",
        [stage("a", [], { settings: { at: new Date(0) } })],
        /settings" must be plain JSON \(stage "a": "value.at"/u,
      ],
    ];
    for (const [what, stages, message] of cases)
      await assert.rejects(runStages(stages, { folder: study }), { name: "ArgumentError", message }, what);
    assert.ok(!existsSync(study));
  });

  it("refuses values that could be compared with nothing", async (t) => {
    const study = temporaryFolder(t);
    const valued = (value: number, interval?: [number, number]) =>
      runStages(
        [
          stage("a", [], {
            run: async () => ({
              values: { accuracy: { value, compare: "interval", ...(interval && { interval }) } },
            }),
          }),
        ],
        { folder: study },
      );
    await assert.rejects(valued(NaN, [0, 1]), /"values.accuracy" must be a finite number, got NaN/u);
    await assert.rejects(valued(0.5), /"values.accuracy.interval" must be \[low, high\]/u);
    await assert.rejects(valued(0.5, [0.6, 0.7]), /must be \[low, high\] around 0.5/u);
  });

  it("refuses a second process in the same study", async (t: TestContext) => {
    const study = temporaryFolder(t);
    let release = (): void => undefined;
    const held = new Promise<StageResult>((resolve) => (release = () => resolve({})));
    let begun = (): void => undefined;
    const isBegun = new Promise<void>((resolve) => (begun = resolve));
    const first = runStages([stage("slow", [], { run: () => (begun(), held) })], { folder: study });
    await isBegun;
    await assert.rejects(
      runStages([stage("slow")], { folder: study }),
      /The study in .* is being run by process \d+/u,
    );
    release();
    await first;
  });
});
