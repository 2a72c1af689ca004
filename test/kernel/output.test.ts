import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import type { KernelClient } from "../../kernels/client/kernel-client.ts";
import {
  nextBroadcast,
  recordBroadcasts,
  resultText,
  startKernel,
  streamText,
  typesOf,
} from "./start-kernel.ts";

const TIMEOUT = { timeoutMilliseconds: 60_000 };

describe("output", () => {
  let kernel: KernelClient;
  before(async () => {
    kernel = await startKernel();
  });

  it("comes in the order in which it was written, across streams and displays", async () => {
    const { outputs } = await kernel.execute(
      `import { display } from "tslab";
       console.log("1"); console.log("2");
       console.error("3");
       display.text("4");
       console.log("5");
       await new Promise((resolve) => setTimeout(resolve, 5));
       process.stdout.write("6");
       7`,
      TIMEOUT,
    );
    const seen = outputs.map((output) =>
      "text" in output ? [output.name, output.text] : output.output_type,
    );
    assert.deepEqual(seen, [
      ["stdout", "1\n2\n"],
      ["stderr", "3\n"],
      "display_data",
      ["stdout", "5\n6"],
      "execute_result",
    ]);
  });

  it("is whole before idle: 5 MB in 50,000 lines", async () => {
    const { outputs } = await kernel.execute(
      "for (let line = 0; line < 50_000; line += 1) console.log(String(line).padStart(99, '.'))",
      TIMEOUT,
    );
    const lines = streamText(outputs, "stdout").split("\n");
    assert.equal(lines.length, 50_001);
    assert.ok(lines.every((line, index) => index === 50_000 || line === String(index).padStart(99, ".")));
  });

  it("is whole in bounded memory: 100 MB in 100,000 lines", { timeout: 120_000 }, async () => {
    let characters = 0;
    let messages = 0;
    const stop = kernel.onBroadcast(({ header, content }) => {
      if (header.msg_type !== "stream") return;
      characters += String(content["text"]).length;
      messages += 1;
    });
    await kernel.execute(
      "const kilobyte = 'x'.repeat(999); for (let line = 0; line < 100_000; line += 1) console.log(kilobyte)",
      TIMEOUT,
    );
    stop();
    assert.equal(characters, 100_000_000);
    assert.ok(messages < 10_000, `streams are merged: ${messages} messages`);
    const { outputs } = await kernel.execute("process.resourceUsage().maxRSS", TIMEOUT);
    const peakKilobytes = Number(resultText(outputs));
    assert.ok(peakKilobytes < 300_000, `peak memory is ${peakKilobytes} kB`);
  });

  it("of a timer goes to the cell that started it", async () => {
    const first = await kernel.execute(
      "const done = Promise.withResolvers<void>(); setTimeout(() => { console.log('late'); done.resolve(); }, 30); 1",
      TIMEOUT,
    );
    const second = await kernel.execute("await done.promise; console.log('second')", TIMEOUT);
    assert.equal(streamText(second.outputs, "stdout"), "second\n");
    assert.equal(streamText(first.outputs, "stdout"), "late\n");
  });

  it("of a promise chain goes to the cell that started it", async () => {
    const first = await kernel.execute(
      `const gate = Promise.withResolvers<void>();
       const printed = (async () => { await gate.promise; console.log("mine"); })();`,
      TIMEOUT,
    );
    const second = await kernel.execute("gate.resolve(); await printed; 'opened'", TIMEOUT);
    assert.equal(streamText(second.outputs, "stdout"), "");
    assert.equal(streamText(first.outputs, "stdout"), "mine\n");
  });

  it("of a listener goes to the cell that added it, whichever cell emits", async () => {
    const first = await kernel.execute(
      `import { EventEmitter } from "node:events";
       const news = new EventEmitter();
       news.on("news", (text) => console.log("heard " + text)).once("news", () => { throw new Error("listener fails"); });`,
      TIMEOUT,
    );
    const second = await kernel.execute(
      `setTimeout(() => news.emit("news", "late"), 5);
       try { news.emit("news", "now"); } catch { console.log("caught"); }
       await new Promise((resolve) => setTimeout(resolve, 30));`,
      TIMEOUT,
    );
    assert.equal(streamText(second.outputs, "stdout"), "caught\n");
    assert.equal(streamText(first.outputs, "stdout"), "heard now\nheard late\n");
  });

  it("of a listener of an EventTarget too, and its error", async () => {
    const first = await kernel.execute(
      `const target = new EventTarget();
       target.addEventListener("news", ({ type }) => { console.log("heard " + type); throw new Error("listener fails"); });`,
      TIMEOUT,
    );
    const second = await kernel.execute(
      "target.dispatchEvent(new Event('news')); await null; 'done'",
      TIMEOUT,
    );
    assert.equal(resultText(second.outputs), "'done'");
    await kernel.execute("1", TIMEOUT);
    assert.equal(streamText(first.outputs, "stdout"), "heard news\n");
    assert.match(streamText(first.outputs, "stderr"), /listener fails/);
    assert.equal(streamText(second.outputs, "stderr"), "");
  });

  it("shows a late rejection and a late throw in their cell, and the kernel lives", async () => {
    const types: string[] = [];
    kernel.onBroadcast(({ header }) => types.push(header.msg_type));
    const bothShown = nextBroadcast(kernel, ({ content }) => String(content["text"]).includes("late throw"));
    const first = await kernel.execute(
      `void (async () => { await null; throw new Error("late rejection"); })();
       setTimeout(() => { throw new Error("late throw"); }, 20);`,
      TIMEOUT,
    );
    const second = await kernel.execute(
      "await new Promise((resolve) => setTimeout(resolve, 60)); 'alive'",
      TIMEOUT,
    );
    await bothShown;
    assert.equal(resultText(second.outputs), "'alive'");
    assert.equal(streamText(second.outputs, "stderr"), "");
    const shown = streamText(first.outputs, "stderr");
    assert.match(shown, /late rejection/);
    assert.match(shown, /late throw/);
    assert.doesNotMatch(shown, /kernels\/typescript/);
  });

  it("that never ends, of an earlier cell, does not hold up the next one", async () => {
    await kernel.execute(
      "let flooding = true; (function flood() { console.log('x'.repeat(2_000)); if (flooding) setImmediate(flood); })()",
      TIMEOUT,
    );
    const next = await kernel.execute("console.log('next'); 'answered'", { timeoutMilliseconds: 10_000 });
    assert.equal(resultText(next.outputs), "'answered'");
    assert.equal(streamText(next.outputs, "stdout"), "next\n");
    await kernel.execute("flooding = false", TIMEOUT);
  });

  it("does not come from a silent cell", async () => {
    const messages = recordBroadcasts(kernel);
    const { reply } = await kernel.execute("console.log('unheard'); 1", { ...TIMEOUT, silent: true });
    assert.equal(reply.status, "ok");
    const id = messages.find(({ content }) => content["execution_state"] === "busy")!.parentHeader.msg_id!;
    assert.deepEqual(typesOf(messages, id), ["busy", "idle"]);
  });

  it("keeps characters whole that are cut between two writes of bytes", async () => {
    const { outputs } = await kernel.execute(
      "const bytes = Buffer.from('€'); process.stdout.write(bytes.subarray(0, 1)); process.stdout.write(bytes.subarray(1))",
      TIMEOUT,
    );
    assert.equal(streamText(outputs, "stdout"), "€");
  });

  it("of a child process that inherits the streams is captured", async () => {
    const { outputs } = await kernel.execute(
      `import { spawn, spawnSync } from "node:child_process";
       spawnSync("sh", ["-c", "echo waited; echo complaint >&2"], { stdio: "inherit" });
       const child = spawn("sh", ["-c", "echo spawned"], { stdio: ["ignore", "inherit", "inherit"] });
       await new Promise((resolve) => child.on("close", resolve));`,
      TIMEOUT,
    );
    assert.equal(streamText(outputs, "stdout"), "waited\nspawned\n");
    assert.equal(streamText(outputs, "stderr"), "complaint\n");
  });

  it("is sent before a cell ends the process", { timeout: 60_000 }, async () => {
    const doomed = await startKernel();
    const heard = nextBroadcast(doomed, ({ content }) => content["text"] === "last words\n");
    const cell = doomed.execute("console.log('last words'); process.exit(3)", TIMEOUT);
    await assert.rejects(cell, { name: "KernelDiedError" });
    await heard;
    assert.deepEqual(await doomed.exited, { code: 3, signal: null });
  });
});

