/** The batch script as text: what it asks of Slurm, that no text of a request breaks out of it, and its check of nodes. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import * as fc from "fast-check";
import { ArgumentError } from "../../lib/core/errors.ts";
import type { Cluster, ClusterEnvironment } from "../../lib/jobs/cluster/cluster.ts";
import type { JobSpec } from "../../lib/jobs/job-spec.ts";
import { renderBatchScript } from "../../lib/jobs/slurm/batch-script.ts";
import { saveLeadSeconds } from "../../lib/jobs/slurm/save-lead.ts";
import { trainConfig } from "../../lib/train/train-config.ts";
import { projectRoot, venv } from "../../setup/paths.mjs";

const cluster: Cluster = {
  name: "h100",
  scheduler: "slurm",
  root: "/scratch/rounds",
  partition: "gpu",
  nodes: 10,
  gpusPerNode: 8,
  processorsPerNode: 96,
  memoryGibPerNode: 2000,
  environment: { kind: "venv", path: "/scratch/venv" },
};
const place = { id: "r1", folder: "/scratch/rounds/runs/r1", packageFolder: "/scratch/rounds/packages/p" };

function training(resources: Partial<JobSpec["resources"]> = {}): JobSpec {
  return {
    version: 1,
    name: "pretraining",
    kind: "train",
    config: trainConfig("pretraining", { model: { preset: "mixtral-8x7b" } }),
    resources: { nodes: 10, gpusPerNode: 8, timeLimitMinutes: 1440, ...resources },
    restartsMaximum: 20,
    code: { path: "." },
  };
}

function command(words: readonly string[], rest: Partial<JobSpec> = {}): JobSpec {
  const resources = { nodes: 1, gpusPerNode: 0, timeLimitMinutes: 60 };
  return {
    version: 1,
    name: "work",
    kind: "command",
    command: words,
    resources,
    restartsMaximum: 0,
    code: { path: "." },
    ...rest,
  };
}

function directivesOf(script: string): string[] {
  return script
    .split("\n")
    .filter((line) => line.startsWith("#SBATCH "))
    .map((line) => line.slice(8));
}

describe("the batch script", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "rounds-script-"));
  });
  after(() => rmSync(folder, { recursive: true }));

  it("asks for whole nodes, a signal in time to save, and to be started again", () => {
    const script = renderBatchScript(training(), cluster, place);
    assert.deepEqual(directivesOf(script), [
      "--job-name=rounds-r1",
      "--partition=gpu",
      "--nodes=10",
      "--ntasks-per-node=1",
      "--cpus-per-task=96",
      "--gres=gpu:8",
      "--mem=1945600M",
      "--exclusive",
      "--time=1440",
      "--signal=B:USR1@706",
      "--requeue",
      "--chdir=/scratch/rounds/runs/r1",
      "--output=/scratch/rounds/runs/r1/log.txt",
      "--open-mode=append",
    ]);
    assert.match(script, /^export GPUS_PER_NODE=8 WORK=torchrun$/mu);
  });

  it("gives a command the share of the node that it asks for, and an array a log for each task", () => {
    const array = { tasks: 12, atOnce: 4 };
    const script = renderBatchScript(command(["true"], { array }), cluster, place);
    assert.deepEqual(directivesOf(script).slice(2), [
      "--nodes=1",
      "--ntasks-per-node=1",
      "--cpus-per-task=1",
      "--time=60",
      "--signal=B:USR1@70",
      "--no-requeue",
      "--array=0-11%4",
      "--chdir=/scratch/rounds/runs/r1",
      "--output=/scratch/rounds/runs/r1/log-%a.txt",
      "--open-mode=append",
    ]);
  });

  it("saves early enough: a minute, Slurm's 10 s, a step, and two writes of the checkpoint", () => {
    const { config } = training();
    const small = trainConfig("pretraining", { model: { preset: "tiny-mistral" } });
    const nodes = { nodes: 10, gpusPerNode: 8, processorsPerNode: 96, timeLimitMinutes: 1440 };
    assert.equal(saveLeadSeconds({ kind: "train", config: small }, nodes), 71);
    // 46.7e9 parameters of 12 bytes at 2 GB/s, twice: 560 s.
    assert.ok(saveLeadSeconds({ kind: "train", config: config! }, nodes) > 70 + 560);
    assert.equal(saveLeadSeconds({ kind: "command" }, { ...nodes, timeLimitMinutes: 1 }), 30);
  });

  it("passes any text through as it is, in words and in variables", () => {
    const text = fc.oneof(
      fc.string({ unit: "binary", maxLength: 30 }).filter((value) => value.isWellFormed()),
      fc.constantFrom(
        "$(touch broken)",
        "'; touch broken; '",
        "`x`",
        "\n#SBATCH --nodes=9\n",
        "-n",
        "a\\",
        '"',
      ),
    );
    const safe = text.filter((value) => !value.includes("\0"));
    const property = fc.property(fc.array(safe, { minLength: 1, maxLength: 40 }), safe, (words, value) => {
      const script = renderBatchScript(command(words, { environment: { TEXT: value } }), cluster, place);
      const upToBody = script.slice(0, script.indexOf("\n# What a job does on the cluster"));
      const print = `set_up_environment; /usr/bin/env printf '%s\\0' "$TEXT" "\${work[@]}"`;
      const file = join(folder, "quoting.sh");
      writeFileSync(file, `${upToBody}\n${print}\n`);
      const { stdout, status } = spawnSync("bash", [file], { cwd: folder, encoding: "utf8" });
      assert.equal(status, 0);
      assert.deepEqual(stdout.split("\0").slice(0, -1), [value, ...words]);
      assert.ok(!existsSync(join(folder, "broken")));
    });
    fc.assert(property, { numRuns: 20 });
  });

  it("refuses what Slurm itself would read", () => {
    for (const bad of ["gpu\n#SBATCH --nodes=99", "a b", 'x"', "$(x)", "a%b"]) {
      assert.throws(
        () => renderBatchScript(training(), { ...cluster, partition: bad }, place),
        ArgumentError,
      );
      assert.throws(
        () => renderBatchScript(training(), cluster, { ...place, folder: `/${bad}` }),
        ArgumentError,
      );
    }
  });

  const shellcheck = join(venv, "bin", "shellcheck");
  const isMissing = existsSync(shellcheck) ? false : "npm test installs shellcheck";

  it("has no fault that shellcheck knows, whatever the job and the environment", { skip: isMissing }, () => {
    const environments: ClusterEnvironment[] = [
      { kind: "venv", path: "/v" },
      { kind: "modules", modules: ["cuda/12.4", "python"], venv: "/v" },
      { kind: "pyxis", image: "/images/rounds.sqsh", mounts: ["/data"] },
      { kind: "apptainer", image: "/images/rounds.sif", mounts: ["/data:/d"] },
    ];
    const specs = [
      training(),
      training({ nodes: 1, gpusPerNode: 0 }),
      command(["echo", "it's"], { array: { tasks: 3 } }),
      command(["true"]),
    ];
    const files = environments.map((environment, index) => {
      const described = { ...cluster, environment, secretsFile: "/s", variables: { A: "1" } };
      const file = join(folder, `${environment.kind}.sh`);
      writeFileSync(file, renderBatchScript(specs[index]!, described, place));
      return file;
    });
    // Quoted words hold dollar signs on purpose; functions run on other nodes, or by signals.
    const { status, stdout } = spawnSync(shellcheck, ["--exclude=SC2016,SC2329", ...files], {
      encoding: "utf8",
    });
    assert.equal(status, 0, stdout);
  });
});

const isElsewhere = process.platform === "linux" ? false : "the nodes of a cluster run Linux";

describe("the check of a node", { skip: isElsewhere }, () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "rounds-node-"));
  });
  after(() => rmSync(folder, { recursive: true }));

  const text = readFileSync(join(projectRoot, "lib/jobs/slurm/run-job.sh"), "utf8");
  const [check] = /^check_node\(\) \{\n.*?^\}/msu.exec(text)!;

  function program(name: string, script: string): void {
    writeFileSync(join(folder, name), `#!/bin/bash\n${script}\n`);
    chmodSync(join(folder, name), 0o755);
  }

  /** What it prints on a node with these answers of nvidia-smi and of the kernel's log. */
  function faultOf(
    gpus: number,
    answers: { uuid?: string; uncorrected?: string; remapped?: string; kernel?: string } = {},
  ): string {
    const { uuid = "GPU-1", uncorrected = "0", remapped = "0", kernel = "" } = answers;
    const list = (value: string) => `printf '%s\\n' ${Array(gpus).fill(`'${value}'`).join(" ")}`;
    program(
      "nvidia-smi",
      `case "$*" in *uuid*) ${list(uuid)} ;; *ecc*) ${list(uncorrected)} ;; *remapped*) ${list(remapped)} ;; esac`,
    );
    program("dmesg", `printf '%s\\n' '${kernel}'`);
    const { stdout } = spawnSync("bash", ["-c", `${check}; check_node`], {
      env: {
        PATH: `${folder}:${process.env["PATH"]}`,
        RUN_FOLDER: folder,
        GPUS_PER_NODE: "8",
        SLURMD_NODENAME: "n7",
      },
      encoding: "utf8",
    });
    return stdout;
  }

  it("finds GPUs that are missing or have errors, and nothing on a sound node", () => {
    const uptime = Math.floor(Number(readFileSync("/proc/uptime", "utf8").split(" ")[0]));
    const xid = (time: number, number: number) =>
      `[${time}.123456] NVRM: Xid (PCI:0000:3b:00): ${number}, pid=1, GPU has fallen off the bus.`;
    assert.equal(faultOf(8), "");
    assert.equal(faultOf(8, { uncorrected: "[N/A]" }), "");
    assert.equal(faultOf(7), "n7 7 GPUs of 8\n");
    assert.equal(faultOf(8, { uuid: "Unable to determine the device handle" }), "n7 0 GPUs of 8\n");
    assert.equal(faultOf(8, { uncorrected: "3" }), "n7 uncorrected memory errors on a GPU\n");
    assert.equal(faultOf(8, { remapped: "1" }), "n7 a GPU has no rows left to remap\n");
    assert.match(faultOf(8, { kernel: xid(uptime, 79) }), /^n7 a fatal GPU error \(Xid\)/);
    assert.equal(faultOf(8, { kernel: xid(uptime, 13) }), "", "a program's own fault");
    assert.equal(faultOf(8, { kernel: xid(uptime - 7200, 79) }), "", "long ago");
  });
});
