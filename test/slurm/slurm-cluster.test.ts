/** The Slurm that other tests use: that it is one. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { until } from "../support/until.ts";
import { skipWithoutSlurm, SlurmCluster } from "./slurm-cluster.ts";

describe("Slurm on loopback", { skip: skipWithoutSlurm(), timeout: 120_000 }, () => {
  let folder: string;
  let cluster: SlurmCluster;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "rounds-slurm-"));
    cluster = await SlurmCluster.start(folder, 2, { gpusPerNode: 8, ssh: true });
  });
  after(async () => {
    await cluster?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it("runs the tasks of an array on its nodes, then what depends on all of them", async () => {
    const submit = (output: string, script: string, ...options: string[]) =>
      cluster.call(
        "sbatch",
        "--parsable",
        `--output=${join(folder, output)}`,
        `--wrap=${script}`,
        ...options,
      );
    const array = await submit("node-%a", "sleep 1; echo $SLURMD_NODENAME", "--array=0-1", "--exclusive");
    await submit("nodes", `cat ${join(folder, "node-*")}`, `--dependency=afterok:${array}`);
    await cluster.idle(60_000);
    assert.deepEqual([...(await cluster.states()).values()], ["COMPLETED", "COMPLETED", "COMPLETED"]);
    const printed = readFileSync(join(folder, "nodes"), "utf8");
    assert.deepEqual(printed.trim().split("\n").toSorted(), ["n1", "n2"]);
  });

  it("gives a job the GPUs that it asked for", async () => {
    const printed = await cluster.call("srun", "--gres=gpu:3", "bash", "-c", "echo $CUDA_VISIBLE_DEVICES");
    assert.equal(printed, "0,1,2");
  });

  it("is reached over ssh, and a connection that is cut ends without an exit code of the program", async () => {
    const ssh = (...words: string[]) => cluster.call("ssh", "-F", cluster.sshConfig, "loopback", ...words);
    assert.match(await ssh("sinfo", "-h", "-o", "%D"), /^2$/u);
    const hanging = ssh("touch", join(folder, "touched"), "&&", "sleep", "30");
    await until("the program runs", () => existsSync(join(folder, "touched")));
    cluster.cutConnections();
    await assert.rejects(hanging, { code: 255 });
  });

  it("outlives its controller", async () => {
    await cluster.killDaemon("slurmctld");
    cluster.startDaemon("slurmctld");
    await until("the controller answers", () =>
      cluster.call("sinfo", "-h", "-o", "%D").then(
        (count) => count === "2",
        () => false,
      ),
    );
  });

  it("leaves no process behind when it is stopped, whatever jobs do and though a daemon hangs", async () => {
    const place = join(folder, "stopped");
    mkdirSync(place);
    const other = await SlurmCluster.start(place, 2);
    const pids = join(folder, "pids");
    // Deaf to being asked; one of them out of its session, and without the environment that it was given.
    const deaf = join(place, "deaf.sh");
    writeFileSync(deaf, `trap '' TERM HUP; echo $$ >> ${pids}; while :; do sleep 0.2; done\n`);
    const script = `env -i setsid bash ${deaf} &\nsrun bash ${deaf} &\nexec bash ${deaf}\n`;
    writeFileSync(join(place, "job.sh"), `#!/bin/bash\n${script}`);
    for (let job = 0; job < 2; job++)
      await other.call("sbatch", "--nodes=1", `--output=${join(place, `out-${job}`)}`, join(place, "job.sh"));
    const written = () => (existsSync(pids) ? readFileSync(pids, "utf8").trim().split("\n").map(Number) : []);
    await until("both jobs and their steps work", () => written().length === 6, 60_000);
    const steps = other.processes().filter((pid) => titleOf(pid).startsWith("slurmstepd"));
    assert.ok(steps.length >= 4, `${steps.length} daemons of steps`);
    other.stopDaemon("slurmd-n1");
    await other.stop();
    for (const pid of [...written(), ...steps]) assert.equal(titleOf(pid), "", `${pid} is gone`);
    assert.deepEqual(other.processes(), []);
  });
});

/** Empty of a process that has ended. */
function titleOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "latin1");
  } catch {
    return "";
  }
}
