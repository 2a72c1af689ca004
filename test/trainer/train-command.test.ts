/** `rounds train`, as a user types it. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { projectRoot } from "../../setup/paths.mjs";
import { tinyConfig } from "./tiny-run.ts";

let folder: string;

/** Run the command in the test's folder; `whenTold` is called with each line of stderr. */
function rounds(parameters: string[], whenTold: (line: string, stop: () => void) => void = () => {}) {
  const child = spawn(
    process.execPath,
    [join(projectRoot, "commands", "rounds.ts"), "train", ...parameters],
    {
      cwd: projectRoot,
      env: { ...process.env, INIT_CWD: folder },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: 120_000,
    },
  );
  let [stdout, stderr] = ["", ""];
  let interrupted = false;
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
    whenTold(text, () => {
      if (!interrupted) child.kill("SIGINT");
      interrupted = true;
    });
  });
  return new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
}

function write(name: string, value: unknown): void {
  writeFileSync(join(folder, name), JSON.stringify(value));
}

describe("rounds train", () => {
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "rounds-train-command-"));
    const { model, data, optimization } = await tinyConfig(folder, { steps: 500 });
    const train = data.train.map(({ domain, weight }) => ({ domain, weight, path: domain }));
    write("config.json", {
      recipe: "pretraining",
      model: { preset: "tiny-mistral", shape: model.shape },
      data: { train, contextLength: data.contextLength },
      optimization: { ...optimization, steps: 12 },
    });
    write("long.json", {
      recipe: "pretraining",
      model: { preset: "tiny-mistral", shape: model.shape },
      data: { train, contextLength: data.contextLength },
      optimization: { ...optimization, steps: 100_000 },
    });
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("answers a wrong configuration with all its faults, and starts nothing", async () => {
    write("wrong.json", { recipe: "pretraining", optimization: { steps: 0, learningrate: 1 } });
    const { code, stdout, stderr } = await rounds(["wrong.json", "--runs", "runs"]);
    assert.deepEqual([code, stdout], [2, ""]);
    assert.match(stderr, /"optimization\.learningrate" is no key \(did you mean learningRate\?\)/);
    assert.match(stderr, /"optimization\.steps" must be >= 1, got 0/);
    for (const parameters of [
      [],
      ["absent.json"],
      ["config.json", "extra"],
      ["config.json", "--proceses", "2"],
    ])
      assert.equal((await rounds(parameters)).code, 2, parameters.join(" "));
  });

  it("trains what a file in the user's folder says, on several processes, and reports on stdout alone", async () => {
    const { code, stdout, stderr } = await rounds(["config.json", "--runs", "runs", "--processes", "2"]);
    assert.equal(code, 0, stderr);
    const report = JSON.parse(stdout);
    assert.deepEqual([report.state, report.step, report.processes], ["COMPLETED", 12, 2]);
    assert.ok(report.folder.startsWith(join(folder, "runs")), "paths are relative to where the user is");
    assert.deepEqual(Object.keys(report.lossByDomain), ["clinical", "general"]);
    assert.match(
      stderr,
      /step 12 of 12: loss \d\.\d{3} \(clinical \d\.\d{3}, general \d\.\d{3}\), [\d,]+ tokens a second/,
    );
  });

  it("saves on Ctrl-C, ends cleanly, and goes on with --resume", async () => {
    const stopAfterSteps = (line: string, stop: () => void): void => {
      if (/step [1-9]\d* of/.test(line)) stop();
    };
    const first = await rounds(["long.json", "--runs", "runs"], stopAfterSteps);
    assert.equal(first.code, 130, first.stderr);
    const stopped = JSON.parse(first.stdout);
    assert.equal(stopped.state, "CANCELLED");
    assert.match(stopped.evidence, /saved/);
    const again = await rounds(["long.json", "--runs", "runs", "--resume"], stopAfterSteps);
    const resumed = JSON.parse(again.stdout);
    assert.deepEqual([resumed.runId, resumed.attempts], [stopped.runId, 2]);
    assert.ok(resumed.step > stopped.step, "it goes on where it was");
  });
});
