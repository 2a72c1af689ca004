/** The interface of clusters on this machine. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import type { AuditEntry } from "../../lib/core/audit-log.ts";
import { notedSensitivityAbove } from "../../lib/core/lineage.ts";
import type { JobSpec } from "../../lib/jobs/job-spec.ts";
import { listJobs, showJob } from "../../lib/jobs/list-jobs.ts";
import { planJob } from "../../lib/jobs/plan/plan-job.ts";
import { submitJob } from "../../lib/jobs/submit-job.ts";
import { withEnvironment } from "../data/with-environment.ts";

function world(test: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), "rounds-local-"));
  test.after(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, "code"));
  writeFileSync(join(folder, "code", "work.sh"), 'echo "$RUN_FOLDER" >> ../work; echo done\n');
  const spec: JobSpec = {
    version: 1,
    name: "work",
    kind: "command",
    command: ["sh", "work.sh"],
    resources: { nodes: 1, gpusPerNode: 0, timeLimitMinutes: 5 },
    restartsMaximum: 0,
    code: { path: "code" },
  };
  const options = { cluster: "local", runs: join(folder, "runs"), directory: folder };
  return { folder, spec, options };
}

describe("a job on this machine", () => {
  it("runs in the folder of its code, and is listed with what its state is concluded from", async (test) => {
    const { folder, spec, options } = world(test);
    const log = join(folder, "audit.jsonl");
    withEnvironment(test, { ROUNDS_AUDIT_FILE: log, ROUNDS_LINEAGE: join(folder, "lineage") });
    const job = await submitJob(spec, { ...options, token: "one", sensitivity: "restricted" });
    assert.equal((await job.ended()).state, "COMPLETED");
    const [submitted] = readFileSync(log, "utf8").split("\n");
    const { action, subject, detail } = JSON.parse(submitted!) as AuditEntry;
    assert.deepEqual([action, subject, detail], ["submit", "one", { cluster: "local", job: "work" }]);
    assert.equal(notedSensitivityAbove(join(folder, "runs", "one", "found.csv")), "restricted");
    assert.equal(readFileSync(join(folder, "work"), "utf8"), `${join(folder, "runs", "one")}\n`);
    const [listed, ...more] = await listJobs({ runs: options.runs });
    assert.deepEqual(more, []);
    const { id, cluster, state, evidence } = listed!;
    assert.deepEqual(
      { id, cluster, state, evidence },
      { id: "one", cluster: "local", state: "COMPLETED", evidence: "exit code 0" },
    );
    const { history } = await showJob("one", { runs: options.runs });
    assert.deepEqual(
      history.map((each) => each.state),
      ["PLANNED", "RUNNING", "COMPLETED"],
    );
  });

  it("works once for many submissions of one token at once, and another request is refused", async (test) => {
    const { folder, spec, options } = world(test);
    const submissions = Array.from({ length: 6 }, () => submitJob(spec, { ...options, token: "same" }));
    for (const job of await Promise.all(submissions)) assert.equal((await job.ended()).state, "COMPLETED");
    await submitJob(spec, { ...options, token: "same" });
    assert.equal(readFileSync(join(folder, "work"), "utf8").split("\n").length - 1, 1);
    await assert.rejects(submitJob({ ...spec, command: ["true"] }, { ...options, token: "same" }), {
      name: "ArgumentError",
      message: /"token" must be new for another request/u,
    });
  });

  it("is refused with everything that needs a queue, and leaves nothing", async (test) => {
    const { spec, options } = world(test);
    const request: JobSpec = {
      ...spec,
      resources: { ...spec.resources, nodes: 2 },
      dependsOn: [{ job: "other", condition: "end" }],
      array: { tasks: 3 },
    };
    const objections = [
      "nodes: 2 asked for, there is one",
      "dependsOn: there is no queue; await the other job's completed()",
      "array: there is no queue; submit the tasks one by one",
    ];
    const { cluster, directory } = options;
    assert.deepEqual((await planJob(request, { cluster, directory })).objections, objections);
    assert.deepEqual((await planJob(spec, { cluster, directory })).objections, []);
    const submitted = submitJob(request, { ...options, token: "much" });
    await assert.rejects(submitted, { name: "JobError", objections });
    assert.throws(() => readdirSync(options.runs), { code: "ENOENT" });
  });

  it("that is not there is answered with the nearest", async (test) => {
    const { spec, options } = world(test);
    await (await submitJob(spec, { ...options, token: "pretraining-1" })).ended();
    await assert.rejects(showJob("pretrainin-1", { runs: options.runs }), /did you mean pretraining-1\?/u);
  });
});
