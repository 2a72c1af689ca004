/** Set-up in a folder of its own, with real npm and pip, and the ways in which it can fail. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdtempSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { projectRoot } from "../../setup/paths.mjs";
import { until } from "../support/until.ts";

let folder: string;

/** The files that set-up reads, in a new folder: what a clone has before its first command. */
function freshProject(parent = folder): string {
  const project = mkdtempSync(join(parent, "project-"));
  for (const name of ["package.json", "package-lock.json", ".npmrc", "setup"]) {
    cpSync(join(projectRoot, name), join(project, name), { recursive: true });
  }
  mkdirSync(join(project, "labextensions", "rounds-viewer", "static"), { recursive: true });
  return project;
}

/** A small disk can be made by root alone, and not in every container. */
function skipWithoutMounts(): string | false {
  const place = mkdtempSync(join(tmpdir(), "rounds-mount-"));
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", place]).status === 0;
  if (mounted) spawnSync("umount", [place]);
  rmSync(place, { recursive: true });
  return mounted ? false : "this machine lets us mount no small disk";
}

function setUp(project: string, env: NodeJS.ProcessEnv = {}) {
  return spawnSync(process.execPath, ["setup/run.mjs", "setup"], {
    cwd: project,
    env: { ...process.env, ...env },
    encoding: "utf8",
    timeout: 400_000,
  });
}

