import { spawn } from "node:child_process";
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Router } from "zeromq";
import { KernelClient } from "../../kernels/client/kernel-client.ts";
import { createConnectionFile } from "../../kernels/client/connection-file.ts";
import { readKernelspec } from "../../kernels/client/kernelspec.ts";
import { channelAddress } from "../../kernels/typescript/wire/connection.ts";
import { until } from "../support/until.ts";
import { KERNELSPEC, resultText, startKernel } from "./start-kernel.ts";

const TIMEOUT = { timeoutMilliseconds: 10_000 };

describe("the life of a kernel", { timeout: 60_000 }, () => {
  it("starts anew without the old variables", async () => {
    const first = await startKernel();
    await first.execute("const kept = 1", TIMEOUT);
    await first.shutdown({ restart: true });
    assert.deepEqual(await first.exited, { code: 0, signal: null });
    const second = await startKernel();
    assert.equal(resultText((await second.execute("typeof kept", TIMEOUT)).outputs), "'undefined'");
  });

  it("ends while a cell keeps the thread busy", async () => {
    const kernel = await startKernel();
    // Whether it still hears of the cell's end depends on who is faster.
    const cell = Promise.allSettled([kernel.execute("while (true) {}")]);
    await sleep(100);
    const { content } = await kernel.request("control", "shutdown_request", { restart: false }, TIMEOUT);
    assert.equal(content["status"], "ok");
    assert.deepEqual(await kernel.exited, { code: 0, signal: null });
    await cell;
  });

  it("runs exit handlers of the cells", async () => {
    const directory = mkdtempSync(join(tmpdir(), "rounds-exit-"));
    try {
      const kernel = await startKernel({ directory });
      const code =
        "import { writeFileSync } from 'node:fs'; process.on('exit', () => writeFileSync('left.txt', 'bye'))";
      await kernel.execute(code, TIMEOUT);
      await kernel.shutdown();
      assert.equal(readFileSync(join(directory, "left.txt"), "utf8"), "bye");
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it("that dies in a cell is noticed at once, with what it wrote last", async () => {
    const kernel = await startKernel();
    const cell = kernel.execute("await new Promise(() => {})");
    const waited = assert.rejects(cell, { name: "KernelDiedError", message: /ended by SIGKILL/ });
    await sleep(100);
    process.kill(kernel.pid, "SIGKILL");
    await waited;
    assert.equal(kernel.alive, false);
    await assert.rejects(kernel.execute("1"), { name: "KernelDiedError" });
  });

  it("that cannot start says why", async () => {
    const directory = mkdtempSync(join(tmpdir(), "rounds-spec-"));
    try {
      const argv = [process.execPath, join(KERNELSPEC, "main.mjs"), join(directory, "missing.json")];
      writeFileSync(join(directory, "kernel.json"), JSON.stringify({ argv, display_name: "", language: "" }));
      await assert.rejects(KernelClient.start({ kernelspec: directory }), {
        name: "KernelDiedError",
        message: /missing\.json/,
      });
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it("that finds its port taken says which one, and ends in order", async () => {
    const { connection, path, remove } = await createConnectionFile();
    const other = new Router({ linger: 0 });
    await other.bind(channelAddress(connection, "iopub"));
    const [command, ...parameters] = readKernelspec(KERNELSPEC).argv.map((part) =>
      part.replace("{connection_file}", path),
    );
    const kernel = spawn(command!, parameters, { stdio: ["ignore", "ignore", "pipe"] });
    const log = text(kernel.stderr);
    const [code, signal] = (await once(kernel, "exit")) as [number | null, string | null];
    other.close();
    remove();
    assert.deepEqual({ code, signal }, { code: 1, signal: null });
    assert.ok((await log).includes(`${channelAddress(connection, "iopub")}: Error: Address already in use`));
  });

  it("ends when the server that started it is killed, and not before", async () => {
    const file = await createConnectionFile();
    const pids = await startThroughParent(file.path, { JPY_PARENT_PID: String(process.pid) });
    try {
      await sleep(1_500);
      assert.ok(isRunning(pids.kernel), "the kernel ended while its parent lives");
      process.kill(pids.parent, "SIGKILL");
      await until("the kernel ends with its parent", () => !isRunning(pids.kernel));
    } finally {
      stop(pids);
      file.remove();
    }
  });

  it("outlives its starter where no server asks it to end with it", async () => {
    const file = await createConnectionFile();
    const pids = await startThroughParent(file.path, { JPY_PARENT_PID: "" });
    try {
      await sleep(1_500);
      process.kill(pids.parent, "SIGKILL");
      await sleep(2_500);
      assert.ok(isRunning(pids.kernel));
    } finally {
      stop(pids);
      file.remove();
    }
  });

  it("keeps the notebook's folder as its own", async () => {
    const directory = fileURLToPath(new URL(".", import.meta.url));
    const kernel = await startKernel({ directory });
    assert.equal(
      resultText((await kernel.execute("process.cwd() + '/'", TIMEOUT)).outputs),
      `'${directory}'`,
    );
  });
});

/** Start a kernel as the child of a process of its own. */
async function startThroughParent(
  connectionFile: string,
  environment: Record<string, string>,
): Promise<{ parent: number; kernel: number }> {
  const argv = readKernelspec(KERNELSPEC).argv.map((part) =>
    part.replace("{connection_file}", connectionFile),
  );
  const program = `
    const { spawn } = require("node:child_process");
    const [command, ...parameters] = ${JSON.stringify(argv)};
    console.log(spawn(command, parameters, { stdio: "ignore", detached: true }).pid);
    setInterval(() => {}, 1000);`;
  const parent = spawn(process.execPath, ["-e", program], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, ...environment },
  });
  const kernel = Number(await new Promise((resolve) => parent.stdout.once("data", resolve)));
  return { parent: parent.pid!, kernel };
}

function stop(pids: { parent: number; kernel: number }): void {
  for (const pid of [pids.parent, pids.kernel]) if (isRunning(pid)) process.kill(pid, "SIGKILL");
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
