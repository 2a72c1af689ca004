/** Kernels and model servers on the nodes of a real Slurm, over a real ssh server. */
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

import { RemoteCellError } from "../../lib/lab/remote-output.ts";
import { remoteKernel, type RemoteKernel, type RemoteKernelOptions } from "../../lib/lab/remote-kernel.ts";
import { serveCommand, serveOnCluster } from "../../lib/lab/serve-on-cluster.ts";
import { connectModel } from "../../lib/models/connect-model.ts";
import { projectNode, projectRoot, venv, venvPython } from "../../setup/paths.mjs";
import { until } from "../support/until.ts";
import { skipWithoutSlurm, SlurmCluster } from "./slurm-cluster.ts";

/** Three seconds. */
const idleMinutes = 0.05;

describe("sessions on a cluster", { skip: skipWithoutSlurm(), timeout: 600_000 }, () => {
  let folder: string;
  let slurm: SlurmCluster;
  const path = (...names: string[]) => join(folder, ...names);

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "rounds-sessions-"));
    mkdirSync(path("slurm"));
    slurm = await SlurmCluster.start(path("slurm"), 2, { gpusPerNode: 2, ssh: true });
    const here = {
      scheduler: "slurm",
      ssh: { host: "loopback", configFile: slurm.sshConfig },
      root: path("root"),
      nodes: 2,
      gpusPerNode: 2,
      processorsPerNode: 16,
      memoryGibPerNode: 64,
      environment: { kind: "venv", path: venv },
      // Where a cluster has our kernel: its folder of the project.
      variables: { JUPYTER_PATH: projectRoot, OMP_NUM_THREADS: "1", TMPDIR: folder },
    };
    writeFileSync(path("clusters.json"), JSON.stringify({ version: 1, clusters: { here } }));
  });

  after(async () => {
    await slurm?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const opened: RemoteKernel[] = [];

  async function open(more: Partial<RemoteKernelOptions> = {}): Promise<RemoteKernel> {
    const options = {
      cluster: "here",
      config: path("clusters.json"),
      runs: path("runs"),
      onStatus: () => {},
    };
    const kernel = await remoteKernel({ ...options, ...more });
    opened.push(kernel);
    return kernel;
  }

  // A test that failed half-way leaves no kernel to the next.
  afterEach(async () => {
    for (const kernel of opened.splice(0)) await kernel.close();
  });

  /** Folders of sessions on the nodes: gone when their servers and all they have started are. */
  const left = (): string[] => readdirSync(folder).filter((name) => name.startsWith("rounds-session-"));

  async function assertGone(timeoutMs: number): Promise<void> {
    await slurm.idle(timeoutMs);
    await until("nothing of the session is left on its node", () => left().length === 0, 20_000);
  }

  it("runs cells on the node, with their output as it comes, and goes on when the connection breaks", async (test) => {
    const kernel = await open({ gpus: 1 });
    const printed = capture(test);
    const answer = await kernel.run("import os, time\nprint(os.environ['CUDA_VISIBLE_DEVICES'])\n6 * 7");
    assert.deepEqual(answer.result, { "text/plain": "42" });
    assert.equal(printed.splice(0).join(""), "0\n42\n");
    await assert.rejects(kernel.run("1 / 0"), (error: RemoteCellError) => {
      assert.equal(error.message, "ZeroDivisionError: division by zero");
      assert.match(error.traceback, /----> 1 1 \/ 0/u);
      return true;
    });
    const interrupted = kernel.run("time.sleep(60)", { signal: AbortSignal.timeout(500) });
    await assert.rejects(interrupted, { name: "TimeoutError" });
    printed.length = 0;
    const slow = kernel.run(
      "for number in range(20):\n    print(number, flush=True)\n    time.sleep(0.1)\nnumber",
    );
    await until("it runs", () => printed.length > 3);
    slurm.cutConnections();
    await until("it goes on", () => printed.length > 12);
    slurm.cutConnections();
    assert.deepEqual((await slow).result, { "text/plain": "19" });
    const numbers = Array.from({ length: 20 }, (_, number) => `${number}\n`).join("");
    assert.equal(printed.join(""), `${numbers}19\n`);
    const died = kernel.run("os.kill(os.getpid(), 9)");
    await assert.rejects(died, { name: "JobError", message: /its kernel died; its variables are gone/u });
    await kernel.close();
    assert.match(await kernel.ended, /closed|ended/u);
    await assert.rejects(kernel.run("1"), Error);
    await assertGone(20_000);
  });

  it("lets nobody else in, and writes its token nowhere", async () => {
    const kernel = await open();
    const [session] = left();
    const token = readFileSync(path(session!, "token"), "utf8");
    assert.equal(statSync(path(session!)).mode & 0o777, 0o700);
    assert.equal(statSync(path(session!, "server.sock")).mode & 0o777, 0o600);
    assert.equal(statSync(path(session!, "token")).mode & 0o777, 0o600);
    const { stdout } = await promisify(execFile)("grep", ["-rl", token, path("root"), path("runs")]).catch(
      (error: { stdout: string }) => error,
    );
    assert.equal(stdout, "");
    const commands = readdirSync("/proc").filter((name) => /^\d+$/u.test(name));
    const lines = commands.map((pid) => readCommand(pid)).filter((line) => line.includes(token));
    assert.deepEqual(lines, []);
    await kernel.close();
  });

  it("runs TypeScript where the cluster has our kernel, and says which languages it has", async () => {
    const kernel = await open({ language: "typescript" });
    const { result } = await kernel.run("const six: number = 6; six * 7");
    assert.equal(String(result?.["text/plain"]), "42");
    await kernel.close();
    await assert.rejects(open({ cluster: "her" }), /did you mean here\?/u);
    await assert.rejects(open({ gpus: 9 }), /GPUs of a node: 9 asked for/u);
  });

  it("ends when no cell has run for its idle time", async () => {
    const kernel = await open({ idleMinutes });
    await kernel.run("1");
    await kernel.ended;
    await assertGone(20_000);
  });

  it("ends within its idle time when its client was killed, whatever its kernel does", async () => {
    const client = spawn(
      projectNode,
      [
        join(projectRoot, "test/slurm/session-client.ts"),
        path("clusters.json"),
        path("runs"),
        String(idleMinutes),
      ],
      { stdio: ["ignore", "pipe", "ignore"] },
    );
    const ready = new Promise((resolve) => client.stdout.on("data", resolve));
    await ready;
    await sleep(4000);
    assert.equal(left().length, 1, "a busy kernel of a living client is not idle");
    client.kill("SIGKILL");
    const killed = Date.now();
    await assertGone(30_000);
    const seconds = (Date.now() - killed) / 1000;
    const log = readdirSync(path("root", "runs")).map((id) =>
      readFileSync(path("root", "runs", id, "log.txt"), "utf8"),
    );
    assert.ok(
      log.some((text) => /the session ends: nobody has been there for [3-9] s/u.test(text)),
      `${seconds} s`,
    );
  });

  it("serves a model of the cluster to this machine", async () => {
    const write =
      "import sys; from pathlib import Path; from served_models import write_model; write_model(Path(sys.argv[1]))";
    const environment = { ...process.env, PYTHONPATH: `${projectRoot}:${join(projectRoot, "test/trainer")}` };
    await promisify(execFile)(venvPython, ["-c", write, path("tiny")], {
      env: environment,
      timeout: 120_000,
    });
    const common = {
      cluster: "here",
      config: path("clusters.json"),
      runs: path("runs"),
      timeLimitMinutes: 30,
      onStatus: () => {},
    };
    const served = await serveOnCluster({ ...common, model: path("tiny"), engine: "rounds", gpus: 0 });
    assert.equal((await fetch(`${served.url}/models`)).status, 401);
    const model = await connectModel(served.url, { apiKey: served.token });
    const [likelihoods] = await model.logLikelihood([{ context: "a", continuations: [" b"] }]);
    assert.ok(likelihoods![0]!.sum < 0);
    await served.close();
    await assertGone(20_000);
    const missing = serveOnCluster({ ...common, model: path("nowhere"), engine: "vllm" });
    await assert.rejects(missing, /nowhere/u);
  });

  it("starts vLLM on the node's own address, split over the GPUs", () => {
    const command = serveCommand("vllm", { model: "/models/clinical 7b", name: "clinical", gpus: 8 });
    assert.deepEqual(command.slice(0, 5), [
      "vllm",
      "serve",
      "/models/clinical 7b",
      "--served-model-name",
      "clinical",
    ]);
    const rest = ["--host", "127.0.0.1", "--port", "{port}", "--tensor-parallel-size", "8"];
    assert.deepEqual(command.slice(5), rest);
  });
});

function readCommand(pid: string): string {
  const path = `/proc/${pid}/cmdline`;
  try {
    return existsSync(path) ? readFileSync(path, "utf8") : "";
  } catch {
    return "";
  }
}

/** What is written to standard output while the test runs. */
function capture(test: { after(act: () => void): void }): string[] {
  const printed: string[] = [];
  const original = process.stdout.write.bind(process.stdout);
  process.stdout.write = ((chunk: string | Uint8Array, ...rest: never[]) => {
    if (typeof chunk === "string" && /^[\d\n]+$/u.test(chunk)) printed.push(chunk);
    return original(chunk, ...rest);
  }) as typeof process.stdout.write;
  test.after(() => (process.stdout.write = original));
  return printed;
}
