/** Whether a job carries restricted data or a model of it to where it runs. */
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { it } from "node:test";

import { notedSensitivity, recordMade } from "../../lib/core/lineage.ts";
import { approveCluster } from "../../lib/jobs/approve-cluster.ts";
import type { JobSpec } from "../../lib/jobs/job-spec.ts";
import { submitJob } from "../../lib/jobs/submit-job.ts";
import { trainConfig } from "../../lib/train/train-config.ts";
import { sensitivityOfSpec } from "../../lib/jobs/sensitivity-of-spec.ts";
import { temporaryFolder } from "../corpus/near-duplicates/duplicate-cases.ts";
import { withEnvironment } from "../data/with-environment.ts";

it("a job is restricted by its inputs, data, first weights and tokenizer, however they say it", (test) => {
  const folder = temporaryFolder(test);
  withEnvironment(test, { ROUNDS_LINEAGE: join(folder, "lineage") });
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  write("public/manifest.json", '{"sensitivity":"public"}');
  write("public-model/provenance.json", '{"data":[{"sensitivity":"public"}]}');
  write("declared/.rounds-sensitivity", "restricted");
  write("shards/manifest.json", '{"sensitivity":"restricted"}');
  write("model/provenance.json", '{"data":[{"sensitivity":"public"},{"sensitivity":"restricted"}]}');
  const made = { from: [], sensitivity: "restricted", step: "x" } as const;
  recordMade({ ...made, kind: "table", path: join(folder, "made/notes.csv") });
  const restricted = ["declared", "declared/below/notes.csv", "shards", "model", "made", "made/notes.csv"];
  for (const path of ["public", "public-model", "nothing", ...restricted]) {
    const config = (train: string, begin: string, tokenizer: string | null) => ({
      data: { train: [{ path: train }], heldOut: [] },
      model: { initializeFrom: { kind: "safetensors", path: begin }, tokenizer },
    });
    const specs = [
      { inputs: [path] },
      { config: config(path, "public", null) },
      { config: config("public", path, null) },
      { config: config("public", "public", path) },
    ] as unknown as JobSpec[];
    for (const spec of specs) {
      const expected = restricted.includes(path) ? "restricted" : "public";
      assert.equal(sensitivityOfSpec(spec, folder), expected, JSON.stringify(spec));
    }
  }
});

it("the run of a job that is said to be restricted is noted so, though nothing that it names is", async (test) => {
  const folder = temporaryFolder(test);
  const config = join(folder, "clusters.json");
  withEnvironment(test, {
    ROUNDS_LINEAGE: join(folder, "lineage"),
    ROUNDS_AUDIT_FILE: join(folder, "audit.jsonl"),
    ROUNDS_APPROVALS: join(folder, "approvals.json"),
  });
  const room = { nodes: 1, gpusPerNode: 0, processorsPerNode: 1, memoryGibPerNode: 1 };
  // Its folder cannot be made: nothing is ever sent.
  const here = { scheduler: "slurm", root: "/dev/null/rounds", ...room };
  const environment = { kind: "venv", path: "/dev/null/venv" };
  writeFileSync(config, JSON.stringify({ version: 1, clusters: { here: { ...here, environment } } }));
  await approveCluster("here", { config, reason: "a test" });
  mkdirSync(join(folder, "code"));
  writeFileSync(join(folder, "code", "a.py"), "1");
  const spec: JobSpec = {
    version: 1,
    name: "tuning",
    kind: "train",
    config: trainConfig("pretraining", { model: { preset: "tiny-mistral" } }),
    resources: { nodes: 1, gpusPerNode: 0, timeLimitMinutes: 1 },
    restartsMaximum: 0,
    code: { path: join(folder, "code") },
  };
  const options = { cluster: "here", config, runs: join(folder, "runs"), patienceSeconds: 0 };
  for (const sensitivity of ["public", "restricted"] as const) {
    await assert.rejects(submitJob(spec, { ...options, token: sensitivity, sensitivity }));
    assert.equal(notedSensitivity(join(options.runs, sensitivity)), sensitivity);
  }
});
