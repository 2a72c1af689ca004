/** The trainer on this machine, started, stopped, killed and taken up again. */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { readJob } from "../../lib/jobs/job.ts";
import { LocalJob } from "../../lib/jobs/local/local-job.ts";
import { childrenOf, identityOf, isRunning } from "../../lib/jobs/local/process-identity.ts";
import { exportCheckpoint } from "../../lib/jobs/local/export-checkpoint.ts";
import { writeTokenShards } from "../../lib/corpus/tokens/write-shards.ts";
import { resumeTraining, startTraining } from "../../lib/jobs/local/start-training.ts";
import { findDocument } from "../../lib/lab/takedown/find-document.ts";
import { readMetrics } from "../../lib/runs/read-metrics.ts";
import { projectRoot } from "../../setup/paths.mjs";
import { until } from "../support/until.ts";
import { tinyConfig } from "./tiny-run.ts";

let folder: string;
let runs: string;
const environment = { ...process.env };

async function untilStep(job: LocalJob, step: number): Promise<void> {
  const isThere = async () => ((await readMetrics(job.folder)).train.at(-1)?.step ?? 0) >= step;
  await until(`step ${step}`, isThere, 180_000);
}

function endsOf(job: LocalJob): Promise<number[]> {
  return readMetrics(job.folder).then(({ train }) => train.map(({ step }) => step));
}

