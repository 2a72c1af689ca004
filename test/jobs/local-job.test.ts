/** The states of a job on this machine, with shell scripts in the trainer's place. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { JobError } from "../../lib/core/errors.ts";
import { readJob, type JobRecord } from "../../lib/jobs/job.ts";
import { launch } from "../../lib/jobs/local/launch.ts";
import { LocalJob } from "../../lib/jobs/local/local-job.ts";
import { identityOf, isRunning } from "../../lib/jobs/local/process-identity.ts";
import { until } from "../support/until.ts";

let folder: string;

const record: JobRecord = {
  version: 1,
  runId: "test",
  backend: "local",
  state: "PLANNED",
  evidence: "",
  attempts: [],
  history: [],
};

/** Run a script where the trainer would run; its `$RUN` is the run folder. */
function start(script: string, run = mkdtempSync(join(folder, "run-")), earlier = record): Promise<LocalJob> {
  const environment = { RUN: run };
  return launch(run, earlier, {
    processes: 1,
    resumes: false,
    command: ["/bin/sh", "-c", script],
    environment,
  });
}

const waits =
  'trap "echo {} > $RUN/stopped.json; exit 0" TERM; touch $RUN/ready; while :; do sleep 0.05; done';

const untilExists = (path: string): Promise<void> => until(`${path} appears`, () => existsSync(path));

describe("a job on this machine", () => {
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "rounds-job-"));
  });
  after(() => rmSync(folder, { recursive: true }));

  it("is complete when the trainer ends without an error", async () => {
    const job = await start("echo trained; exit 0");
    assert.deepEqual(await job.completed(), {
      state: "COMPLETED",
      evidence: "exit code 0",
      attempts: 1,
      processes: 1,
    });
    assert.equal(await job.logTail(), "trained");
    const { history } = await readJob(job.folder);
    assert.deepEqual(
      history.map(({ state }) => state),
      ["PLANNED", "RUNNING", "COMPLETED"],
    );
  });

  it("has failed when it ends with one, with the trainer's own words and the end of the log", async () => {
    const job = await start(`echo '{"error": {"name": "DataError", "message": "no shards"}}' >&2; exit 1`);
    await assert.rejects(job.completed(), (error: JobError) => {
      assert.equal(error.state, "FAILED");
      assert.match(error.message, /exit code 1: DataError: no shards/);
      assert.match(error.logTail, /no shards/);
      return true;
    });
  });

  it("has failed when its program is missing", async () => {
    const run = mkdtempSync(join(folder, "run-"));
    const nothing = {
      processes: 1,
      resumes: false,
      command: ["/nonexistent/python"] as [string],
      environment: {},
    };
    const status = await (await launch(run, record, nothing)).ended();
    assert.equal(status.state, "FAILED");
  });

  it("is stopped on request, and then can be started again", async () => {
    const job = await start(waits);
    await untilExists(join(job.folder, "ready"));
    assert.equal((await job.status()).state, "RUNNING");
    const stopped = await job.stop();
    assert.equal(stopped.state, "CANCELLED");
    assert.match(stopped.evidence, /saved \(stopped\.json\)/);
    assert.deepEqual(await job.stop(), stopped, "a second request changes nothing");

    const again = await start("exit 0", job.folder, await readJob(job.folder));
    assert.deepEqual(await again.ended(), {
      state: "COMPLETED",
      evidence: "exit code 0",
      attempts: 2,
      processes: 1,
    });
  });

  it("is known by its folder alone", async () => {
    const job = await start(waits);
    await untilExists(join(job.folder, "ready"));
    const other = new LocalJob(job.folder);
    assert.equal((await other.status()).state, "RUNNING");
    assert.equal((await other.stop()).state, "CANCELLED");
  });

  it("has failed, never ended well, when its processes are gone without a word", async () => {
    const job = await start(waits);
    await untilExists(join(job.folder, "ready"));
    const { supervisor, trainer } = (await readJob(job.folder)).attempts[0]!;
    process.kill(supervisor!.pid, "SIGKILL");
    await new Promise((wake) => setTimeout(wake, 100));
    assert.equal((await job.status()).state, "RUNNING", "the trainer is still there");
    process.kill(trainer!.pid, "SIGKILL");
    const status = await job.ended();
    assert.equal(status.state, "FAILED");
    assert.match(status.evidence, /is gone and wrote down no end/);
  });

  it("does not take another process of the same number for its own", async () => {
    const job = await start("exit 0");
    await job.ended();
    const written = await readJob(job.folder);
    const stale = { pid: process.pid, startTime: "an earlier process" };
    const attempts = [{ ...written.attempts[0]!, supervisor: stale, trainer: stale }];
    writeFileSync(join(job.folder, "job.json"), JSON.stringify({ ...written, state: "RUNNING", attempts }));
    assert.equal((await job.status()).state, "FAILED");
    assert.equal((await job.stop()).state, "FAILED", "and sends it no signal");
  });

  it("is started once when two ask at the same time", async () => {
    const run = mkdtempSync(join(folder, "run-"));
    const script = "echo once >> $RUN/starts; exit 0";
    const outcomes = await Promise.allSettled([start(script, run), start(script, run), start(script, run)]);
    const job = new LocalJob(run);
    await job.ended();
    assert.equal(outcomes.filter(({ status }) => status === "fulfilled").length, 1);
    for (const outcome of outcomes)
      if (outcome.status === "rejected") assert.ok(outcome.reason instanceof JobError);
    assert.equal(readFileSync(join(run, "starts"), "utf8"), "once\n");
    assert.ok(!existsSync(join(run, "start.lock")));
  });

  it("outlives the process that started it", async () => {
    const run = mkdtempSync(join(folder, "run-"));
    const program = `
      import { launch } from ${JSON.stringify(join(import.meta.dirname, "../../lib/jobs/local/launch.ts"))};
      await launch(process.argv[1], ${JSON.stringify(record)}, {
        processes: 1, resumes: false, command: ["/bin/sh", "-c", ${JSON.stringify(waits)}], environment: { RUN: process.argv[1] },
      });
      process.kill(process.pid, "SIGKILL");`;
    const parameters = [
      "--disable-warning=ExperimentalWarning",
      "--input-type=module",
      "--eval",
      program,
      run,
    ];
    const starter = spawnSync(process.execPath, parameters, { timeout: 120_000 });
    assert.equal(starter.signal, "SIGKILL", starter.stderr.toString());
    const job = new LocalJob(run);
    await untilExists(join(run, "ready"));
    assert.equal((await job.status()).state, "RUNNING");
    assert.equal((await job.stop()).state, "CANCELLED");
  });
});

describe("the identity of a process", () => {
  it("is the number and the time of its start", () => {
    const own = identityOf(process.pid)!;
    assert.ok(isRunning(own));
    assert.ok(!isRunning({ ...own, startTime: `${own.startTime}0` }));
  });

  it("ends with the process", () => {
    const { pid } = spawnSync("true");
    assert.equal(identityOf(pid), undefined);
  });
});
