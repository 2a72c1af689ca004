/** What of a study is stale after a change, and is made again. */
import assert from "node:assert/strict";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { compareStudies } from "../../lib/lab/stages/compare-studies.ts";
import { inOrder } from "../../lib/lab/stages/in-order.ts";
import { runStages } from "../../lib/lab/stages/run-stages.ts";
import { staleStages } from "../../lib/lab/stages/stale-stages.ts";
import { defineStudy, runStudy, stagesOfStudy } from "../../lib/lab/stages/study.ts";
import type { Stage } from "../../lib/lab/stages/stage.ts";
import { temporaryFolder } from "../corpus/near-duplicates/duplicate-cases.ts";
import {
  graph,
  logged,
  madeBy,
  nameOf,
  makePlace,
  ran,
  stage,
  stagesOf,
  type StageCase,
} from "./stage-cases.ts";

/** Places of the stages that read one of these, and of all after them. */
function after(cases: readonly StageCase[], reads: (each: StageCase, place: number) => boolean): string[] {
  const stale = new Set<number>();
  for (const [index, each] of cases.entries())
    if (reads(each, index) || each.inputs.some((input) => stale.has(input))) stale.add(index);
  return [...stale].map(nameOf);
}

describe("staleStages", () => {
  it("finds stale, of any graph, exactly what one changed byte reaches; and repeats only what it changes", async (t) => {
    await fc.assert(
      fc.asyncProperty(graph, fc.nat(2), async (cases, changed) => {
        const folder = join(temporaryFolder(t), "case");
        mkdirSync(folder);
        const { files, study, log } = makePlace(folder);
        const stages = stagesOf(cases, files, { path: log });
        await runStages(stages, { folder: study, workers: 2 });
        assert.deepEqual(await staleStages(study, stages), []);
        const before = cases.map((_, index) => madeBy(study, index));

        appendFileSync(files[changed]!, "!");
        const stale = await staleStages(study);
        const reached = after(cases, (each) => each.files.includes(changed));
        assert.deepEqual(stale.map(({ stage: name }) => name).toSorted(), reached.toSorted());
        for (const { because } of stale)
          for (const root of because)
            assert.ok(cases[Number(root.at(-1))]!.files.includes(changed), "each is blamed on a reader");

        rmSync(log);
        const report = await runStages(stages, { folder: study, workers: 2 });
        const repeated = cases.flatMap((each, index) => {
          const isOther = each.inputs.some((input) => before[input] !== madeBy(study, input));
          return each.files.includes(changed) || isOther ? [nameOf(index)] : [];
        });
        assert.deepEqual(ran(report), repeated);
        assert.deepEqual(logged(log).toSorted(), repeated.toSorted());
        assert.deepEqual(await staleStages(study, stages), []);

        const fresh = join(folder, "fresh");
        const again = await runStages(stagesOf(cases, files, { path: log }), { folder: fresh });
        assert.deepEqual(
          again.stages.map(({ fingerprint, key }) => [fingerprint, key]),
          report.stages.map(({ fingerprint, key }) => [fingerprint, key]),
          "another folder, another time: the same keys and fingerprints",
        );
      }),
      { numRuns: 12 },
    );
  });

  it("finds stale what has other settings now, other inputs, or was never made", async (t) => {
    const study = temporaryFolder(t);
    const stages = [stage("a", [], { settings: { steps: 5, seed: 1 } }), stage("b", ["a"]), stage("c")];
    await runStages(stages, { folder: study });
    const now = [
      stage("a", [], { settings: { steps: 6, seed: 1 } }),
      stage("b", ["a"]),
      stage("c", ["b"]),
      stage("d"),
    ];
    assert.deepEqual(
      (await staleStages(study, now)).map(({ stage: name, why, because }) => [name, why, ...because]),
      [
        ["a", "other settings: steps", "a"],
        ["b", "made from a", "a"],
        ["c", "it has other inputs", "c"],
        ["d", "it has not finished", "d"],
      ],
    );
    await assert.rejects(staleStages(join(study, "a")), /No stage has finished in /u);
    const planted = [stages[0]!, stages[1]!, stage("c", [], { questions: "planted" })];
    assert.deepEqual(
      (await staleStages(study, planted)).map(({ stage: name, why }) => [name, why]),
      [["c", "its questions were not said to be of one kind"]],
    );
    await runStages(planted, { folder: study });
    assert.deepEqual(await staleStages(study, planted), []);
    const { questions } = JSON.parse(readFileSync(join(study, "c", "stage.json"), "utf8")) as Stage;
    assert.equal(questions, "planted");
  });

  it("finds an altered output, says which, and makes it again without what stood there", async (t) => {
    const { files, study, log } = makePlace(temporaryFolder(t));
    const cases: StageCase[] = [
      { inputs: [], files: [0], keeps: "all" },
      { inputs: [0], files: [], keeps: "all" },
    ];
    const stages = stagesOf(cases, files, { path: log });
    await runStages(stages, { folder: study });
    const altered = join(study, "stage-0", "made.txt");
    const text = readFileSync(altered, "utf8");
    writeFileSync(altered, text.replace(/^./u, "-"));
    writeFileSync(join(study, "stage-0", "left-over.txt"), "of nobody");
    assert.deepEqual(
      (await staleStages(study)).map(({ stage: name, why }) => [name, why]),
      [
        ["stage-0", `${altered} has changed`],
        ["stage-1", "made from stage-0"],
      ],
    );
    const report = await runStages(stages, { folder: study });
    assert.deepEqual(report.warnings, [`${altered} has changed; the stage "stage-0" ran again`]);
    assert.deepEqual(ran(report), ["stage-0"], "the same content came out, so the next one stands");
    assert.equal(readFileSync(altered, "utf8"), text);
    assert.ok(!existsSync(join(study, "stage-0", "left-over.txt")));
  });

  it("takes a training's losses for content, and its times, paths and names not", async (t) => {
    const folder = temporaryFolder(t);
    const run = (loss: number, time: number): Stage =>
      stage("run", [], {
        kind: "run",
        notContent: ["speed/*.txt"],
        async run({ folder: own }) {
          const row = { v: 1, run_id: `r${time}`, attempt: 1, kind: "train", step: 1, loss, time, mfu: time };
          writeFileSync(join(own, "metrics.jsonl"), `${JSON.stringify(row)}\n`);
          writeFileSync(join(own, "train.config.json"), `{"path":"/home/${time}"}`);
          writeFileSync(join(own, "log.txt"), `it took ${time} s`);
          mkdirSync(join(own, "speed"));
          writeFileSync(join(own, "speed", "all.txt"), String(time));
          return {};
        },
      });
    const fingerprintOf = async (name: string, loss: number, time: number): Promise<string> =>
      (await runStages([run(loss, time)], { folder: join(folder, name) })).stages[0]!.fingerprint;
    const first = await fingerprintOf("a", 2.5, 1);
    assert.equal(await fingerprintOf("b", 2.5, 2), first);
    assert.notEqual(await fingerprintOf("c", 2.6, 1), first);
    const { outputs } = JSON.parse(readFileSync(join(folder, "a", "run", "stage.json"), "utf8"));
    const contents = outputs.map(({ file, content }: { file: string; content?: string | null }) => [
      file,
      content,
    ]);
    assert.deepEqual(contents.filter(([, content]: [string, string | null]) => content === null).flat(), [
      "log.txt",
      null,
      "speed/all.txt",
      null,
      "train.config.json",
      null,
    ]);
    assert.match(contents.find(([file]: [string]) => file === "metrics.jsonl")![1], /^[0-9a-f]{64}$/u);
  });

  it("depends on bytes, not on times of files or their names", async (t) => {
    const folder = temporaryFolder(t);
    const [one, other] = [join(folder, "one.txt"), join(folder, "other.txt")];
    writeFileSync(one, "same");
    writeFileSync(other, "same");
    const reading = (path: string): Stage[] => [stage("reads", [], { files: [path] })];
    const study = join(folder, "study");
    await runStages(reading(one), { folder: study });
    utimesSync(one, 1, 1);
    assert.deepEqual(ran(await runStages(reading(one), { folder: study })), []);
    assert.deepEqual(ran(await runStages(reading(other), { folder: study })), []);
    rmSync(one);
    assert.deepEqual(await staleStages(study, reading(other)), []);
    assert.deepEqual(
      (await staleStages(study)).map(({ why }) => why),
      [`${one} is missing`],
    );
  });

  it("finds stale what a study no longer has", async (t) => {
    const study = defineStudy("test-seeds", ({ seeds }: { seeds: number[] }) => [
      stage("documents"),
      ...seeds.flatMap((seed) => [
        stage(`run-${seed}`, ["documents"]),
        stage(`answers-${seed}`, [`run-${seed}`]),
      ]),
    ]);
    const folder = temporaryFolder(t);
    await runStudy(study, { seeds: [1, 2] }, { folder });
    assert.deepEqual(await staleStages(folder), []);
    await runStudy(study, { seeds: [1] }, { folder });
    const why = "the study has no such stage any more";
    assert.deepEqual(
      (await staleStages(folder)).map((each) => [each.stage, each.why]),
      [
        ["run-2", why],
        ["answers-2", why],
      ],
    );
    assert.deepEqual(await staleStages(folder, await stagesOfStudy(folder)), []);
  });

  it("orders and compares stages that each read all before them, and orders a circle", async (t) => {
    const study = temporaryFolder(t);
    // From one stage to the last there are 2 to the power of 38 ways.
    const names = Array.from({ length: 40 }, (_, place) => nameOf(100 + place));
    const stages = names.map((name, place) => stage(name, names.slice(0, place)));
    await runStages(stages, { folder: study });
    assert.deepEqual(await staleStages(study, stages.toReversed()), []);
    assert.ok((await compareStudies(study, study)).same);
    const circle = [stage("a", ["c"]), stage("b", ["a", "gone"]), stage("c", ["b"])];
    assert.deepEqual(
      inOrder(circle).map(({ name }) => name),
      ["b", "c", "a"],
    );
  });
});
