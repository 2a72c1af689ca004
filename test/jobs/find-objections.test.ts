import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Cluster } from "../../lib/jobs/cluster/cluster.ts";
import type { JobSpec } from "../../lib/jobs/job-spec.ts";
import { minutesOf, parseFacts } from "../../lib/jobs/plan/cluster-facts.ts";
import { findObjections } from "../../lib/jobs/plan/find-objections.ts";
import { resolveResources } from "../../lib/jobs/slurm/resolve-resources.ts";
import { trainConfig } from "../../lib/train/train-config.ts";

const cluster: Cluster = {
  name: "h100",
  scheduler: "slurm",
  root: "/shared/rounds",
  nodes: 10,
  gpusPerNode: 8,
  processorsPerNode: 96,
  memoryGibPerNode: 1000,
  environment: { kind: "venv", path: "/shared/venv" },
};
const spec: JobSpec = {
  version: 1,
  name: "work",
  kind: "command",
  command: ["true"],
  resources: { nodes: 2, gpusPerNode: 8, timeLimitMinutes: 60 },
  restartsMaximum: 3,
  code: { path: "/code" },
};
const partitions = [
  "partition gpu*|up|8|96|1048576|gpu:h100:8(S:0-1)|2-00:00:00",
  "partition cpu|up|4|64|256000|(null)|infinite",
];

function objections(changes: Partial<JobSpec>, facts: readonly string[] = [], place = cluster): string[] {
  const job = { ...spec, ...changes };
  return findObjections(
    job,
    resolveResources(job, place),
    place,
    parseFacts(["root ok", ...partitions, ...facts]),
  );
}

describe("what speaks against a job", () => {
  it("is nothing where it fits", () => {
    assert.deepEqual(objections({}), []);
  });

  it("is every resource that is not there", () => {
    const resources = {
      nodes: 11,
      gpusPerNode: 2,
      processorsPerNode: 97,
      memoryGib: 1001,
      timeLimitMinutes: 60,
    };
    assert.deepEqual(objections({ resources }), [
      "nodes: 11 asked for, h100 has 10",
      "processors of a node: 97 asked for, a node of h100 has 96",
      "GiB of a node: 1001 asked for, a node of h100 has 1000",
    ]);
  });

  it("is what the scheduler has, where the clusters file promises more", () => {
    const resources = { nodes: 9, gpusPerNode: 8, timeLimitMinutes: 3000 };
    assert.deepEqual(objections({ resources }), [
      "partition gpu has 8 nodes with 8 GPUs, 96 processors and 950 GiB, 9 are asked for",
      "the time limit is 3000 minutes, partition gpu allows 2880",
    ]);
  });

  it("is a partition that is not there, with the nearest", () => {
    assert.deepEqual(objections({}, [], { ...cluster, partition: "gpus" }), [
      "partition gpus is not on h100 (did you mean gpu?); there are gpu, cpu",
    ]);
  });

  it("is a dependency that can never hold", () => {
    const depends = (job: string, condition: "success" | "end") => ({ job, condition });
    const facts = [
      "job good known 11",
      "job lost gone 12",
      'job failed ended {"exitCode":3,"reason":"failed"}',
      "job never none",
    ];
    const dependsOn = [
      depends("good", "success"),
      depends("lost", "end"),
      depends("failed", "success"),
      depends("failed", "end"),
      depends("never", "end"),
    ];
    assert.deepEqual(objections({ dependsOn }, facts), [
      "dependency on job lost (Slurm 12), which the scheduler has forgotten and which left no exit.json",
      "dependency on the success of job failed, which ended with exit code 3",
      "dependency on job never, which is unknown: it was not submitted there",
    ]);
  });

  it("is a time limit under the checkpoint interval, however fast the GPUs are", () => {
    const data = { train: [{ domain: "clinical", path: "/shared/tokens", weight: 1 }], heldOut: [] };
    const config = trainConfig("pretraining", {
      model: { preset: "mistral-7b" },
      data,
      optimization: { steps: 10_000, rowsPerStep: 1024 },
      checkpoint: { everySteps: 1000 },
    } as never);
    const { command: _none, ...train } = { ...spec, kind: "train" as const, config };
    const at = (timeLimitMinutes: number) => ({
      ...train,
      resources: { nodes: 2, gpusPerNode: 8, timeLimitMinutes },
    });
    const [objection, ...more] = objections(at(60));
    assert.match(
      objection!,
      /^the time limit of 60 minutes is under the checkpoint interval: 1000 steps take at least \d+ minutes$/u,
    );
    assert.deepEqual(more, []);
    assert.deepEqual(objections(at(2880)), []);
  });

  it("is a path that is not there, and a root that cannot be written to", () => {
    assert.deepEqual(objections({}, ["path no /a b", "path yes /c", "manifest no /d/manifest.json"]), [
      "/a b is not on h100",
      "/d/manifest.json is not on h100: these token shards are missing or not finished",
    ]);
    const facts = parseFacts(["root bad mkdir: Permission denied", ...partitions]);
    assert.deepEqual(findObjections(spec, resolveResources(spec, cluster), cluster, facts), [
      "/shared/rounds cannot be written to: mkdir: Permission denied",
    ]);
  });

  it("is an array longer than the scheduler takes", () => {
    assert.deepEqual(objections({ array: { tasks: 2000 } }, ["array 1001"]), [
      "tasks of an array: 2000 asked for, h100 has 1000",
    ]);
  });
});

describe("a time limit of Slurm", () => {
  it("is read in all its forms", () => {
    const limits = ["30:00", "1:00:00", "7-00:30:00", "infinite", "n/a"];
    assert.deepEqual(limits.map(minutesOf), [30, 60, 10_110, undefined, undefined]);
  });
});
