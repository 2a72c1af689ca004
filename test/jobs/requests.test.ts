/** What people write: the request of a job, and the clusters file. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { findCluster, readClusters } from "../../lib/jobs/cluster/clusters-file.ts";
import { jobStates } from "../../lib/jobs/job.ts";
import { checkJobSpec, JobSpecError } from "../../lib/jobs/job-spec.ts";
import { listJobs } from "../../lib/jobs/list-jobs.ts";
import { trainConfig } from "../../lib/train/train-config.ts";
import { projectRoot } from "../../setup/paths.mjs";

const good = {
  version: 1,
  name: "work",
  kind: "command",
  command: ["python", "-c", "print(1)"],
  resources: { nodes: 1, gpusPerNode: 8, timeLimitMinutes: 60 },
  restartsMaximum: 2,
  code: { path: "." },
};
const cluster = {
  scheduler: "slurm",
  ssh: { host: "me@login", configFile: "ssh/config" },
  root: "/shared/rounds",
  nodes: 10,
  gpusPerNode: 8,
  processorsPerNode: 96,
  memoryGibPerNode: 1000,
  environment: { kind: "venv", path: "/shared/venv" },
};

function clustersFile(test: TestContext, content: object): { folder: string; path: string } {
  const folder = mkdtempSync(join(tmpdir(), "rounds-clusters-"));
  test.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "clusters.json");
  writeFileSync(path, JSON.stringify(content));
  return { folder, path };
}

function faultsOf(spec: object): readonly string[] {
  try {
    checkJobSpec(spec);
    return [];
  } catch (error) {
    assert.ok(error instanceof JobSpecError);
    return error.faults;
  }
}

describe("the request of a job", () => {
  it("is taken as it is", () => {
    assert.deepEqual(faultsOf(good), []);
  });

  it("is answered with all its faults at once, unknown keys with the nearest", () => {
    const faults = faultsOf({
      ...good,
      name: "No Spaces",
      resource: {},
      resources: { nodes: 0, gpusPerNode: 8 },
    });
    assert.equal(faults.length, 4);
    assert.match(faults.join("\n"), /"resource" is no key \(did you mean resources\?\)/u);
    assert.match(faults.join("\n"), /"resources.timeLimitMinutes" is missing/u);
  });

  it("is for a command or a training, not both, and a training is checked to the end", () => {
    const { command: _none, ...rest } = good;
    assert.deepEqual(faultsOf({ ...rest, kind: "train" }), [
      '"config" is missing: the job\'s kind is "train"',
    ]);
    const faults = faultsOf({ ...rest, kind: "train", config: { version: 1, recipe: "neftun" } });
    assert.ok(
      faults.some((fault) => fault.startsWith('"config.recipe" must be one of')),
      faults.join("\n"),
    );
  });

  it("holds no secrets", () => {
    const [fault, ...more] = faultsOf({ ...good, environment: { HF_TOKEN: "x", OMP_NUM_THREADS: "1" } });
    assert.match(fault!, /^"environment.HF_TOKEN" must be no secret/u);
    assert.ok(!fault!.includes('"x"'));
    assert.deepEqual(more, []);
  });
});

describe("docs/jobs.md", () => {
  const guide = readFileSync(join(projectRoot, "docs", "jobs.md"), "utf8");
  const blocks = [...guide.matchAll(/^```json\n([\s\S]+?)^```$/gmu)].map(([, text]) => JSON.parse(text!));

  it("shows a clusters file and a job that are taken", async (test) => {
    const [clusters, job, ...more] = blocks;
    assert.deepEqual(more, []);
    const { path } = clustersFile(test, clusters);
    assert.deepEqual([...(await readClusters(path)).keys()], ["h100"]);
    const data = { train: [{ domain: "clinical", path: "tokens", weight: 1 }], heldOut: [] };
    const config = trainConfig("pretraining", { model: { preset: "tiny-mistral" }, data });
    assert.deepEqual(faultsOf({ ...job, config }), []);
  });

  it("names every state", () => {
    const table = guide.slice(guide.indexOf("## States"));
    for (const state of jobStates) assert.match(table, new RegExp(`\\b${state}\\b`, "u"));
  });
});

describe("the clusters file", () => {
  it("is read by name; its ssh configuration lies beside it", async (test) => {
    const { folder, path } = clustersFile(test, { version: 1, clusters: { h100: cluster } });
    assert.deepEqual(await findCluster("h100", path), {
      name: "h100",
      ...cluster,
      ssh: { host: "me@login", configFile: join(folder, "ssh", "config") },
    });
    await assert.rejects(findCluster("h10", path), {
      name: "ArgumentError",
      message: '"cluster" must be one of local, h100 (did you mean h100?), got "h10" (string)',
    });
  });

  it("is answered with all its faults, unknown keys with the nearest", async (test) => {
    const { path } = clustersFile(test, {
      version: 1,
      clusters: { h100: { ...cluster, root: "relative", gpuPerNode: 8, ssh: { host: "-oProxyCommand=x" } } },
    });
    await assert.rejects(readClusters(path), (error: Error) => {
      assert.equal(error.name, "DataError");
      assert.match(error.message, /"clusters.h100.gpuPerNode" is no key \(did you mean gpusPerNode\?\)/u);
      assert.match(error.message, /"clusters.h100.root" must match pattern/u);
      assert.match(error.message, /"clusters.h100.ssh.host" must match pattern/u);
      return true;
    });
  });

  it("that is not there says where it is looked for", async () => {
    await assert.rejects(
      readClusters("/nowhere/clusters.json"),
      /is not there: .+ROUNDS_CLUSTERS or --config/u,
    );
  });
});

describe("jobs of a cluster that is not described any more", () => {
  it("are unknown, and do not hide the others", async (test) => {
    const { folder, path } = clustersFile(test, { version: 1, clusters: {} });
    const record = {
      version: 1,
      runId: "lost",
      backend: "slurm",
      cluster: "h100",
      clustersFile: path,
      tasks: null,
      slurmJobId: "7",
      state: "RUNNING",
      evidence: "squeue: job 7 RUNNING",
      attempts: 1,
      createdAt: "2026-01-01T00:00:00Z",
      history: [],
    };
    mkdirSync(join(folder, "runs", "lost"), { recursive: true });
    writeFileSync(join(folder, "runs", "lost", "job.json"), JSON.stringify(record));
    const [job, ...more] = await listJobs({ runs: join(folder, "runs") });
    assert.deepEqual(more, []);
    assert.equal(job!.state, "UNKNOWN");
    assert.match(job!.evidence, /^it cannot be asked: "cluster" must be one of local/u);
  });
});