function fakeProgram(name: string, script: string): string {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

describe("set-up", () => {
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "rounds-setup-"));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("is taken up again after an interruption, and then has nothing left to do", async () => {
    const project = freshProject();
    const first = spawn(process.execPath, ["setup/run.mjs", "setup"], { cwd: project, stdio: "pipe" });
    const ended = new Promise((resolve) => first.on("close", resolve));
    await until("npm installs", () => existsSync(join(project, "node_modules")), 120_000);
    first.kill("SIGTERM");
    await ended;
    assert.ok(!existsSync(join(project, ".rounds", "setup", "npm.stamp")), "nothing claims to be finished");

    const second = setUp(project);
    assert.equal(second.status, 0, second.stderr);
    assert.match(second.stderr, /npm packages: \d+, about \d+ MB/);
    assert.match(second.stderr, /Set-up done in \d+ s/);
    const version = spawnSync(join(project, "node_modules", ".bin", "node"), ["--version"], {
      encoding: "utf8",
    });
    assert.match(version.stdout, /^v24\./);
    const jupyter = spawnSync(join(project, ".venv", "bin", "python"), ["-m", "jupyterlab", "--version"], {
      encoding: "utf8",
    });
    assert.match(jupyter.stdout, /^4\.6\.6/);

    const third = setUp(project);
    assert.equal(third.status, 0);
    assert.equal(third.stderr, "", "a set-up with nothing to do says nothing");
  });

  it("writes no download address into a lock file", () => {
    for (const path of ["package-lock.json", join("setup", "milvus", "package-lock.json")]) {
      const lock = readFileSync(join(projectRoot, path), "utf8");
      assert.doesNotMatch(lock, /"resolved"|https?:\/\/[^"]*\.tgz/);
    }
    for (const name of ["lab.lock", "train.lock", "test.lock", "bench.lock"]) {
      const text = readFileSync(join(projectRoot, "setup", "python", name), "utf8");
      assert.doesNotMatch(text, /https?:\/\//);
      assert.match(text, /--hash=sha256:/);
    }
  });

  it("says how large PyTorch is before it is fetched, and how to get the small build", () => {
    const project = freshProject();
    const bin = join(project, ".venv", "bin");
    mkdirSync(bin, { recursive: true });
    const install = (packages: string[]) => {
      const plan = JSON.stringify({ install: packages.map((name) => ({ metadata: { name } })) });
      // What pip would do, and a word instead of doing it.
      const script = `case "$*" in *--report*) echo '${plan}' > .rounds/setup/torch-plan.json;; *) echo installed >> installed;; esac`;
      writeFileSync(join(bin, "python"), `#!/bin/sh\n${script}\n`);
      chmodSync(join(bin, "python"), 0o755);
      const program =
        'import { installTorch } from "./setup/torch.mjs"; await installTorch((size) => console.log(size));';
      const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", program], {
        cwd: project,
        encoding: "utf8",
      });
      return { megabytes: Number(stdout), stderr };
    };
    const small = install(["torch"]);
    assert.equal(small.megabytes, 800);
    assert.match(small.stderr, /PyTorch [\d.]+: about 200 MB to fetch, 0\.8 GB on disk/);
    assert.doesNotMatch(small.stderr, /CUDA/);
    const large = install(["torch", "nvidia-cublas", "triton"]);
    assert.equal(large.megabytes, 7000);
    assert.match(large.stderr, /with CUDA, about 3 GB to fetch, 7 GB on disk/);
    if (!existsSync("/proc/driver/nvidia")) assert.match(large.stderr, /no NVIDIA GPU.*PIP_EXTRA_INDEX_URL/s);
    const nothing = install([]);
    assert.ok(Number.isNaN(nothing.megabytes) || nothing.megabytes === 0, "nothing is asked for");
    assert.equal(readFileSync(join(project, "installed"), "utf8"), "installed\ninstalled\n");
  });

  it("has PyTorch only for what trains or serves a model", async () => {
    const { requirementsOf } = await import("../../setup/requirements.mjs");
    for (const command of ["train", "serve", "evaluate", "dedup"])
      assert.deepEqual(requirementsOf("rounds", [command]), [], "it sets up what it needs, once it can run");
    assert.deepEqual(requirementsOf("start", []), ["lab"]);
    assert.deepEqual(requirementsOf("test", ["corpus", "--help"]), []);
    assert.deepEqual(requirementsOf("check", []), []);
    assert.deepEqual(requirementsOf("notebooks", []), []);
    assert.deepEqual(requirementsOf("notebooks", ["--html=pages"]), ["lab"]);
    assert.deepEqual(requirementsOf("setup", ["train"]), ["train"]);
    assert.throws(
      () => requirementsOf("setup", ["trian"]),
      /Set-up has no part "trian"; parts are lab, train/,
    );
  });

  it("names the remedy when Python is too old", () => {
    const python = fakeProgram("old-python", "echo 3.9");
    const result = setUp(freshProject(), { ROUNDS_PYTHON: python });
    assert.equal(result.status, 1);
    assert.match(result.stderr, /✖ No Python 3\.11 or newer \(.*old-python is 3\.9\)\. Install one/);
  });

  it("names the remedy when Python has no venv module", () => {
    const python = fakeProgram("bare-python", "echo 3.12; exit 1");
    const result = setUp(freshProject(), { ROUNDS_PYTHON: python });
    assert.equal(result.status, 1);
    assert.match(result.stderr, /✖ Python 3\.12 has no venv module.*apt install python3\.12-venv/);
  });

  it("says that there is no network, and leaves nothing that looks finished", () => {
    const project = freshProject();
    const result = setUp(project, {
      npm_config_registry: "http://127.0.0.1:9/",
      npm_config_cache: join(folder, "empty-npm-cache"),
      npm_config_fetch_retries: "0",
      PIP_INDEX_URL: "http://127.0.0.1:9/simple",
      PIP_NO_CACHE_DIR: "1",
      PIP_RETRIES: "0",
    });
    assert.equal(result.status, 1);
    assert.match(result.stderr, /✖ No network: .* run the command again/);
    assert.ok(!existsSync(join(project, ".rounds", "setup", "npm.stamp")));
  });

  it("says how much is missing when the disk is full", { skip: skipWithoutMounts() }, () => {
    const small = mkdtempSync(join(folder, "small-"));
    assert.equal(spawnSync("mount", ["-t", "tmpfs", "-o", "size=20m", "tmpfs", small]).status, 0);
    try {
      const project = freshProject(small);
      const result = setUp(project);
      assert.equal(result.status, 1);
      assert.match(
        result.stderr,
        /✖ Disk full: set-up needs about \d+ MB in .* and \d+ MB are free\. Free some space/,
      );
      assert.ok(!existsSync(join(project, "node_modules")), "nothing was begun");
    } finally {
      spawnSync("umount", [small]);
    }
  });

  it("takes over the lock of a set-up that was killed", () => {
    const project = freshProject();
    mkdirSync(join(project, ".rounds", "setup"), { recursive: true });
    writeFileSync(join(project, ".rounds", "setup", "lock"), "999999999");
    const result = setUp(project, { ROUNDS_PYTHON: fakeProgram("older-python", "echo 3.8") });
    assert.match(result.stderr, /No Python 3\.11/);
  });
});
