import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import * as fc from "fast-check";
import { Dealer } from "zeromq";
import { channelAddress } from "../../kernels/typescript/wire/connection.ts";
import { MessageCodec } from "../../kernels/typescript/wire/message.ts";
import { nextBroadcast, resultText, startKernel, streamText } from "./start-kernel.ts";

const TIMEOUT = { timeoutMilliseconds: 60_000 };
const FUZZ_MILLISECONDS = 10_000;
const FIELDS =
  "code cursor_pos detail_level silent store_history user_expressions allow_stdin comm_id target_name data hist_access_type n start stop pattern output".split(
    " ",
  );
const FUZZ_SEED = 20_260_730;

describe("the kernel lives on", { timeout: 180_000 }, () => {
  it("after 10,000 cells were queued at once, each answered in its turn", async () => {
    const kernel = await startKernel();
    await kernel.execute("let count = 0", TIMEOUT);
    const cells = Array.from({ length: 10_000 }, () => kernel.execute("count += 1", TIMEOUT));
    const outcomes = await Promise.all(cells);
    assert.ok(outcomes.every(({ outputs }, index) => resultText(outputs) === String(index + 1)));
    const { outputs } = await kernel.execute("process.resourceUsage().maxRSS", TIMEOUT);
    assert.ok(Number(resultText(outputs)) < 700_000, `peak memory is ${resultText(outputs)} kB`);
  });

  it("when a client vanishes while its cell runs", async () => {
    const kernel = await startKernel();
    const { connection } = kernel.connectionFile;
    const codec = new MessageCodec(connection);
    for (const code of ["input('unanswered')", "for (let i = 0; i < 1e5; i++) console.log('x'.repeat(99))"]) {
      const vanishing = new Dealer({ linger: 200 });
      vanishing.connect(channelAddress(connection, "shell"));
      const heard = nextBroadcast(kernel, ({ content }) => content["code"] === code);
      const contentJson = JSON.stringify({ code, allow_stdin: true, user_expressions: {} });
      await vanishing.send(codec.encode({ type: "execute_request", contentJson }) as Buffer[]);
      await heard;
      vanishing.close();
      if (code.startsWith("input")) {
        // What arrives before a failing cell is idle is aborted with it.
        let failed: unknown;
        const ended = nextBroadcast(kernel, ({ header, parentHeader, content }) => {
          if (header.msg_type === "error") failed = parentHeader["msg_id"];
          return (
            content["execution_state"] === "idle" && failed !== undefined && parentHeader["msg_id"] === failed
          );
        });
        await kernel.interrupt();
        await ended;
      }
      const { outputs, reply } = await kernel.execute("'here'", TIMEOUT);
      assert.equal(resultText(outputs), "'here'", `after ${code}: ${JSON.stringify(reply)}`);
    }
  });

  it("counts the messages that it drops for their signature", async () => {
    const kernel = await startKernel();
    const stranger = new MessageCodec({ key: "another key", hash: "sha256" });
    const frames = stranger.encode({
      type: "execute_request",
      contentJson: '{"code":"globalThis.broken = 1"}',
    });
    for (let count = 0; count < 3; count += 1) await kernel.sendFrames("shell", frames);
    assert.equal(resultText((await kernel.execute("'broken' in globalThis", TIMEOUT)).outputs), "false");
    assert.match(kernel.log, /bad signature \(3 so far on this socket\)/);
  });

  it("when a cell fills the memory: it is stopped, says why, and the variables are kept", async () => {
    const kernel = await startKernel({ environment: { NODE_OPTIONS: "--max-old-space-size=200" } });
    await kernel.execute("const kept = 42; let hoard: unknown;", TIMEOUT);
    const cells = [
      // Grows by one allocation as large as all before, which no watch of its size could foresee.
      "hoard = new Map(); for (let i = 0; ; i++) (hoard as Map<number, object>).set(i, { i });",
      "hoard = []; for (let i = 0; ; i++) (hoard as number[]).push(i + 0.5);",
      "hoard = []; for (;;) { for (let i = 0; i < 1e4; i++) (hoard as object[]).push({ i }); await null; }",
    ];
    for (const cell of cells) {
      const { reply, outputs } = await kernel.execute(cell, TIMEOUT);
      assert.equal(reply.ename, "KeyboardInterrupt", cell);
      assert.match(
        streamText(outputs, "stderr"),
        /^The cell is stopped: it has filled the \d+ MB of memory that JavaScript objects can have here\.\n/,
      );
      // The heap is still full, and a cell that frees it takes its time.
      const freed = await kernel.execute(
        "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200); hoard = undefined; kept",
        TIMEOUT,
      );
      assert.equal(resultText(freed.outputs), "42", cell);
    }
  });

  it("stops no cell that leaves much garbage behind", async () => {
    const kernel = await startKernel({ environment: { NODE_OPTIONS: "--max-old-space-size=200" } });
    const code = `
      const used = Array.from({ length: 1e6 }, (_, index) => ({ index }));
      for (let round = 0; round < 20; round++) used.forEach((value, index) => (used[index] = { index }));
      debugger;
      used.length`;
    const { outputs } = await kernel.execute(code, TIMEOUT);
    assert.equal(resultText(outputs), "1000000");
  });

  it(`when the wire brings anything, for 10 s with seed ${FUZZ_SEED}`, async () => {
    const kernel = await startKernel();
    await kernel.execute("let kept = 'kept'", TIMEOUT);
    const types = ["execute", "complete", "inspect", "is_complete", "history", "comm_info", "kernel_info"];
    const type = fc.oneof(
      fc.constantFrom(...types.map((name) => `${name}_request`), "comm_open", "comm_msg", "comm_close"),
      fc.string({ maxLength: 12 }),
    );
    const field = fc.constantFrom(...FIELDS);
    const content = fc.oneof(
      fc.dictionary(field, fc.jsonValue({ maxDepth: 2 })).map((value) => JSON.stringify(value)),
      fc.jsonValue({ maxDepth: 1 }).map((value) => JSON.stringify(value)),
      fc.string(),
    );
    const message = fc.record({
      type,
      content,
      channel: fc.constantFrom("shell" as const, "control" as const, "stdin" as const),
      header: fc.option(
        fc.dictionary(fc.constantFrom("msg_id", "session", "msg_type", "date"), fc.jsonValue()),
      ),
      buffers: fc.array(fc.uint8Array({ maxLength: 64 }), { maxLength: 2 }),
      frames: fc.option(fc.array(fc.uint8Array({ maxLength: 32 }), { maxLength: 8 }), { freq: 4 }),
    });
    const deadline = performance.now() + FUZZ_MILLISECONDS;
    let sent = 0;
    for (let round = 0; performance.now() < deadline; round += 1) {
      for (const each of fc.sample(message, { numRuns: 200, seed: FUZZ_SEED + round })) {
        const header = { ...kernel.codec.header(each.type), ...each.header } as never;
        const outgoing = { type: each.type, contentJson: each.content, buffers: each.buffers };
        await kernel.sendFrames(each.channel, each.frames ?? kernel.codec.encode(outgoing, header));
        sent += 1;
      }
      assert.ok(kernel.alive, `dead in round ${round}`);
      // Cells of the fuzz may have been anything; a cell behind a failing one is aborted with it.
      let outcome = await kernel.execute("kept", TIMEOUT);
      for (let tries = 0; outcome.reply.status === "aborted" && tries < 50; tries += 1) {
        await sleep(20);
        outcome = await kernel.execute("kept", TIMEOUT);
      }
      assert.equal(resultText(outcome.outputs), "'kept'");
    }
    assert.ok(sent >= 1_000, `only ${sent} messages`);
  });
});

describe("a kernel that loses its sockets", { timeout: 60_000 }, () => {
  it("ends, and says so", async () => {
    const kernel = await startKernel();
    // Only through Node's own list can a cell reach the port to that thread, which takes no such message.
    const cell = kernel.execute(
      "(process as any)._getActiveHandles().find((handle: object) => handle instanceof MessagePort).postMessage(null); await new Promise(() => {})",
    );
    // Whether the cell still hears of its end depends on who is faster.
    const ended = Promise.allSettled([cell]);
    assert.deepEqual(await kernel.exited, { code: 1, signal: null });
    assert.match(kernel.log, /thread with its sockets failed: TypeError/);
    await ended;
  });
});
