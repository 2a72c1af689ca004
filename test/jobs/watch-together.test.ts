/** Many jobs are watched with one call of the scheduler; here squeue is a script that counts its calls. */
import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { ClusterJobRecord } from "../../lib/jobs/cluster/cluster-record.ts";
import { WatchedState } from "../../lib/jobs/cluster/watch-together.ts";

describe("jobs that are watched together", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "rounds-together-"));
    const programs = join(folder, "programs");
    mkdirSync(programs);
    const squeue = `#!/bin/bash
echo call >> ${folder}/calls
for run in ${join(folder, "cluster", "runs")}/*; do echo "1|rounds-$(basename $run)|RUNNING|None|$run"; done
`;
    writeFileSync(join(programs, "squeue"), squeue);
    chmodSync(join(programs, "squeue"), 0o755);
    const cluster = {
      scheduler: "slurm",
      root: join(folder, "cluster"),
      programsFolder: programs,
      nodes: 1,
      gpusPerNode: 0,
      processorsPerNode: 1,
      memoryGibPerNode: 1,
      environment: { kind: "venv", path: "/venv" },
    };
    const clusters = { version: 1, clusters: { counted: cluster } };
    writeFileSync(join(folder, "clusters.json"), JSON.stringify(clusters));
  });
  after(() => rmSync(folder, { recursive: true }));

  /** A job that was submitted, on both sides. */
  function submitted(id: string): string {
    mkdirSync(join(folder, "cluster", "runs", id), { recursive: true });
    const record: ClusterJobRecord = {
      version: 1,
      runId: id,
      backend: "slurm",
      cluster: "counted",
      clustersFile: join(folder, "clusters.json"),
      specFingerprint: "0",
      tasks: null,
      packageSha256: "0",
      slurmJobId: "1",
      state: "SUBMITTED",
      evidence: "",
      attempts: 0,
      createdAt: "2026-01-01T00:00:00Z",
      history: [],
    };
    mkdirSync(join(folder, "runs", id), { recursive: true });
    writeFileSync(join(folder, "runs", id, "job.json"), JSON.stringify(record));
    return join(folder, "runs", id);
  }

  const calls = (): number => readFileSync(join(folder, "calls"), "utf8").trim().split("\n").length;

  it("share one call of the scheduler, however many they are and however often they ask", async () => {
    const watched = Array.from({ length: 20 }, (_, index) => new WatchedState(submitted(`job-${index}`)));
    const first = await Promise.all(watched.map((each) => each.read()));
    // The first asks at once; those that begin meanwhile, or later, are in one further call.
    assert.ok(calls() <= 2);
    assert.equal(first[0]!.state, "RUNNING");
    const callsBefore = calls();
    for (let look = 0; look < 5; look++) {
      const states = await Promise.all(watched.map(async (each) => (await each.read()).state));
      assert.deepEqual(new Set(states), new Set(["RUNNING"]));
    }
    assert.equal(calls(), callsBefore);
    for (const each of watched) each.close();
  });

  it("are not waited for by a reader that has given up", async () => {
    const watched = new WatchedState(submitted("job-x"));
    const record = await watched.read(AbortSignal.abort());
    assert.equal(record.state, "SUBMITTED");
    watched.close();
  });
});
