/** The study in miniature, smaller still: a kill costs nothing twice, and every figure and table comes out. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { readStageFigure } from "../../lib/lab/stages/stage-figure.ts";
import { studySizes, type StudySize } from "../../lib/lab/study/study-size.ts";
import { projectNode, projectRoot } from "../../setup/paths.mjs";

const size: StudySize = {
  ...studySizes.test,
  facts: { count: 48, statements: 2 },
  realQuestions: { learned: 4, asked: 2 },
  vocabularySize: 600,
  shape: { hiddenSize: 32, intermediateSize: 64, layers: 1 },
  pretraining: { steps: 8, checkpoints: 1, learningRate: 1e-3, contextLength: 32, rowsPerStep: 4 },
  tuning: { steps: 2, learningRate: 1e-3, contextLength: 512, rowsPerStep: 2 },
};

const script = `
  import { runStages } from "${projectRoot}/lib/lab/stages/run-stages.ts";
  import { stagesOfSize } from "${projectRoot}/lib/lab/study/study.ts";
  const stages = await stagesOfSize(${JSON.stringify(size)}, [1]);
  const report = await runStages(stages, { folder: process.argv[2], workers: 2 });
  console.log(JSON.stringify(report.stages.map(({ name, resumed }) => ({ name, resumed }))));
`;

describe("the study in miniature", () => {
  let folder: string;
  let program: string;
  before(() => {
    const temporary = mkdtempSync(join(tmpdir(), "rounds-study-"));
    folder = join(temporary, "study");
    mkdirSync(folder);
    program = join(temporary, "run.ts");
    writeFileSync(program, script);
  });
  after(() => rmSync(join(folder, ".."), { recursive: true, force: true }));

  const start = () =>
    spawn(projectNode, ["--disable-warning=ExperimentalWarning", program, folder], {
      cwd: projectRoot,
      env: { ...process.env, ROUNDS_DATA: "sample" },
      stdio: ["ignore", "pipe", "inherit"],
    });
  const finished = (): string[] =>
    readdirSync(folder).filter((name) => existsSync(join(folder, name, "stage.json")));
  /** Exported models of both arms, tuned ones too, that are whole. */
  const models = (): string[] =>
    readdirSync(folder)
      .map((stage) => join(folder, stage, "models"))
      .filter((path) => existsSync(path))
      .flatMap((path) => readdirSync(path).map((name) => join(path, name)))
      .filter((path) => existsSync(join(path, "config.json")) && !path.includes(".tmp"));

  it("goes on where it was killed, and repeats nothing that was done", { timeout: 900_000 }, async () => {
    const first = start();
    const ended = once(first, "close");
    while (!models().some((path) => path.includes(".tuning"))) {
      assert.equal(first.exitCode, null, "it ended before it was killed");
      await sleep(20);
    }
    first.kill("SIGKILL");
    await ended;
    const done = finished();
    const written = new Map(models().map((path) => [path, statSync(path).mtimeMs]));
    assert.ok(done.includes("with-facts-1.pretraining") || done.includes("without-facts-1.pretraining"));
    assert.ok(!done.includes("answers-1"));

    const second = start();
    let output = "";
    second.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
    assert.deepEqual(await once(second, "close"), [0, null]);
    const stages = JSON.parse(output) as { name: string; resumed: boolean }[];
    const resumed = stages.filter((stage) => stage.resumed).map(({ name }) => name);
    assert.deepEqual(resumed.toSorted(), done.toSorted());
    for (const [path, time] of written) assert.equal(statSync(path).mtimeMs, time, path);
    assert.equal(models().length, 6);
  });

  it("draws the figures and writes the tables", async () => {
    for (const name of ["figure-1", "figure-2", "figure-3", "table-2-planted", "table-2-real", "pubmedqa"])
      assert.ok((await readStageFigure(join(folder, name))).data.length > 0, name);
    const rows = (name: string): Record<string, unknown>[] =>
      JSON.parse(readFileSync(join(folder, name, "table.json"), "utf8"));
    assert.deepEqual(
      rows("table-2-planted").map(({ recipe }) => recipe),
      ["baseline", "F", "N", "P", "P+F", "P+N"],
    );
    assert.deepEqual(
      [...new Set(rows("table-2-real").map(({ task }) => task))],
      ["MedQA", "MMLU medical", "MedMCQA"],
    );
    assert.equal(rows("effects").length, 9);
  });
});
