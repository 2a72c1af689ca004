import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import type { KernelClient } from "../../kernels/client/kernel-client.ts";
import { nextBroadcast, resultText, startKernel, streamText } from "./start-kernel.ts";

const TIMEOUT = { timeoutMilliseconds: 15_000 };

/** Code that does not end by itself, by where it holds the thread. */
const ENDLESS = {
  "a loop": "while (true) {}",
  "a loop after an await": "await null; while (true) {}",
  "a loop of microtasks": "while (true) await null;",
  "a loop that catches everything": "while (true) { try { while (true) {} } catch {} }",
  "a loop in a timer": "await new Promise(() => setTimeout(() => { while (true) {} }, 1));",
  "a chain of immediates": "await new Promise(() => { const next = () => setImmediate(next); next(); });",
  "a loop that waits": "for (;;) await new Promise((resolve) => setTimeout(resolve, 5));",
  "a command that is waited for": `import { execSync } from "node:child_process"; execSync("sleep 60");`,
  "a chain of ticks": "await new Promise(() => { const tick = () => process.nextTick(tick); tick(); });",
  "an await that never settles": "await new Promise(() => {});",
  "a blocked thread": "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);",
};

for (const way of ["message", "SIGINT"] as const) {
  describe(`an interrupt by ${way}`, () => {
    let kernel: KernelClient;
    before(async () => {
      kernel = await startKernel();
      await kernel.execute("let kept = 0", TIMEOUT);
      // The watcher of signals starts a moment after the kernel is ready; from then on none is lost.
      const waiting = kernel.execute("await new Promise(() => {})", TIMEOUT);
      const signals = setInterval(() => process.kill(kernel.pid, "SIGINT"), 200);
      await waiting.finally(() => clearInterval(signals));
    });

    for (const [shape, code] of Object.entries(ENDLESS)) {
      it(`stops ${shape}; variables and timers still work`, async () => {
        const started = nextBroadcast(kernel, ({ content }) => content["text"] === "started\n");
        const cell = kernel.execute(`console.log("started"); ${code}`, TIMEOUT);
        await started;
        if (way === "message") await kernel.interrupt();
        else process.kill(kernel.pid, "SIGINT");
        const { reply, outputs } = await cell;
        assert.equal(reply.status, "error");
        assert.equal(reply.ename, "KeyboardInterrupt");
        assert.deepEqual(
          outputs.map(({ output_type }) => output_type),
          ["stream", "error"],
        );
        const earlier = await kernel.execute("kept", TIMEOUT);
        const later = await kernel.execute(
          "kept += 1; await new Promise((resolve) => setTimeout(resolve, 5)); kept",
          TIMEOUT,
        );
        assert.equal(Number(resultText(later.outputs)), Number(resultText(earlier.outputs)) + 1);
      });
    }

    it("does nothing to an idle kernel", async () => {
      if (way === "message") await kernel.interrupt();
      else process.kill(kernel.pid, "SIGINT");
      assert.equal(resultText((await kernel.execute("'alive'", TIMEOUT)).outputs), "'alive'");
    });
  });
}

describe("an interrupt", () => {
  let kernel: KernelClient;
  before(async () => {
    kernel = await startKernel();
  });

  it("ends a cell that waits for an answer", async () => {
    const { promise: asked, resolve } = Promise.withResolvers<void>();
    const cell = kernel.execute("input('never answered')", {
      ...TIMEOUT,
      onInput: () => {
        resolve();
        return new Promise<string>(() => {});
      },
    });
    await asked;
    await kernel.interrupt();
    assert.equal((await cell).reply.ename, "KeyboardInterrupt");
    const next = await kernel.execute("input('answered')", { ...TIMEOUT, onInput: () => "yes" });
    assert.equal(resultText(next.outputs), "'yes'");
  });

  it("aborts the signal that libraries listen to", async () => {
    const first = kernel.execute(
      `const { interruptSignal } = globalThis[Symbol.for("Jupyter.display")];
       interruptSignal.addEventListener("abort", () => console.log("told"));
       await new Promise(() => {});`,
      TIMEOUT,
    );
    await nextBroadcast(kernel, ({ header }) => header.msg_type === "execute_input");
    const told = nextBroadcast(kernel, ({ content }) => content["text"] === "told\n");
    await kernel.interrupt();
    await told;
    assert.equal(streamText((await first).outputs, "stdout"), "told\n");
    const fresh = await kernel.execute(
      'globalThis[Symbol.for("Jupyter.display")].interruptSignal.aborted',
      TIMEOUT,
    );
    assert.equal(resultText(fresh.outputs), "false");
  });

  it("stops what an ended cell left running", async () => {
    const busy = nextBroadcast(kernel, ({ content }) => content["text"] === "busy\n");
    await kernel.execute("setTimeout(() => { console.log('busy'); while (true) {} }, 10)", TIMEOUT);
    await busy;
    const next = kernel.execute("'free'", TIMEOUT);
    await kernel.interrupt();
    // The next cell was queued behind the loop; it may be stopped with it or run after it.
    const { reply } = await next;
    assert.ok(reply.status === "ok" || reply.ename === "KeyboardInterrupt");
    assert.equal(resultText((await kernel.execute("'free'", TIMEOUT)).outputs), "'free'");
  });

  it("aborts the cells queued behind the one that it stops", async () => {
    const cells = ["await new Promise(() => {});", "'second'", "'third'"].map((code) =>
      kernel.execute(code, TIMEOUT),
    );
    await nextBroadcast(kernel, ({ header }) => header.msg_type === "execute_input");
    await kernel.interrupt();
    const replies = await Promise.all(cells);
    assert.deepEqual(
      replies.map(({ reply }) => reply.status),
      ["error", "aborted", "aborted"],
    );
  });
});
