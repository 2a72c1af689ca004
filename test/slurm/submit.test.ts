/** A job is submitted once, whatever breaks on the way: on a real Slurm, over a real ssh. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { JobError } from "../../lib/core/errors.ts";
import { SeededRandom } from "../../lib/core/seeded-random.ts";
import { cancelJob } from "../../lib/jobs/cancel-job.ts";
import { ClusterJob } from "../../lib/jobs/cluster/cluster-job.ts";
import { readClusterRecord } from "../../lib/jobs/cluster/cluster-record.ts";
import { openClusterShell } from "../../lib/jobs/cluster/cluster-shell.ts";
import { findCluster } from "../../lib/jobs/cluster/clusters-file.ts";
import { JobPlanError } from "../../lib/jobs/cluster/outbox.ts";
import { listJobs, showJob } from "../../lib/jobs/list-jobs.ts";
import { planJob } from "../../lib/jobs/plan/plan-job.ts";
import { setUpCluster } from "../../lib/jobs/setup/set-up-cluster.ts";
import { sendOnce } from "../../lib/jobs/slurm/send-once.ts";
import { submitJob } from "../../lib/jobs/submit-job.ts";
import { until } from "../support/until.ts";
import { skipWithoutSlurm } from "./slurm-cluster.ts";
import { SubmitPlace } from "./submit-place.ts";

describe("submission to Slurm", { skip: skipWithoutSlurm(), timeout: 600_000 }, () => {
  const place = new SubmitPlace();
  const { path, request, options, startClient, assertOnce } = place;
  before(() => place.start());
  after(() => place.stop());

  it("is set up: what a cluster has is told, and Node is brought there", async () => {
    const checks = await setUpCluster("far", { config: path("clusters.json"), node: true });
    assert.deepEqual(
      checks.filter(({ outcome }) => outcome !== "ok"),
      [],
    );
    assert.ok(checks.some(({ name, detail }) => name === "node" && detail.endsWith(process.version)));
    assert.ok(checks.some(({ name }) => name === "shared file system"));
  });

  it("is refused by a host whose key is not known, with what to do", async () => {
    const config = readFileSync(place.slurm.sshConfig, "utf8");
    writeFileSync(
      path("strange_config"),
      config.replace(/UserKnownHostsFile .*/u, "UserKnownHostsFile /dev/null"),
    );
    const file = readFileSync(path("clusters.json"), "utf8");
    writeFileSync(path("strange.json"), file.replace(place.slurm.sshConfig, path("strange_config")));
    // The connection that is shared was let in before.
    place.slurm.cutConnections();
    const [check, ...more] = await setUpCluster("far", { config: path("strange.json") });
    assert.deepEqual(more, []);
    assert.equal(check!.outcome, "failed");
    assert.match(check!.detail, /Host key verification failed.*: connect once by hand, ssh loopback/u);
  });

  it("refuses what the plan refuses, with everything at once, and makes no job", async () => {
    const jobsBefore = (await place.slurm.states()).size;
    const spec = request("refused", {
      resources: { nodes: 5, gpusPerNode: 9, timeLimitMinutes: 90 },
      dependsOn: [{ job: "nobody", condition: "success" }],
      inputs: ["corpus", "/usr/bin/env"],
    });
    const { objections } = await planJob(spec, { cluster: "far", config: path("clusters.json") });
    assert.deepEqual(objections, [
      "nodes: 5 asked for, far has 4",
      "GPUs of a node: 9 asked for, a node of far has 8",
      "dependency on job nobody, which is unknown: it was not submitted there",
      `${path("root", "corpus")} is not on far`,
    ]);
    await assert.rejects(submitJob(spec, options("far", "refused")), (error) => {
      assert.ok(error instanceof JobPlanError);
      assert.deepEqual(error.objections, objections);
      return true;
    });
    assert.ok(!existsSync(path("runs", "refused")));
    const late = request("refused", { resources: { nodes: 4, gpusPerNode: 8, timeLimitMinutes: 90 } });
    const plan = await planJob(late, { cluster: "here", config: path("clusters.json") });
    assert.deepEqual(plan.objections, ["the time limit is 90 minutes, partition batch allows 60"]);
    assert.equal(plan.resources.gpuHours, 48);
    assert.equal((await place.slurm.states()).size, jobsBefore);
  });

  it("works once wherever its client was killed, and the next look at it finds the one job", async () => {
    // Over a package that is not there yet: probe, submit, package twice, submit.
    const places = ["written", "SENDING", "SUBMITTED"].concat(
      [1, 2, 3, 4, 5].flatMap((call) => [`before ${call}`, `after ${call}`]),
    );
    const tokens = places.map((killAt) => `kill-${killAt.replace(" ", "-")}`);
    for (const [index, killAt] of places.entries()) {
      const { ended } = startClient(tokens[index]!, { killAt, cluster: "here" });
      assert.equal((await ended).signal, "SIGKILL", killAt);
    }
    const jobs = await listJobs({ runs: path("runs") });
    for (const token of tokens) {
      const { slurmJobId, evidence } = jobs.find(({ id }) => id === token)!;
      assert.ok(slurmJobId !== null, `${token}: ${evidence}`);
    }
    await assertOnce(...tokens);
  });

  it("works once when the ssh connection is cut at 20 moments of the submission", async () => {
    const random = new SeededRandom("ssh-cuts");
    const started = performance.now();
    await submitJob(request("uncut"), options("far", "uncut"));
    const usualMs = performance.now() - started;
    const tokens: string[] = [];
    for (let cut = 0; cut < 20; cut++) {
      const token = `cut-${cut}`;
      tokens.push(token);
      const spec = request(token);
      const submitted = submitJob(spec, options("far", token, { patienceSeconds: 0 }));
      const outcome = submitted.catch((error: unknown) => error);
      await sleep(random.uniform() * usualMs);
      place.slurm.cutConnections();
      const job = await outcome;
      // What is not known by now is said to be unknown, or not sent; nothing was taken for failed.
      if (job instanceof Error)
        assert.ok(job instanceof JobError && !(job instanceof JobPlanError), job.stack);
      const { state, evidence } = await readClusterRecord(path("runs", token));
      assert.ok(["PLANNED", "SENDING", "UNKNOWN", "SUBMITTED"].includes(state), evidence);
      await submitJob(spec, options("far", token));
    }
    await assertOnce("uncut", ...tokens);
  });

  it("works once when the controller hangs for 25 s, also of clients that are killed meanwhile", async () => {
    // Its sbatch waits until the controller hangs: the job lands, and no answer comes.
    mkdirSync(path("slow"));
    const wait = `touch ${path("slow", "called")}; until [ -e ${path("slow", "hangs")} ]; do sleep 0.1; done`;
    writeFileSync(path("slow", "sbatch"), `#!/bin/bash\n${wait}\nexec /usr/bin/sbatch "$@"\n`, {
      mode: 0o755,
    });
    const slow = JSON.parse(readFileSync(path("clusters.json"), "utf8"));
    for (const cluster of Object.values<Record<string, unknown>>(slow.clusters))
      cluster["programsFolder"] = path("slow");
    writeFileSync(path("slow.json"), JSON.stringify(slow));
    const config = path("slow.json");
    const tokens = ["hang", "hang-killed", "hang-late"];
    const patient = startClient("hang", { config });
    const killed = startClient("hang-killed", { config, cluster: "here" });
    const isSending = (token: string) => existsSync(path("root", "runs", token, "sending"));
    await until("both are being sent", () => isSending("hang") && isSending("hang-killed"));
    place.slurm.stopDaemon("slurmctld");
    const hung = performance.now();
    writeFileSync(path("slow", "hangs"), "");
    const late = startClient("hang-late", {});
    await sleep(5_000);
    killed.child.kill("SIGKILL");
    assert.equal((await killed.ended).signal, "SIGKILL");
    assert.equal((await readClusterRecord(path("runs", "hang-killed"))).state, "SENDING");
    await sleep(25_000 - (performance.now() - hung));
    place.slurm.continueDaemon("slurmctld");
    assert.equal((await patient.ended).record?.state, "SUBMITTED");
    assert.equal((await late.ended).record?.state, "SUBMITTED");
    const { slurmJobId, evidence } = await showJob("hang-killed", { runs: path("runs") });
    assert.ok(slurmJobId !== null, evidence);
    await assertOnce(...tokens);
  });

  it("works once for 12 clients with the same token at once, on one machine and on several", async () => {
    const spec = request("twelve");
    const started = Array.from({ length: 12 }, (_, index) =>
      startClient("twelve", { spec, runs: index < 6 ? path("runs") : path(`runs-${index}`) }),
    );
    const ended = await Promise.all(started.map((each) => each.ended));
    const numbers = new Set(ended.map(({ record }) => record?.slurmJobId));
    assert.deepEqual([...new Set(ended.map(({ record }) => record?.state))], ["SUBMITTED"]);
    assert.equal(numbers.size, 1);
    await assertOnce("twelve");
  });

  it("takes another request with the same token for an error, here and on the cluster", async () => {
    await submitJob(request("taken"), options("here", "taken"));
    const other = request("taken", { command: ["true"] });
    await assert.rejects(submitJob(other, options("here", "taken")), {
      name: "ArgumentError",
      message: /"token" must be new for another request/u,
    });
    const elsewhere = options("far", "taken", { runs: path("runs-elsewhere") });
    await assert.rejects(submitJob(other, elsewhere), {
      name: "JobError",
      message: /refused: on the cluster this token belongs to another request/u,
    });
  });

  it("never works for a submission that was cancelled before its outcome was known", async () => {
    const token = "unwanted";
    const { ended } = startClient(token, { killAt: "SENDING", cluster: "here" });
    assert.equal((await ended).signal, "SIGKILL");
    const { state, evidence } = await cancelJob(new ClusterJob(path("runs", token)));
    assert.equal(state, "CANCELLED", evidence);
    // The same again is the same job, and that is cancelled.
    const again = await submitJob(request(token), options("here", token));
    assert.equal((await again.status()).state, "CANCELLED");
    await place.slurm.idle(60_000);
    assert.ok(!existsSync(path("work", token)));
  });

  it("is not lost when the cluster cannot be reached, and can be taken back without it", async () => {
    // Of a root of its own, so that nothing is known of it from before.
    const clusters = readFileSync(path("clusters.json"), "utf8");
    const file = clusters.replaceAll(path("root"), path("root-away"));
    writeFileSync(path("away.json"), file.replaceAll(place.slurm.sshConfig, path("no-such-config")));
    const away = { config: path("away.json"), patienceSeconds: 0 };
    for (const token of ["away", "taken-back"]) {
      await assert.rejects(submitJob(request(token), options("far", token, away)), {
        name: "JobError",
        message: new RegExp(
          `was not reached.+Job ${token} is written down and is sent by the next look`,
          "u",
        ),
      });
    }
    const { state, evidence } = await cancelJob(new ClusterJob(path("runs", "taken-back")));
    assert.deepEqual([state, evidence], ["CANCELLED", "cancelled before anything was sent"]);
    writeFileSync(path("away.json"), file);
    await new ClusterJob(path("runs", "away")).status();
    await assertOnce("away");
    assert.ok(!existsSync(path("work", "taken-back")));
  });

  it("does not take the record of a rejected submission for a job", async () => {
    const shell = await openClusterShell(await findCluster("here", path("clusters.json")));
    mkdirSync(path("root", "packages", "none"), { recursive: true });
    writeFileSync(path("root", "packages", "none", "COMPLETE"), "");
    const send = (gpus: number) =>
      sendOnce(shell, {
        id: "rejected",
        root: path("root"),
        specFingerprint: "one",
        packageSha256: "none",
        dependsOn: [],
        files: { "job.sbatch": `#!/bin/bash\n#SBATCH --gres=gpu:${gpus}\ntrue\n` },
      });
    const rejected = await send(9);
    assert.equal(rejected.kind, "refused");
    assert.match(rejected.evidence, /Requested node configuration is not available/u);
    const names = await place.slurm.call("squeue", "-h", "-t", "all", "-n", "rounds-rejected", "-o", "%T %r");
    assert.equal(names, "FAILED BadConstraints");
    const { kind, evidence } = (await send(8)) as { kind: string; evidence: string };
    assert.equal(kind, "submitted");
    assert.match(evidence, /^sbatch answered/u);
    await shell.close();
  });

  it("does nothing where it landed late, and ends as the work did", async () => {
    const job = await submitJob(
      request("late", { command: ["bash", "-c", "bash work.sh; exit 3"] }),
      options("here", "late"),
    );
    const run = path("root", "runs", "late");
    const late = await place.slurm.call(
      "sbatch",
      "--parsable",
      "--job-name=rounds-late",
      "--dependency=singleton",
      `--chdir=${run}`,
      join(run, "job.sbatch"),
    );
    await place.slurm.idle(60_000);
    assert.equal(readFileSync(path("work", "late"), "utf8").split("\n").length - 1, 1);
    assert.match(await place.slurm.call("scontrol", "-o", "show", "job", late), / ExitCode=3:0 /u);
    assert.equal((await job.status()).evidence, "exit.json: failed, exit code 3: exit code 3");
  });

  it("waits for what it depends on, and is cancelled with it", async () => {
    const failing = request("parent", { command: ["bash", "-c", "sleep 3; exit 3"] });
    await submitJob(failing, options("here", "parent"));
    const child = (token: string, condition: "success" | "end") =>
      submitJob(request(token, { dependsOn: [{ job: "parent", condition }] }), options("here", token));
    await child("after-success", "success");
    await child("after-end", "end");
    await place.slurm.idle(60_000);
    const [success, end] = [
      await showJob("after-success", { runs: path("runs") }),
      await showJob("after-end", { runs: path("runs") }),
    ];
    assert.equal(success.state, "CANCELLED", success.evidence);
    assert.equal(end.state, "COMPLETED", end.evidence);
    assert.ok(!existsSync(path("work", "after-success")));
    // Later, when the scheduler may have forgotten the parent, its exit.json counts.
    await assert.rejects(child("too-late", "success"), /dependency on the success of job parent/u);
    await child("late-end", "end");
    await assertOnce("late-end");
  });

  it("says unknown, never finished, when the scheduler fails, hangs up or answers nothing", async () => {
    const token = "answers";
    const spec = request(token, {
      command: ["bash", "-c", `until [ -e ${path("go")} ]; do sleep 0.2; done`],
    });
    await submitJob(spec, options("far", token));
    const state = async () => (await showJob(token, { runs: path("runs") })).state;
    await until("it runs", async () => (await state()) === "RUNNING", 60_000);
    const file = readFileSync(path("clusters.json"), "utf8");
    mkdirSync(path("broken"));
    const answers = {
      "Unable to contact slurm controller": "echo $message >&2; exit 1",
      "the scheduler does not know job": "exit 0",
    };
    for (const [message, script] of Object.entries(answers)) {
      writeFileSync(path("broken", "squeue"), `#!/bin/bash\nmessage="${message}"\n${script}\n`, {
        mode: 0o755,
      });
      writeFileSync(
        path("clusters.json"),
        file.replaceAll('"scheduler"', `"programsFolder":"${path("broken")}","scheduler"`),
      );
      const { state: seen, evidence } = await showJob(token, { runs: path("runs") });
      assert.equal(seen, "UNKNOWN");
      assert.ok(evidence.includes(message), evidence);
    }
    writeFileSync(path("clusters.json"), file);
    place.slurm.cutConnections();
    assert.equal(await state(), "RUNNING");
    writeFileSync(path("go"), "");
    await place.slurm.idle(60_000);
    assert.equal(await state(), "COMPLETED");
  });

  it("asks the scheduler once for 1,000 jobs", async () => {
    const runs = path("runs-1000");
    const example = await readClusterRecord((await submitJob(request("one"), options("here", "one"))).folder);
    const rows: string[] = [];
    for (let index = 0; index < 1000; index++) {
      const id = `job-${index}`;
      mkdirSync(join(runs, id), { recursive: true });
      const record = { ...example, runId: id, state: "SUBMITTED", slurmJobId: String(10_000 + index) };
      writeFileSync(
        join(runs, id, "job.json"),
        JSON.stringify({ ...record, cluster: "many", clustersFile: path("many.json") }),
      );
      rows.push(`${10_000 + index}|rounds-${id}|PENDING|Priority|${path("root", "runs", id)}`);
    }
    mkdirSync(path("counting"));
    writeFileSync(path("counting", "rows"), `${rows.join("\n")}\n`);
    const count = `#!/bin/bash\necho call >> ${path("counting", "calls")}\ncat ${path("counting", "rows")}\n`;
    for (const program of ["squeue", "sacct", "sinfo", "scontrol"])
      writeFileSync(path("counting", program), count, { mode: 0o755 });
    const file = readFileSync(path("clusters.json"), "utf8").replace('"far"', '"many"');
    writeFileSync(
      path("many.json"),
      file.replaceAll('"scheduler"', `"programsFolder":"${path("counting")}","scheduler"`),
    );
    const jobs = await listJobs({ runs });
    assert.equal(jobs.length, 1000);
    assert.deepEqual([...new Set(jobs.map(({ state }) => state))], ["PENDING"]);
    assert.equal(readFileSync(path("counting", "calls"), "utf8"), "call\n");
  });
});
