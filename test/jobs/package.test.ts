/** Code on its way to a cluster: a snapshot that is known by its content, and arrives whole. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import type { JobSpec } from "../../lib/jobs/job-spec.ts";
import type { Cluster } from "../../lib/jobs/cluster/cluster.ts";
import type { ClusterShell } from "../../lib/jobs/cluster/cluster-shell.ts";
import { openOutbox } from "../../lib/jobs/cluster/outbox.ts";
import { LocalShell } from "../../lib/jobs/cluster/local-shell.ts";
import { listCode } from "../../lib/jobs/package/list-code.ts";
import { packCode, packFolder } from "../../lib/jobs/package/pack-code.ts";
import { uploadPackage } from "../../lib/jobs/package/upload-package.ts";

const onLinux = { skip: process.platform === "linux" ? false : "the scripts are for Linux" };

function folderOf(test: TestContext, files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = mkdtempSync(join(tmpdir(), "rounds-code-"));
  test.after(() => rmSync(folder, { recursive: true }));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(folder, name, ".."), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

async function pack(test: TestContext, code: string) {
  return packCode(code, await listCode(code), folderOf(test, {}));
}

describe("a snapshot of code", () => {
  it("has the same name for the same content, whatever the times and the folder", async (test) => {
    const files = { "a.py": "1", "sub/b.py": "2", "uv.lock": "3" };
    const [one, two] = [folderOf(test, files), folderOf(test, files)];
    utimesSync(join(two, "a.py"), 1, 1);
    const [first, second] = [await pack(test, one), await pack(test, two)];
    assert.equal(first.sha256, second.sha256);
    assert.equal(first.files, 3);
    assert.deepEqual(Object.keys(first.locks), ["uv.lock"]);
    writeFileSync(join(two, "sub", "b.py"), "3");
    assert.notEqual((await pack(test, two)).sha256, first.sha256);
  });

  it("is packed once for several jobs, as each would by itself", async (test) => {
    const code = folderOf(test, { "a.py": "1" });
    const runs = folderOf(test, {});
    const cluster: Cluster = {
      name: "here",
      scheduler: "slurm",
      root: "/shared",
      nodes: 1,
      gpusPerNode: 0,
      processorsPerNode: 1,
      memoryGibPerNode: 1,
      environment: { kind: "venv", path: "/shared/venv" },
    };
    const spec: JobSpec = {
      version: 1,
      name: "job",
      kind: "command",
      command: ["true"],
      resources: { nodes: 1, gpusPerNode: 0, timeLimitMinutes: 1 },
      code: { path: code },
      restartsMaximum: 0,
    };
    const shared = await packFolder(code, runs);
    const target = { cluster, clustersFile: join(runs, "clusters.json") };
    const written = async (token: string, packed?: () => Promise<typeof shared>) => {
      const folder = await openOutbox(runs, token, spec, { ...target, packed });
      const { code: told } = JSON.parse(readFileSync(join(folder, "spec.json"), "utf8"));
      return { told, file: statSync(join(folder, `${shared.sha256}.tar`)).ino };
    };
    const alone = await written("alone");
    const [first, second] = [
      await written("first", async () => shared),
      await written("second", async () => shared),
    ];
    assert.deepEqual([first.told, second.told], [alone.told, alone.told]);
    assert.deepEqual([first.file, second.file], [statSync(shared.path).ino, first.file]);
    assert.notEqual(alone.file, first.file);
  });

  it("of a git checkout is what git does not ignore, as it lies there", async (test) => {
    const code = folderOf(test, { ".gitignore": "data\n", "a.py": "1", "data/x": "big", ".env": "KEY=1" });
    const git = (...words: string[]) =>
      execFileSync("git", ["-C", code, "-c", "user.name=t", "-c", "user.email=t@t", ...words]);
    git("init", "-q");
    git("add", "a.py", ".gitignore");
    git("commit", "-qm", "first");
    assert.deepEqual((await listCode(code)).paths, [".env", ".gitignore", "a.py"]);
    writeFileSync(join(code, "a.py"), "2");
    const listing = await listCode(code);
    assert.match(listing.commit!, /^[0-9a-f]{40}$/u);
    assert.equal(listing.hasChanges, true);
    assert.deepEqual(listing.secrets, [".env"]);
  });

  it("knows npm's settings that hold a password or token from those that do not", async (test) => {
    const code = folderOf(test, {
      "a/.npmrc": "ignore-scripts=true\n; _password=x\n//host/:_authToken=${NPM_TOKEN}\n",
      "b/.npmrc": "fund=false\n//host/:_authToken=abc\n",
      "c/.npmrc": "_auth = abc",
    });
    const git = (...words: string[]) =>
      execFileSync("git", ["-C", code, "-c", "user.name=t", "-c", "user.email=t@t", ...words]);
    git("init", "-q");
    git("commit", "-qm", "first", "--allow-empty");
    assert.deepEqual((await listCode(code)).secrets, ["b/.npmrc", "c/.npmrc"]);
  });

  it("of another folder leaves out caches and environments", async (test) => {
    const code = folderOf(test, { "a.py": "1", "node_modules/x/y.js": "2", "__pycache__/a.pyc": "3" });
    symlinkSync("a.py", join(code, "link"));
    assert.deepEqual(await listCode(code), {
      paths: ["a.py", "link"],
      commit: null,
      hasChanges: false,
      secrets: [],
    });
  });
});

describe("a package on its way", onLinux, () => {
  it("arrives whole over a connection that breaks again and again, and is not sent again", async (test) => {
    const bytes = Buffer.alloc(20 * 2 ** 20, "0123456789abcdef");
    const packed = await pack(test, folderOf(test, { "data.bin": bytes, "run.sh": "echo hi" }));
    const root = folderOf(test, {});
    const local = new LocalShell({ name: "test" });
    let calls = 0;
    let sent = 0;
    // Of some pieces half arrives, and no answer.
    const breaking: ClusterShell = {
      name: "test",
      async run(program, parameters, options = {}) {
        const input = Buffer.from(options.input ?? "");
        const breaks = calls++ % 4 === 1;
        const part = breaks ? input.subarray(0, input.length / 2) : input;
        sent += part.length;
        const result = await local.run(program, parameters, { ...options, input: part });
        return breaks ? { exitCode: undefined, stdout: "", stderr: "" } : result;
      },
      stream: (...parameters) => local.stream(...parameters),
      connect: (...parameters) => local.connect(...parameters),
      close: () => local.close(),
    };
    await uploadPackage(breaking, root, packed);
    const place = join(root, "packages", packed.sha256);
    assert.deepEqual(readFileSync(join(place, "data.bin")), bytes);
    assert.deepEqual(readdirSync(place).toSorted(), ["COMPLETE", "data.bin", "run.sh"]);
    assert.ok(sent < 2 * packed.bytes, `${sent} bytes of ${packed.bytes}`);
    calls = 0;
    sent = 0;
    await uploadPackage(breaking, root, packed);
    assert.deepEqual([calls, sent], [1, 0]);
  });

  it("that was damaged on the way is sent again", async (test) => {
    const packed = await pack(test, folderOf(test, { "a.py": "print(1)" }));
    const root = folderOf(test, { [`packages/${packed.sha256}.partial`]: "damaged" });
    await uploadPackage(new LocalShell({ name: "test" }), root, packed);
    assert.equal(readFileSync(join(root, "packages", packed.sha256, "a.py"), "utf8"), "print(1)");
    assert.ok(!existsSync(join(root, "packages", `${packed.sha256}.partial`)));
  });
});