describe("training on this machine", () => {
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "rounds-training-"));
    runs = join(folder, "runs");
    // That of all tests grows while documents are looked for.
    process.env["ROUNDS_LINEAGE"] = join(folder, "lineage");
  });
  after(() => {
    process.env = environment;
    rmSync(folder, { recursive: true, force: true });
  });

  it("leaves a run folder with the whole request, every step's loss by domain, and checkpoints", async () => {
    const config = await tinyConfig(join(folder, "tokens"), { steps: 10 });
    const job = await startTraining(config, { runs, name: "whole" });
    assert.match(job.runId, /^\d{4}-\d\d-\d\d-\d{6}-whole-[0-9a-f]{6}$/);
    assert.equal((await job.completed()).state, "COMPLETED");

    const spec = JSON.parse(readFileSync(join(job.folder, "spec.json"), "utf8"));
    assert.deepEqual(spec.config, await job.config());
    assert.equal(spec.data.length, 3);
    for (const { fingerprint } of spec.data) assert.match(fingerprint, /^sha256:[0-9a-f]{64}$/);
    if (existsSync(join(projectRoot, ".git"))) assert.match(spec.code.commit, /^[0-9a-f]{40}$/);
    assert.ok(spec.machine.processors >= 1);

    const { train, heldOut, events } = await readMetrics(job.folder);
    assert.deepEqual(
      train.map(({ step }) => step),
      Array.from({ length: 10 }, (_, index) => index + 1),
    );
    for (const { loss, lossByDomain, supervisedTokens, step } of train) {
      const domains = Object.values(lossByDomain);
      const sum = domains.reduce((total, domain) => total + domain.loss * domain.tokens, 0);
      const tokens = domains.reduce((total, domain) => total + domain.tokens, 0);
      assert.ok(Math.abs(sum / tokens - loss) < 1e-9, "the domains' sums are the total");
      assert.equal(supervisedTokens, step * tokens);
    }
    assert.ok(train.at(-1)!.loss < train[0]!.loss - 0.5, "it learns");
    assert.deepEqual(
      heldOut.map(({ step }) => step),
      [0, 5, 10],
    );
    assert.deepEqual([events[0]?.event, events.at(-1)?.event], ["started", "finished"]);
    await assert.rejects(resumeTraining(job.folder), /is complete; there is nothing to resume/);

    await assert.rejects(
      exportCheckpoint(job, { step: 7 }),
      /has no checkpoint of step 7: complete are 5, 10/,
    );
    const model = await exportCheckpoint(job, { precision: "float32" });
    assert.equal(model, join(job.folder, "export", "10-float32"));
    assert.deepEqual(
      ["README.md", "config.json", "model.safetensors"].filter((name) => !existsSync(join(model, name))),
      [],
    );
    assert.equal(await exportCheckpoint(job, { precision: "float32" }), model, "it is made once");
  });

  it("keeps what went in under which licence, and exports for no purpose that it is not open to", async () => {
    const tiny = await tinyConfig(join(folder, "licensed"), { steps: 2 });
    const [clinical, general] = tiny.data.train;
    const tokens = Uint32Array.of(1, 2, 3);
    const { tokenizer } = JSON.parse(readFileSync(join(general!.path, "manifest.json"), "utf8"));
    const samples = ["CC-BY-4.0", "CC-BY-NC-4.0", "CC-BY-4.0"].map((licence, index) => {
      return {
        id: `planted-${index}`,
        source: "some.jsonl",
        licence,
        sensitivity: "public" as const,
        tokens,
      };
    });
    await writeTokenShards(clinical!.path, samples, { domain: "clinical", tokenizer });
    await assert.rejects(startTraining({ ...tiny, purpose: "commercial" }, { runs }), {
      name: "LicenceConflictError",
      message:
        /1 document with 4 tokens in clinical: CC-BY-NC-4\.0 \(non-commercial\); from some\.jsonl; planted-1\n/u,
    });
    const job = await startTraining(tiny, { runs, name: "licensed" });
    await job.completed();
    const spec = JSON.parse(readFileSync(join(job.folder, "spec.json"), "utf8"));
    assert.deepEqual(spec.licences.terms, ["attribution", "non-commercial"]);
    const refused = exportCheckpoint(job, { purpose: "commercial" });
    await assert.rejects(refused, {
      name: "LicenceConflictError",
      purpose: "commercial",
      message: /^Checkpoint 2 of run \S+ is not open .*planted-1/su,
    });
    assert.ok(!existsSync(join(job.folder, "export")), "nothing is left of it");
    const model = await exportCheckpoint(job, { purpose: "research" });
    assert.deepEqual(JSON.parse(readFileSync(join(model, "provenance.json"), "utf8")).purpose, "research");

    const { found } = await findDocument("planted-1", { runs, folders: [folder] });
    assert.deepEqual(
      found.map(({ kind, path, relation }) => [kind, path, relation]).toSorted(),
      [
        ["checkpoint", join(job.folder, "checkpoints", "2"), "trained on it"],
        ["model", model, "trained on it"],
        ["run", job.folder, "trained on it"],
        ["shards", clinical!.path, "holds it"],
      ].toSorted(),
    );

    // Trained on from it, on documents that are open to all.
    const open = { ...tiny.data, train: [general!] };
    const initializeFrom = { kind: "safetensors" as const, path: model };
    const further = { ...tiny, data: open, model: { ...tiny.model, initializeFrom } };
    await assert.rejects(
      startTraining({ ...further, purpose: "commercial" }, { runs }),
      /in 2-bfloat16-research: clinical: CC-BY-NC-4\.0 \(non-commercial\)/u,
    );
  });

  it("refuses before it starts what cannot be trained", async () => {
    const config = await tinyConfig(join(folder, "tokens"), { steps: 10 });
    const missing = {
      ...config,
      data: { ...config.data, heldOut: [{ domain: "x", path: "nowhere", rows: 1 }] },
    };
    await assert.rejects(startTraining(missing, { runs }), /nowhere\/manifest\.json is missing/);
    const shape = { ...config.model.shape!, vocabularySize: 64 };
    await assert.rejects(
      startTraining({ ...config, model: { ...config.model, shape } }, { runs }),
      /has tokens up to 96, the model has 64/,
    );
    await assert.rejects(
      startTraining(config, { runs, processes: 3 }),
      /"processes" must be such that rowsPerStep 4/,
    );
  });

  it("saves on a request to stop, and goes on at the next step as if it had not been stopped", async () => {
    const config = await tinyConfig(join(folder, "tokens"), { steps: 60 });
    const job = await startTraining(config, { runs, name: "stopped" });
    await untilStep(job, 3);
    const stopped = await job.stop();
    assert.equal(stopped.state, "CANCELLED");
    const done = await endsOf(job);
    assert.ok(done.length < 60);

    const again = await resumeTraining(config, { runs });
    assert.equal(again.folder, job.folder, "a configuration finds its newest run");
    await again.completed();
    assert.deepEqual(
      await endsOf(again),
      Array.from({ length: 60 }, (_, index) => index + 1),
    );
    const { train, skippedLines } = await readMetrics(again.folder);
    assert.equal(
      train.findIndex(({ attempt }) => attempt === 2),
      done.length,
      "no step is done twice",
    );
    assert.equal(skippedLines, 0);
  });

  it("with several processes: what is killed has failed, leaves nothing running, and resumes with one", async () => {
    const config = await tinyConfig(join(folder, "tokens"), { steps: 400 }, { everySteps: 2 });
    const job = await startTraining(config, { runs, name: "killed", processes: 2 });
    await untilStep(job, 5);
    const { trainer } = (await readJob(job.folder)).attempts[0]!;
    const workers = childrenOf(trainer!.pid).map((pid) => identityOf(pid)!);
    assert.equal(workers.length, 2);
    process.kill(trainer!.pid, "SIGKILL");
    const failed = await job.ended();
    assert.equal(failed.state, "FAILED");
    assert.match(failed.evidence, /SIGKILL/);
    await until("the workers end", () => !workers.some(isRunning), 180_000);

    const reached = (await endsOf(job)).at(-1)!;
    const again = await resumeTraining(job.folder, { processes: 1 });
    await untilStep(again, reached + 2);
    assert.equal((await again.stop()).state, "CANCELLED");
    const { train } = await readMetrics(job.folder);
    assert.deepEqual(
      train.map(({ step }) => step),
      train.map((_, index) => index + 1),
      "no step is missing",
    );
    assert.equal(train.at(-1)!.worldSize, 1);
  });
});
