import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { KernelClient } from "../../kernels/client/kernel-client.ts";
import { nextBroadcast, resultText, startKernel, streamText } from "./start-kernel.ts";

const TIMEOUT = { timeoutMilliseconds: 15_000 };

describe("work that an interrupt ends", { timeout: 120_000 }, () => {
  let kernel: KernelClient;
  before(async () => {
    kernel = await startKernel();
    await kernel.execute(
      'import { setTimeout as sleep } from "node:timers/promises"; let count = 0;',
      TIMEOUT,
    );
  });

  /** Run a cell that prints "started", interrupt it there, and give its outputs. */
  async function interrupted(code: string) {
    const started = nextBroadcast(kernel, ({ content }) => String(content["text"]).startsWith("started"));
    const cell = kernel.execute(code, TIMEOUT);
    await started;
    await kernel.interrupt();
    const { reply, outputs } = await cell;
    assert.equal(reply.ename, "KeyboardInterrupt", JSON.stringify(outputs));
    return outputs;
  }
  const value = async (code: string) => resultText((await kernel.execute(code, TIMEOUT)).outputs);

  /** A variable that the work changes must stand still. */
  async function assertStopped(): Promise<void> {
    // One step that was under way may still end.
    await sleep(150);
    const stood = await value("count");
    await sleep(300);
    assert.equal(await value("count"), stood);
  }

  const STEADY: Record<string, string> = {
    "a loop that waits": 'console.log("started"); while (true) { await sleep(10); count++; }',
    "a loop in a function of an earlier cell": 'console.log("started"); await countForever();',
    "a loop over events": `
      async function* ticks() { for (;;) { await sleep(10); yield 1; } }
      console.log("started"); for await (const tick of ticks()) count += tick;`,
    "a loop over a stream of a package": `
      import { setInterval as every } from "node:timers/promises";
      console.log("started"); for await (const _ of every(10)) count++;`,
    "work that catches what it meets": `
      console.log("started"); for (;;) { try { await sleep(10); } catch {} }`,
    "a timer": 'setInterval(() => count++, 10); console.log("started"); await new Promise(() => {});',
    "a chain of timers": `
      function next() { count++; setTimeout(next, 5); }
      next(); console.log("started"); await new Promise(() => {});`,
    "a chain of immediates": `
      function later() { count++; setImmediate(later); }
      later(); console.log("started"); await new Promise(() => {});`,
    "parallel work": `
      const work = async () => { for (;;) { await sleep(5); count++; } };
      console.log("started"); await Promise.all([work(), work(), work()]);`,
  };
  for (const [name, code] of Object.entries(STEADY)) {
    it(`is really over: ${name}`, async () => {
      await kernel.execute(
        "async function countForever() { for (;;) { await sleep(10); count++; } }",
        TIMEOUT,
      );
      const outputs = await interrupted(code);
      await assertStopped();
      assert.equal(streamText(outputs, "stderr"), "");
    });
  }

  it("is over after a second when the code catches every interrupt", async () => {
    await interrupted(
      'console.log("started"); for (;;) { try { await sleep(10); count++; } catch { count++; } }',
    );
    await sleep(1_200);
    await assertStopped();
  });

  it("cleans up: what stands in finally runs, and can wait", async () => {
    await interrupted(`
      try { console.log("started"); while (true) await sleep(10); }
      finally { count = -1; }`);
    await sleep(50);
    assert.equal(await value("count"), "-1");
    await kernel.execute("count = 0", TIMEOUT);
  });

  it("does not reach the work of earlier cells", async () => {
    await kernel.execute("let earlier = 0; const clock = setInterval(() => earlier++, 5);", TIMEOUT);
    await interrupted('console.log("started"); await new Promise(() => {});');
    const ticked = Number(await value("earlier"));
    await sleep(100);
    assert.ok(Number(await value("earlier")) > ticked);
    await kernel.execute("clearInterval(clock)", TIMEOUT);
  });

  it("is a query of a table: the database stops too, and answers the next one", async () => {
    await kernel.execute('import { fromRows } from "rounds"; const numbers = fromRows([{ n: 1 }]);', TIMEOUT);
    const long =
      "SELECT count(*) AS c FROM range(3000000) a, range(3000000) b WHERE (a.range * b.range) % 7 = 3";
    await interrupted(`console.log("started"); await numbers.sql(${JSON.stringify(long)}).rows();`);
    // The threads of the database fall idle; other work of the kernel ends by itself.
    const used =
      "const start = process.cpuUsage(); await sleep(300); const { user } = process.cpuUsage(start); user / 300_000";
    let share = 1;
    for (let tries = 0; share > 0.2 && tries < 20; tries += 1) share = Number(await value(used));
    assert.ok(share <= 0.2, "the query still computes");
    assert.match(String(await value('await numbers.sql("SELECT n + 1 AS m FROM this").rows()')), /1 row/);
  });

  it("is a pool of threads that the cell started", async () => {
    await interrupted(`
      import { Worker } from "node:worker_threads";
      const shared = new Int32Array(new SharedArrayBuffer(4));
      const pool = [1, 2].map(() => new Worker(
        "const { workerData } = require('node:worker_threads'); for (;;) Atomics.add(workerData, 0, 1)",
        { eval: true, workerData: shared }));
      while (Atomics.load(shared, 0) === 0) await sleep(5);
      console.log("started");
      await Promise.all(pool.map((worker) => new Promise((resolve) => worker.on("message", resolve))));`);
    await sleep(200);
    const counted = await value("Atomics.load(shared, 0)");
    assert.ok(Number(counted) > 0);
    await sleep(100);
    assert.equal(await value("Atomics.load(shared, 0)"), counted);
  });

  it("keeps a pool of threads of an earlier cell", async () => {
    await kernel.execute(
      `import { Worker as Thread } from "node:worker_threads";
       const echo = new Thread("const { parentPort } = require('node:worker_threads'); parentPort.on('message', (m) => parentPort.postMessage(m))", { eval: true });`,
      TIMEOUT,
    );
    await interrupted('console.log("started"); await new Promise(() => {});');
    const answer =
      "echo.postMessage('still here'); await new Promise((resolve) => echo.once('message', resolve))";
    assert.equal(await value(answer), "'still here'");
    await kernel.execute("await echo.terminate()", TIMEOUT);
  });

  it("is a child process, with its own children", async () => {
    const outputs = await interrupted(`
      import { spawn } from "node:child_process";
      const child = spawn("sh", ["-c", "sh -c 'echo $$; sleep 61; true'; true"]);
      const ended = new Promise((resolve) => child.on("close", (code, signal) => resolve(signal ?? code)));
      const [pid] = await child.stdout.take(1).toArray();
      console.log("started " + pid);
      await ended;`);
    await kernel.execute("await ended", TIMEOUT);
    const pid = Number(/started (\d+)/.exec(streamText(outputs, "stdout"))![1]);
    assert.throws(() => process.kill(pid, 0), { code: "ESRCH" });
  });

  it("leaves the processes of earlier cells alone", async () => {
    await kernel.execute(
      'import { spawn as start } from "node:child_process"; const server = start("sleep", ["62"]);',
      TIMEOUT,
    );
    await interrupted('console.log("started"); await new Promise(() => {});');
    await interrupted(
      'import { execSync } from "node:child_process"; console.log("started"); execSync("trap \'\' INT; sleep 63");',
    );
    assert.equal(await value("[server.exitCode, server.signalCode]"), "[ null, null ]");
    await kernel.execute("server.kill()", TIMEOUT);
  });

  it("says that only a restart helps where a native call holds the thread", async () => {
    const folder = mkdtempSync(join(tmpdir(), "rounds-stuck-"));
    try {
      const fifo = join(folder, "never-written");
      execFileSync("mkfifo", [fifo]);
      const told = nextBroadcast(kernel, ({ content }) =>
        String(content["text"]).includes("restart the kernel"),
      );
      const cell = kernel.execute(`(await import("node:fs")).readFileSync(${JSON.stringify(fifo)})`, TIMEOUT);
      await nextBroadcast(kernel, ({ header }) => header.msg_type === "execute_input");
      await sleep(100);
      await kernel.interrupt();
      await told;
      // The call returns, and the cell ends as it was asked to.
      writeFileSync(fifo, "");
      assert.equal((await cell).reply.ename, "KeyboardInterrupt");
      assert.equal(await value("'alive'"), "'alive'");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
