/** How a stopped cell, its kernel and its debugger come to an end. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DebugClient } from "./debug-client.ts";
import { nextBroadcast, resultText, streamText } from "./start-kernel.ts";

describe("a kernel whose cell is stopped", () => {
  it("had run that cell already when the debugger came", async () => {
    const client = await DebugClient.start();
    const code =
      "let turns = 0;\nwhile (turns >= 0) {\n  turns += 1;\n  await new Promise((resolve) => setTimeout(resolve, 5));\n}";
    const started = nextBroadcast(client.kernel, ({ header }) => header.msg_type === "execute_input");
    const cell = client.run(code);
    await started;
    await client.attach();
    assert.deepEqual(await client.breakAt(code, 3), [3]);
    assert.deepEqual(await client.stopped("breakpoint"), ["Cell [1]:3"]);
    await client.breakAt(code);
    await client.continue();
    // An interrupt stops what runs, too.
    await client.kernel.interrupt();
    assert.equal((await cell).reply.ename, "KeyboardInterrupt");
    assert.equal(resultText((await client.run("turns > 0")).outputs), "true");
  });

  for (const restart of [true, false]) {
    it(restart ? "restarts" : "shuts down", async () => {
      const client = await DebugClient.start();
      await client.attach();
      const cell = client.run("debugger; await new Promise(() => {});");
      cell.catch(() => {});
      await client.stopped("breakpoint");
      await client.kernel.send("control", "shutdown_request", { restart });
      assert.deepEqual(await client.kernel.exited, { code: 0, signal: null }, client.kernel.log);
    });
  }

  it("ends with `process.exit`, also while the debugger is on", async () => {
    const client = await DebugClient.start();
    await client.attach();
    client.run("process.exit(3)").catch(() => {});
    assert.deepEqual(await client.kernel.exited, { code: 3, signal: null });
  });

  it("goes on when nobody asks its debugger for long", async () => {
    const client = await DebugClient.start({ environment: { ROUNDS_DEBUGGER_MINUTES: "0.01" } });
    await client.attach();
    const { outputs } = await client.run("debugger; 'on its own'");
    assert.equal(resultText(outputs), "'on its own'");
    assert.match(streamText(outputs, "stderr"), /debugger is off and the cell goes on/);
  });
});

describe("a cell that fills the memory while the debugger is on", { timeout: 120_000 }, () => {
  it("is stopped, and the debugger turned off; variables stay, and it can be turned on again", async () => {
    const client = await DebugClient.start({ environment: { NODE_OPTIONS: "--max-old-space-size=150" } });
    await client.run("const kept = 42");
    await client.attach();
    const cell = "{ const numbers: number[] = []; for (let i = 0; ; i++) numbers.push(i + 0.5); }";
    const { reply, outputs } = await client.kernel.execute(cell, { timeoutMilliseconds: 60_000 });
    assert.equal(reply.ename, "KeyboardInterrupt");
    assert.match(streamText(outputs, "stderr"), /it has filled the \d+ MB[^]*The debugger is off too/);
    assert.equal((await client.ask("debugInfo"))["isStarted"], false);
    await client.attach();
    assert.equal(resultText((await client.run("kept")).outputs), "42");
  });
});
