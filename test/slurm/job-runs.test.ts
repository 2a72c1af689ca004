/** Jobs on a Slurm of two nodes, over ssh: they save and restart, survive failures, and are watched through broken connections. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { DISPLAY_SYMBOL } from "../../lib/display/bundle.ts";
import { adoptJob } from "../../lib/jobs/adopt-job.ts";
import { cancelJob } from "../../lib/jobs/cancel-job.ts";
import { ClusterJob } from "../../lib/jobs/cluster/cluster-job.ts";
import { readAttempts } from "../../lib/jobs/cluster/read-attempts.ts";
import type { ExitFile } from "../../lib/jobs/cluster/run-files.ts";
import { fetchJob } from "../../lib/jobs/fetch-job.ts";
import { jobLogs } from "../../lib/jobs/job-logs.ts";
import type { JobSpec } from "../../lib/jobs/job-spec.ts";
import { onCheckpoint } from "../../lib/jobs/on-checkpoint.ts";
import { submitChain } from "../../lib/jobs/submit-chain.ts";
import { submitJob } from "../../lib/jobs/submit-job.ts";
import { watch } from "../../lib/lab/watch.ts";
import { readGoodput } from "../../lib/runs/goodput/read-goodput.ts";
import type { TrainConfig } from "../../lib/train/train-config.ts";
import { projectRoot, venv } from "../../setup/paths.mjs";
import { until } from "../support/until.ts";
import { tinyConfig } from "../trainer/tiny-run.ts";
import { logOf, readLog, rowsOf, stepsOf, sumsOf, workersOf } from "./run-traces.ts";
import { skipWithoutSlurm, SlurmCluster } from "./slurm-cluster.ts";

const shards = "shards";

describe("jobs on a cluster", { skip: skipWithoutSlurm(), timeout: 900_000 }, () => {
  let folder: string;
  let slurm: SlurmCluster;
  let config: TrainConfig;
  /** Of the fastest step on this machine: what runs so long runs no shorter when the machine falls idle. */
  let stepSeconds = 0.1;

  const root = () => join(folder, "cluster");
  const runs = () => join(folder, "runs");
  const remote = (job: { runId: string }, ...names: string[]) => join(root(), "runs", job.runId, ...names);
  const options = () => ({ cluster: "loopback", config: join(folder, "clusters.json"), runs: runs() });

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "rounds-jobs-"));
    mkdirSync(join(folder, "slurm"));
    slurm = await SlurmCluster.start(join(folder, "slurm"), 2, {
      gpusPerNode: 8,
      ssh: true,
      settings: { SlurmdTimeout: 5, MessageTimeout: 5 },
    });
    mkdirSync(root());
    const cluster = {
      scheduler: "slurm",
      ssh: { host: "loopback", configFile: slurm.sshConfig },
      root: root(),
      nodes: 2,
      gpusPerNode: 8,
      processorsPerNode: 16,
      memoryGibPerNode: 64,
      environment: { kind: "venv", path: venv },
      variables: { OMP_NUM_THREADS: "1" },
    };
    const clusters = { loopback: cluster, faulty: { ...cluster, programsFolder: join(folder, "faulty") } };
    writeFileSync(join(folder, "clusters.json"), JSON.stringify({ version: 1, clusters }));
    const code = join(folder, "code");
    cpSync(join(projectRoot, "trainer"), join(code, "trainer"), {
      recursive: true,
      filter: (path) => !path.includes("__pycache__"),
    });
    config = await tinyConfig(join(root(), shards), { steps: 1, rowsPerStep: 16, rowsPerMicroBatch: 2 });
  });
  after(async () => {
    await slurm?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** FSDP over both nodes, one process on each. */
  function training(steps: number, everySteps: number): JobSpec {
    return {
      version: 1,
      name: "training",
      kind: "train",
      config: {
        ...config,
        optimization: { ...config.optimization, steps },
        heldOutEverySteps: everySteps,
        checkpoint: { everySteps, keepLast: 3, keepEverySteps: null },
      },
      resources: { nodes: 2, gpusPerNode: 8, processesPerNode: 1, timeLimitMinutes: 10 },
      restartsMaximum: 10,
      code: { path: join(folder, "code") },
    };
  }

  function command(script: string, rest: Partial<JobSpec> = {}): JobSpec {
    return {
      version: 1,
      name: "command",
      kind: "command",
      command: ["bash", "-c", script],
      resources: { nodes: 1, gpusPerNode: 1, timeLimitMinutes: 5 },
      restartsMaximum: 0,
      code: { path: join(folder, "code") },
      ...rest,
    };
  }

  async function submit(spec: JobSpec, cluster = "loopback"): Promise<ClusterJob> {
    const job = await submitJob(spec, { ...options(), cluster });
    assert.ok(job instanceof ClusterJob);
    return job;
  }

  it("restarts a training on two nodes at exactly the step that it saved", async () => {
    const job = await submit(training(120, 40));
    await until("30 steps are done", () => stepsOf(remote(job)).length >= 30, 300_000);
    const { slurmJobId } = await job.status();
    // As the scheduler does before the time limit.
    await slurm.call("scancel", "--batch", "--signal=USR1", slurmJobId!);
    // Meanwhile: a follow-up for each checkpoint, asked for by two at once.
    const follow = () =>
      onCheckpoint(
        job,
        ({ step, folder: checkpoint }) =>
          command(`[ -e ${checkpoint}/COMPLETE ] && echo ${step} >> ${join(folder, "followed")}`),
        options(),
      );
    const [followUps, same] = await Promise.all([follow(), follow()]);
    const ended = await job.ended({ everyMs: 500 });
    assert.equal(ended.state, "COMPLETED", await logOf(job));

    const rows = rowsOf(remote(job));
    const steps = rows.filter(({ kind }) => kind === "train").map(({ step }) => step);
    assert.deepEqual(
      steps,
      Array.from({ length: 120 }, (_, index) => index + 1),
      "without gap or double",
    );
    const [first, second] = rows.filter(({ event }) => event === "started");
    const stopped = rows.find(({ event }) => event === "stopped");
    assert.equal(first!.step, 0);
    assert.ok(stopped!.step >= 30 && stopped!.step < 120);
    assert.equal(second!.step, stopped!.step);
    await job.sync();
    const reasons = (await readAttempts(job.folder)).map(({ reason, nodes }) => [reason, ...nodes]);
    const expected = [
      ["timeout", "n1", "n2"],
      ["completed", "n1", "n2"],
    ];
    assert.deepEqual(reasons, expected, await logOf(job));
    stepSeconds = Math.min(...rows.filter(({ kind }) => kind === "train").map((row) => row.step_seconds));

    const saved = [...followUps.keys()];
    assert.deepEqual([...same.keys()], saved);
    assert.ok(saved.includes(stopped!.step) && saved.includes(120));
    for (const each of followUps.values()) assert.equal((await each.ended()).state, "COMPLETED");
    const followed = readFileSync(join(folder, "followed"), "utf8").trim().split("\n").map(Number);
    assert.deepEqual(
      followed.toSorted((left, right) => left - right),
      saved,
      "each once",
    );

    // The newest checkpoint is fetched, through a connection that breaks.
    const fetching = fetchJob(job, { step: 120 });
    await sleep(150);
    slurm.cutConnections();
    const checkpoint = await fetching;
    assert.deepEqual(sumsOf(checkpoint), sumsOf(remote(job, "checkpoints", "120")));

    // Somebody else takes it up by Slurm's number.
    const adopted = await adoptJob(slurmJobId!, { ...options(), runs: join(folder, "others") });
    assert.equal((await adopted.status()).state, "COMPLETED");
    await adopted.sync();
    assert.equal(
      readFileSync(join(adopted.folder, "metrics.jsonl"), "utf8"),
      readFileSync(remote(job, "metrics.jsonl"), "utf8"),
    );
  });

  it("loses at most a checkpoint interval to each failure, and says what time went to what", async () => {
    const everySteps = Math.ceil(3 / stepSeconds);
    const steps = Math.ceil(60 / stepSeconds);
    const job = await submit(training(steps, everySteps));
    const panels = pretendKernel();
    const watching = watch(job);
    watching.catch(() => {});
    try {
      const run = remote(job);
      const checkpoints = () => rowsOf(run).filter(({ kind }) => kind === "checkpoint").length;
      const starts = () => rowsOf(run).filter(({ event }) => event === "started").length;
      await until("a checkpoint is there", () => checkpoints() >= 1, 120_000);
      process.kill(workersOf(run)[0]!, "SIGKILL");

      await until("it has started again and saved", () => starts() >= 2 && checkpoints() >= 2, 120_000);
      const killed = Date.now();
      await slurm.killDaemon("slurmd-n2");
      const tellsWhy = (text: string) =>
        /State: REQUEUED: squeue: job \d+ PENDING \(.*(Node|node)/u.test(text);
      await until("the panel tells of the node", () => panels.some(tellsWhy), 120_000);
      assert.ok(Date.now() - killed < 60_000, "within 60 s");
      slurm.startDaemon("slurmd-n2");

      await until("it has started a third time", () => starts() >= 3, 120_000);
      const { slurmJobId } = await job.status();
      await slurm.call("scontrol", "update", `JobId=${slurmJobId}`, "TimeLimit=1");
      await until("its time is over", () => existsSync(remote(job, "attempts", "3.stop")), 120_000);
      await slurm.call("scontrol", "update", `JobId=${slurmJobId}`, "TimeLimit=10");
      await watching;
    } finally {
      Reflect.deleteProperty(globalThis, DISPLAY_SYMBOL);
    }
    assert.match(panels.at(-1)!, /State: COMPLETED/);
    assert.match(panels.at(-1)!, /Starts: 4: failed, .*, timeout, completed/);

    const rows = rowsOf(remote(job));
    const began = rows.filter(({ event }) => event === "started");
    assert.equal(began.length, 4);
    for (const start of began.slice(1)) {
      const earlier = rows.slice(0, rows.indexOf(start));
      const reached = Math.max(...earlier.filter(({ kind }) => kind === "train").map(({ step }) => step));
      const saved = Math.max(...earlier.filter(({ kind }) => kind === "checkpoint").map(({ step }) => step));
      assert.equal(start.step, saved, "the newest checkpoint");
      // A checkpoint that is being written when a process dies is none.
      assert.ok(reached - saved <= everySteps + 3, `${reached - saved} steps of ${everySteps} lost`);
    }
    const kept = new Map(rows.filter(({ kind }) => kind === "train").map((row) => [row.step, row]));
    assert.deepEqual(
      [...kept.keys()].toSorted((left, right) => left - right),
      Array.from({ length: steps }, (_, index) => index + 1),
    );

    // Its own arithmetic: what advanced the run is the rows that count.
    await job.sync();
    const goodput = await readGoodput(job.folder);
    const useful = [...kept.values()].reduce((sum, row) => sum + row.step_seconds - row.data_seconds, 0);
    const exit = JSON.parse(readFileSync(remote(job, "exit.json"), "utf8")) as ExitFile;
    const submitted = JSON.parse(readFileSync(remote(job, "submitted.json"), "utf8")) as { time: string };
    const total = (Date.parse(exit.time) - Date.parse(submitted.time)) / 1000;
    assert.ok(Math.abs(goodput.total / 1e6 - total) < 1e-6);
    assert.ok(Math.abs(goodput.share - useful / total) < 1e-4, `${goodput.share} is ${useful / total}`);
    assert.equal(
      goodput.total,
      Object.values(goodput.parts).reduce((sum, part) => sum + part),
    );
    assert.equal(goodput.lostSteps, rows.filter(({ kind }) => kind === "train").length - steps);
    assert.match(panels.at(-1)!, new RegExp(`Goodput: ${(100 * goodput.share).toFixed(1)} % of`, "u"));
  });

  it("brings a log whole through connections that break", async () => {
    const job = await submit(
      command("for i in $(seq 10000); do echo line $i; [ $((i % 500)) = 0 ] && sleep 0.3; done; exit 0"),
    );
    const hash = createHash("sha256");
    const cuts = (async () => {
      for (let cut = 0; cut < 6; cut++) {
        await sleep(700);
        slurm.cutConnections();
      }
    })();
    await until("it writes", () => existsSync(remote(job, "log.txt")), 60_000);
    for await (const piece of jobLogs(job, { follow: true })) hash.update(piece);
    await cuts;
    const log = readFileSync(remote(job, "log.txt"));
    assert.ok(log.includes("line 10000\n"));
    assert.equal(hash.digest("hex"), createHash("sha256").update(log).digest("hex"));
  });

  it("ends for good after its restarts, at once where another would be the same, and avoids a node at fault", async () => {
    const says = (name: string) =>
      `echo '{"error": {"name": "${name}", "message": "it is \\"so\\""}}'; exit 3`;
    const faulty = join(folder, "faulty");
    mkdirSync(faulty);
    // The first node that is asked has lost its GPUs but one.
    const gpus = `#!/bin/bash
cd ${faulty}; [ -e bad ] || echo $SLURMD_NODENAME > bad
case "$*" in *uuid*) echo GPU-0; [ "$SLURMD_NODENAME" = "$(cat bad)" ] || printf 'GPU-%d\\n' 1 2 3 4 5 6 7 ;; *) echo 0 ;; esac
`;
    writeFileSync(join(faulty, "nvidia-smi"), gpus, { mode: 0o755 });
    const wholeNode = { nodes: 1, gpusPerNode: 8, timeLimitMinutes: 5 };
    const jobs = await Promise.all([
      submit(command(says("OSError"), { restartsMaximum: 1 })),
      submit(command(says("DataError"), { restartsMaximum: 1 })),
      submit(
        command("echo works on $SLURMD_NODENAME", { restartsMaximum: 1, resources: wholeNode }),
        "faulty",
      ),
    ]);
    const ends = await Promise.all(jobs.map((job) => job.ended({ everyMs: 500 })));
    assert.deepEqual(
      ends.map(({ state, evidence, attempts }) => [state, evidence, attempts]),
      [
        [
          "FAILED",
          "exit.json: restarts_exhausted, exit code 3: restarted 1 times; then failed: exit code 3: OSError: it is 'so'",
          2,
        ],
        ["FAILED", "exit.json: failed, exit code 1: DataError: it is 'so'", 1],
        ["COMPLETED", "exit.json: completed, exit code 0", 2],
      ],
    );
    assert.match(
      readLog(remote(jobs[2], "log.txt")),
      /node_fail: (n[12]) 1 GPUs of 8.*\nworks on (?!\1)n[12]\n/su,
    );
  });

  it("holds off a start that was cut off and goes on", async () => {
    const job = await submit(
      command(
        "while [ ! -e $RUN_FOLDER/done ]; do echo $SLURMD_NODENAME >> $RUN_FOLDER/ticks; sleep 0.2; done",
        { restartsMaximum: 3 },
      ),
    );
    const ticks = () => readLog(remote(job, "ticks")).split("\n").slice(0, -1);
    await until("it works", () => ticks().length > 5, 60_000);
    const [first] = ticks();
    // Only the daemon dies: what it started works on.
    await slurm.killDaemon(`slurmd-${first}`);
    await until("it works elsewhere as well", () => ticks().some((node) => node !== first), 120_000);
    const count = () => ticks().filter((node) => node === first).length;
    let counted = -1;
    await until("the first has stopped", async () => {
      const isStill = count() === counted;
      counted = count();
      await sleep(1500);
      return isStill;
    });
    slurm.startDaemon(`slurmd-${first}`);
    writeFileSync(remote(job, "done"), "");
    assert.equal((await job.ended({ everyMs: 500 })).state, "COMPLETED");
    await job.sync();
    const starts = await readAttempts(job.folder);
    assert.deepEqual(
      starts.map(({ reason }) => reason),
      [undefined, "completed"],
    );
  });

  it("runs a chain in order, cancels what waits, and asks what runs to save", async () => {
    const output = join(root(), "chain");
    const waits =
      'trap "echo {} > $RUN_FOLDER/stopped.json; exit 0" USR1; echo ready; while :; do sleep 0.1; done';
    const jobs = await submitChain(
      {
        first: command(`echo first >> ${output}`),
        second: ({ first }) => command(`[ -e ${first.folder}/exit.json ] && echo second >> ${output}`),
        third: command(waits, { restartsMaximum: 3 }),
        fourth: command(`echo fourth >> ${output}`),
      },
      { ...options(), token: "chain" },
    );
    await until("the third runs", () => readLog(remote(jobs.third, "log.txt")).includes("ready"), 60_000);
    assert.equal(readFileSync(output, "utf8"), "first\nsecond\n");
    await cancelJob(jobs.third);
    const third = await (jobs.third as ClusterJob).ended({ everyMs: 500 });
    assert.match(
      `${third.state} ${third.evidence}`,
      /^CANCELLED exit\.json: cancelled, exit code 130: after a save/,
    );
    const fourth = await (jobs.fourth as ClusterJob).ended({ everyMs: 500 });
    assert.equal(fourth.state, "CANCELLED");
    assert.equal(readFileSync(output, "utf8"), "first\nsecond\n");
  });
});

/** A kernel's display protocol: the text of every panel shown. */
function pretendKernel(): string[] {
  const texts: string[] = [];
  Reflect.set(globalThis, DISPLAY_SYMBOL, {
    display: ({ data }: { data: Record<string, unknown> }) => {
      const text = String(data["text/plain"]);
      if (text.includes("State: ")) texts.push(text);
    },
    interruptSignal: new AbortController().signal,
  });
  return texts;
}