describe("output past process.stdout", () => {
  let kernel: KernelClient;
  before(async () => {
    kernel = await startKernel();
  });

  it("is shown: writes to descriptors 1 and 2, whole and before idle", async () => {
    const { outputs } = await kernel.execute(
      `import fs from "node:fs";
       for (let line = 0; line < 20_000; line++) fs.writeSync(1, line + ": 0123456789 €\\n");
       fs.writeSync(2, "trouble\\n");
       (process as any)._rawDebug("native");`,
      TIMEOUT,
    );
    const lines = streamText(outputs, "stdout").split("\n");
    assert.equal(lines.length, 20_001);
    assert.ok(lines.every((line, index) => index === 20_000 || line === `${index}: 0123456789 €`));
    assert.equal(streamText(outputs, "stderr"), "trouble\nnative\n");
  });

  it("is shown: a foreign process with the kernel's own descriptors", async () => {
    const { outputs } = await kernel.execute(
      `import { openSync } from "node:fs";
       import { spawnSync } from "node:child_process";
       spawnSync("sh", ["-c", "echo of a child; echo complaint >&2"], { stdio: ["ignore", openSync("/dev/fd/1", "w"), 2] });`,
      TIMEOUT,
    );
    assert.equal(streamText(outputs, "stdout"), "of a child\n");
    assert.equal(streamText(outputs, "stderr"), "complaint\n");
  });

  it("waits for the client in bounded memory: 60 MB", { timeout: 60_000 }, async () => {
    let bytes = 0;
    const stop = kernel.onBroadcast(({ header, content }) => {
      if (header.msg_type === "stream") bytes += String(content["text"]).length;
    });
    await kernel.execute(
      "const megabyte = 'y'.repeat(2 ** 20); for (let i = 0; i < 60; i++) fs.writeFileSync(1, megabyte)",
      TIMEOUT,
    );
    stop();
    assert.equal(bytes, 60 * 2 ** 20);
    const { outputs } = await kernel.execute("process.resourceUsage().maxRSS", TIMEOUT);
    assert.ok(Number(resultText(outputs)) < 300_000, `peak memory is ${resultText(outputs)} kB`);
  });

  it("leaves the log to the server, and children no descriptors of the kernel", async () => {
    const { outputs } = await kernel.execute(
      'import { execSync } from "node:child_process"; execSync("ls -l /dev/fd/", { encoding: "utf8" }).includes("rounds-kernel")',
      TIMEOUT,
    );
    assert.equal(resultText(outputs), "false");
    assert.equal(kernel.log, "");
  });
});
