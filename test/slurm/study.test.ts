/** The paper's study in miniature on a Slurm of four nodes, over ssh: a pretraining, its checkpoints tuned and evaluated. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { DISPLAY_SYMBOL } from "../../lib/display/bundle.ts";
import { collectStudy } from "../../lib/lab/study-plan/collect-study.ts";
import { planStudy } from "../../lib/lab/study-plan/plan-study.ts";
import { studyAccuracyFigure } from "../../lib/lab/study-plan/study-accuracy.ts";
import { submitStudy } from "../../lib/lab/study-plan/submit-study.ts";
import { projectNode, projectRoot, venv } from "../../setup/paths.mjs";
import { until } from "../support/until.ts";
import { skipWithoutSlurm, SlurmCluster } from "./slurm-cluster.ts";
import { copyCode, tinyStudy, writeTinyStudyData } from "./tiny-study.ts";

describe("a study on a cluster", { skip: skipWithoutSlurm(), timeout: 600_000 }, () => {
  let folder: string;
  let slurm: SlurmCluster;
  const path = (...names: string[]) => join(folder, ...names);
  const root = (...names: string[]) => path("cluster", ...names);
  const places = () => ({ config: path("clusters.json"), runs: path("runs") });

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "rounds-study-"));
    mkdirSync(path("slurm"));
    mkdirSync(root("tools", "node"), { recursive: true });
    [slurm] = await Promise.all([
      SlurmCluster.start(path("slurm"), 4, { gpusPerNode: 8, ssh: true }),
      writeTinyStudyData(root()),
    ]);
    copyCode(path("code"), root());
    writeFileSync(root("tools", "node", "node"), `#!/bin/sh\nexec ${projectNode} "$@"\n`, { mode: 0o755 });
    const cluster = {
      scheduler: "slurm",
      ssh: { host: "loopback", configFile: slurm.sshConfig },
      root: root(),
      nodes: 4,
      gpusPerNode: 8,
      processorsPerNode: 16,
      memoryGibPerNode: 64,
      environment: { kind: "venv", path: venv },
      variables: { OMP_NUM_THREADS: "1" },
    };
    writeFileSync(path("clusters.json"), JSON.stringify({ version: 1, clusters: { loopback: cluster } }));
  });
  after(async () => {
    await slurm?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it("ends with every result once, though its client is killed while it submits", async () => {
    const token = "study";
    const program = join(projectRoot, "test", "slurm", "study-client.ts");
    const parameters = [path("clusters.json"), path("runs"), path("code"), token];
    const client = spawn(projectNode, ["--disable-warning=ExperimentalWarning", program, ...parameters], {
      stdio: "inherit",
      env: process.env,
    });
    const killed = once(client, "exit");
    await until(
      "it submits one in the middle",
      () => existsSync(path("runs", `${token}-tiny.12.export`)),
      120_000,
    );
    client.kill("SIGKILL");
    assert.equal((await killed)[1], "SIGKILL");

    const plan = await planStudy({ cluster: "loopback", study: tinyStudy(), config: path("clusters.json") });
    assert.equal(plan.jobs.length, 1 + 2 * 8);
    const { jobs, blocked } = await submitStudy(plan, { token, ...places(), code: path("code") });
    assert.equal(jobs.size, plan.jobs.length);
    assert.equal(blocked.size, 0);
    const collected = await collectStudy(plan, { token, runs: path("runs"), everyMs: 1000 });
    const states = collected.jobs.map(({ job, state, evidence }) => `${job.name} ${state} ${evidence}`);
    assert.ok(collected.isOver && collected.failures.length === 0, states.join("\n"));

    // Each of them by one job of the scheduler, started once.
    const known = await slurm.call("squeue", "-h", "-t", "all", "-o", "%j %T");
    const names = plan.jobs.map(({ name }) => `rounds-${token}-${name} COMPLETED`);
    assert.deepEqual(known.split("\n").toSorted(), names.toSorted());

    const scored = collected.scores.map((score) => [
      score.step,
      score.recipe,
      score.strategy,
      score.summary.n,
    ]);
    const expected = [6, 12].flatMap((step) => [
      [step, "pretraining", "no-prompt", 6],
      [step, "fine-tuning", "zero-shot", 6],
      [step, "neftune", "zero-shot", 6],
    ]);
    assert.deepEqual(scored, expected);
    assert.equal(collected.scores[0]!.pretrainingTokens, 6 * 4 * 128);
    for (const { path: results } of collected.scores) assert.ok(results.startsWith(path("runs")));
    // With and without noise, of one checkpoint and of another: all models differ.
    const sums = collected.scores.map(({ path: results }) =>
      readFileSync(results, "utf8").replaceAll(/"(?:model|fingerprint)":"[^"]*",?/gu, ""),
    );
    assert.equal(new Set(sums).size, 6);
    const figure = studyAccuracyFigure(collected.scores, "planted");
    assert.deepEqual(
      figure.data.map(({ name, x }) => [name, x]),
      ["", ", fine-tuned", ", NEFTune"].map((tuned) => [`Tiny Mistral${tuned}`, [3072, 6144]]),
    );
    const { data } = collected[DISPLAY_SYMBOL]() as { data: Record<string, string> };
    assert.match(data["text/plain"]!, /^- 17 jobs: 17 completed\n/u);
  });

  it("loses to a failed tuning only what waits for it, and names it", async () => {
    const token = "damaged";
    const [model] = tinyStudy().models;
    // One tuning's data is damaged: its manifest says more than its file has.
    cpSync(root("tokens", "instruct"), root("tokens", "damaged"), { recursive: true });
    truncateSync(root("tokens", "damaged", "tokens-00000.bin"), 10);
    const neftune = {
      ...model!.tunings.neftune,
      data: {
        ...model!.tunings.neftune.data,
        train: [{ domain: "instruct", path: "tokens/damaged", weight: 1 }],
      },
    };
    // The first study's model takes the place of a pretrained one.
    const pretraining = {
      ...model!.pretraining,
      model: {
        ...model!.pretraining.model,
        initializeFrom: { kind: "safetensors" as const, path: "runs/study-tiny.12.export/model" },
      },
    };
    const study = {
      ...tinyStudy(),
      models: [
        { ...model!, pretraining, tunings: { ...model!.tunings, neftune }, checkpoints: [0], tuned: [0] },
      ],
    };
    const whole = await planStudy({ cluster: "loopback", study, config: path("clusters.json") });
    const left = new Set(["tiny.pretraining", "tiny.0.fine-tuning.export", "tiny.0.fine-tuning.evaluation"]);
    const plan = { ...whole, jobs: whole.jobs.filter(({ name }) => !left.has(name)) };
    const ofNeftune = { ...plan, jobs: plan.jobs.filter(({ name }) => name.includes("neftune")) };
    const alone = { ...plan, jobs: ofNeftune.jobs.slice(0, 1) };
    await submitStudy(alone, { token: "late", ...places(), code: path("code") });
    await submitStudy(plan, { token, ...places(), code: path("code") });
    const collected = await collectStudy(plan, { token, runs: path("runs"), everyMs: 1000 });
    const states = Object.fromEntries(collected.jobs.map(({ job, state }) => [job.name, state]));
    assert.deepEqual(states, {
      "tiny.0.evaluation": "COMPLETED",
      "tiny.0.fine-tuning": "COMPLETED",
      "tiny.0.neftune": "FAILED",
      "tiny.0.neftune.export": "CANCELLED",
      "tiny.0.neftune.evaluation": "CANCELLED",
    });
    assert.deepEqual(
      collected.failures.map(({ job, behind }) => [job.job.name, behind.map((each) => each.job.name)]),
      [["tiny.0.neftune", ["tiny.0.neftune.export", "tiny.0.neftune.evaluation"]]],
    );
    assert.match(collected.failures[0]!.job.evidence, /DataError: .*damaged/u);
    assert.deepEqual(
      collected.scores.map(({ recipe }) => recipe),
      ["pretraining"],
    );
    // Where the failure is known before what waits for it is sent, that is not sent at all.
    await collectStudy(alone, { token: "late", runs: path("runs"), everyMs: 1000 });
    const late = await submitStudy(ofNeftune, { token: "late", ...places(), code: path("code") });
    assert.deepEqual([...late.jobs.keys()], ["tiny.0.neftune"]);
    assert.match(
      late.blocked.get("tiny.0.neftune.export")!,
      /^tiny\.0\.neftune has ended: exit\.json: failed/u,
    );
    assert.equal(late.blocked.get("tiny.0.neftune.evaluation"), "tiny.0.neftune.export was not submitted");
    const again = await collectStudy(ofNeftune, { token: "late", runs: path("runs") });
    assert.ok(again.isOver);
    assert.deepEqual(
      again.failures.map(({ job, behind }) => [job.job.name, behind.length]),
      [["tiny.0.neftune", 2]],
    );
  });
});
