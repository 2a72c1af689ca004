/** Submission with all its guarantees and a look at a job, against submitit on the same Slurm; a list of 1,000 jobs. */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

import { readClusterRecord, type ClusterJobRecord } from "../lib/jobs/cluster/cluster-record.ts";
import { submitJob, type Job } from "../lib/jobs/submit-job.ts";
import { projectNode, projectRoot, venvPython } from "../setup/paths.mjs";
import { SlurmCluster } from "../test/slurm/slurm-cluster.ts";
import { interleave, median, milliseconds, pairedRatio, summary, type Measurement } from "./harness.ts";

const run = promisify(execFile);
const rounds = 15;
const listed = 1000;
const lists = 5;

export default async function jobsBenchmark(): Promise<Measurement[]> {
  const folder = mkdtempSync(join(tmpdir(), "rounds-bench-jobs-"));
  for (const name of ["slurm", "programs", "code", "peer"]) mkdirSync(join(folder, name));
  const slurm = await SlurmCluster.start(join(folder, "slurm"), 4, { gpusPerNode: 8 });
  const before = { ...process.env };
  try {
    // submitit asks accounting alone, which is not there: one that answers from the queue.
    const sacct = "echo 'JobID|State|NodeList'; exec squeue -h -t all -o '%i|%T|%N'";
    writeFileSync(join(folder, "programs", "sacct"), `#!/bin/sh\n${sacct}\n`, { mode: 0o755 });
    const environment = {
      SLURM_CONF: slurm.environment["SLURM_CONF"]!,
      ROUNDS_CLUSTERS: join(folder, "clusters.json"),
      ROUNDS_RUNS: join(folder, "runs"),
    };
    Object.assign(process.env, environment);
    writeFileSync(join(folder, "code", "work.sh"), "true\n");
    writeFileSync(
      environment.ROUNDS_CLUSTERS,
      JSON.stringify({ version: 1, clusters: { loopback: clusterOf(folder) } }),
    );
    const against = await againstSubmitit(folder, slurm);
    return [...against, await listOfMany(folder, slurm)];
  } finally {
    process.env = before;
    await slurm.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function clusterOf(folder: string): object {
  return {
    scheduler: "slurm",
    root: join(folder, "root"),
    nodes: 4,
    gpusPerNode: 8,
    processorsPerNode: 16,
    memoryGibPerNode: 64,
    environment: { kind: "venv", path: join(projectRoot, ".venv") },
  };
}

/** The controller starts jobs meanwhile, and answers nobody. */
async function settled<Result>(work: () => Promise<Result>): Promise<Result> {
  await sleep(1500);
  return work();
}

async function againstSubmitit(folder: string, slurm: SlurmCluster): Promise<Measurement[]> {
  const path = `${join(folder, "programs")}:${process.env["PATH"]}`;
  const peer = spawn(venvPython, [join(projectRoot, "bench", "submitit_peer.py"), join(folder, "peer")], {
    env: { ...process.env, PATH: path },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const answers = createInterface({ input: peer.stdout })[Symbol.asyncIterator]();
  const ask = async (word: string): Promise<number> => {
    peer.stdin.write(`${word}\n`);
    const { value } = await answers.next();
    return 1000 * Number(value);
  };
  let job: Job | undefined;
  const submit = () =>
    milliseconds(async () => (job = await submitJob(request(folder), { cluster: "loopback" })));
  // Once each: what is loaded, and the code that is brought there.
  for (const warmUp of [submit, () => ask("submit")]) await warmUp();
  const submits = await interleave(rounds, {
    ours: () => settled(submit),
    peer: () => settled(() => ask("submit")),
  });
  // Of jobs that wait, so that there is something to ask.
  await slurm.call("scontrol", "update", "PartitionName=batch", "State=DOWN");
  await submit();
  await ask("submit");
  const looks = await interleave(rounds, {
    ours: () => settled(() => milliseconds(() => job!.status())),
    peer: () => settled(() => ask("status")),
  });
  await slurm.call("scontrol", "update", "PartitionName=batch", "State=UP");
  peer.stdin.end();
  await once(peer, "close");
  return [ratio("submit / submitit's submit", submits), ratio("status of a job / submitit's", looks)];
}

function ratio(what: string, { ours, peer }: { ours: number[]; peer: number[] }): Measurement {
  return {
    what,
    value: pairedRatio(ours, peer),
    unit: "ratio",
    atMost: 1.5,
    detail: `${summary(ours, "ms")} against ${summary(peer, "ms")}`,
  };
}

function request(folder: string) {
  return {
    version: 1,
    name: "bench",
    kind: "command",
    command: ["bash", "work.sh"],
    resources: { nodes: 1, gpusPerNode: 0, timeLimitMinutes: 5 },
    restartsMaximum: 0,
    code: { path: join(folder, "code") },
  } as const;
}

/** Of jobs that wait in a real queue, from the command line to its last line. */
async function listOfMany(folder: string, slurm: SlurmCluster): Promise<Measurement> {
  await slurm.idle(60_000);
  const runs = join(folder, "runs-listed");
  const one = await submitJob(request(folder), { cluster: "loopback" });
  const example = await readClusterRecord(one.folder);
  for (let index = 0; index < listed; index++) {
    const id = `job-${index}`;
    const place = join(folder, "root", "runs", id);
    mkdirSync(place, { recursive: true });
    const hold = ["--parsable", "--hold", `--job-name=rounds-${id}`, `--chdir=${place}`, "--wrap=true"];
    const slurmJobId = await slurm.call("sbatch", ...hold);
    const record: ClusterJobRecord = { ...example, runId: id, state: "SUBMITTED", slurmJobId };
    mkdirSync(join(runs, id), { recursive: true });
    writeFileSync(join(runs, id, "job.json"), JSON.stringify(record));
  }
  const program = [join(projectRoot, "commands", "rounds.ts"), "jobs", "list", "--runs", runs];
  const times: number[] = [];
  for (let round = 0; round < lists; round++) {
    times.push(
      await milliseconds(async () => {
        const { stdout } = await run(projectNode, program, { maxBuffer: 2 ** 26 });
        const { jobs } = JSON.parse(stdout) as { jobs: { state: string }[] };
        if (jobs.filter(({ state }) => state === "PENDING").length !== listed)
          throw new Error("not every job was seen to wait");
      }),
    );
  }
  return {
    what: `list of ${listed} waiting jobs, from the command line to its end`,
    value: median(times),
    unit: "ms",
    atMost: 1000,
    detail: summary(times, "ms"),
  };
}
