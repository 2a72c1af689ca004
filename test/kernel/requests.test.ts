import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { MessageCodec } from "../../kernels/typescript/wire/message.ts";
import type { KernelClient } from "../../kernels/client/kernel-client.ts";
import { nextBroadcast, recordBroadcasts, resultText, startKernel, typesOf } from "./start-kernel.ts";

const TIMEOUT = { timeoutMilliseconds: 10_000 };

describe("requests", () => {
  let kernel: KernelClient;
  before(async () => {
    kernel = await startKernel();
  });

  it("for history give the tail, a range and what matches, with output when asked", async () => {
    for (const code of ["const alpha = 1", "alpha + 1", "'beta'", "alpha + 1"])
      await kernel.execute(code, TIMEOUT);
    await kernel.execute("'not stored'", { ...TIMEOUT, storeHistory: false });
    const ask = async (content: object): Promise<unknown> =>
      (await kernel.request("shell", "history_request", content, TIMEOUT)).content["history"];
    assert.deepEqual(await ask({ hist_access_type: "tail", n: 2, output: true, raw: true }), [
      [0, 3, ["'beta'", "'beta'"]],
      [0, 4, ["alpha + 1", "2"]],
    ]);
    assert.deepEqual(
      await ask({ hist_access_type: "range", session: 0, start: 1, stop: 3, output: false, raw: true }),
      [
        [0, 1, "const alpha = 1"],
        [0, 2, "alpha + 1"],
      ],
    );
    const search = { hist_access_type: "search", pattern: "alpha*", output: false, raw: true };
    assert.deepEqual(await ask(search), [
      [0, 2, "alpha + 1"],
      [0, 4, "alpha + 1"],
    ]);
    assert.deepEqual(await ask({ ...search, unique: true }), [[0, 4, "alpha + 1"]]);
    assert.deepEqual(await ask({ ...search, pattern: "const ?lpha*", n: 1 }), [[0, 1, "const alpha = 1"]]);
  });

  it("for user_expressions give bundles, and errors of their own", async () => {
    const { reply } = await kernel.execute("const base = 20", {
      ...TIMEOUT,
      userExpressions: { sum: "base + 1", wrong: "nowhere.to", awaited: "await Promise.resolve(base)" },
    });
    assert.equal(reply.status, "ok");
    const { sum, wrong, awaited } = reply.user_expressions!;
    assert.deepEqual(sum, { status: "ok", data: { "text/plain": "21" }, metadata: {} });
    assert.deepEqual(awaited?.["data"], { "text/plain": "20" });
    assert.equal(wrong?.["status"], "error");
    assert.equal(wrong?.["ename"], "ReferenceError");
  });

  it("queued behind a failing cell are aborted, unless it says otherwise", async () => {
    const stopping = ["throw new Error('first')", "1", "2"].map((code) => kernel.execute(code, TIMEOUT));
    assert.deepEqual(await statuses(stopping), ["error", "aborted", "aborted"]);
    const going = ["throw new Error('first')", "1"].map((code) =>
      kernel.execute(code, { ...TIMEOUT, stopOnError: false }),
    );
    assert.deepEqual(await statuses(going), ["error", "ok"]);
  });

  it("are answered while a cell is busy: info, history, comms", async () => {
    const started = nextBroadcast(kernel, ({ header }) => header.msg_type === "execute_input");
    const busy = kernel.execute("while (true) {}", TIMEOUT);
    await started;
    for (const type of ["kernel_info_request", "history_request", "comm_info_request"]) {
      assert.equal((await kernel.request("shell", type, {}, TIMEOUT)).content["status"], "ok", type);
    }
    await kernel.interrupt();
    await busy;
  });

  it("are answered between the awaits of a cell, which is then said to be still busy", async () => {
    const messages = recordBroadcasts(kernel);
    const started = nextBroadcast(kernel, ({ header }) => header.msg_type === "execute_input");
    const cell = kernel.execute("await new Promise((resolve) => setTimeout(resolve, 200)); 'done'", TIMEOUT);
    const { parentHeader } = await started;
    const { content } = await kernel.request("shell", "is_complete_request", { code: "f(" }, TIMEOUT);
    assert.equal(content["status"], "incomplete");
    assert.equal(resultText((await cell).outputs), "'done'");
    assert.deepEqual(typesOf(messages, parentHeader.msg_id!), [
      "busy",
      "execute_input",
      "busy",
      "execute_result",
      "idle",
    ]);
  });

  it("of a type that nobody knows are only logged", async () => {
    const header = await kernel.send("shell", "no_such_request", {});
    await nextBroadcast(
      kernel,
      ({ parentHeader, content }) =>
        parentHeader.msg_id === header.msg_id && content["execution_state"] === "idle",
    );
    assert.match(kernel.log, /no_such_request/);
  });

  it("that are malformed are dropped, and the kernel serves the next one", async () => {
    const { connection } = kernel.connectionFile;
    const codec = new MessageCodec(connection);
    const good = codec.encode({ type: "kernel_info_request", contentJson: "{}" });
    const bad = [
      [Buffer.from("no delimiter")],
      [Buffer.from("<IDS|MSG>"), Buffer.from("too few")],
      good.map((frame, index) => (index === 1 ? Buffer.from("0".repeat(64)) : frame)),
      good.map((frame, index) => (index === 1 ? Buffer.from("") : frame)),
      codec.encode({ type: "execute_request", contentJson: "{not json" }),
      codec.encode({ type: "execute_request", contentJson: "[1]" }),
      codec.encode({ type: "complete_request", contentJson: '{"code":5,"cursor_pos":"x"}' }),
      codec.encode({ type: "history_request", contentJson: '{"hist_access_type":"search","pattern":"[(*"}' }),
      codec.encode({ type: "comm_msg", contentJson: "{}" }),
      codec.encode({ type: "shutdown", contentJson: "{}" }),
    ];
    for (const frames of bad) await kernel.sendFrames("shell", frames);
    await sleep(50);
    assert.equal(resultText((await kernel.execute("'alive'", TIMEOUT)).outputs), "'alive'");
  });

  it("with several routing frames are answered along the same way", async () => {
    const identities = [Buffer.from("hop-1"), Buffer.from("hop-2")];
    const reply = await kernel.request("shell", "kernel_info_request", {}, { ...TIMEOUT, identities });
    assert.deepEqual(reply.identities.map(String), ["hop-1", "hop-2"]);
  });
});

async function statuses(cells: ReturnType<KernelClient["execute"]>[]): Promise<string[]> {
  return (await Promise.all(cells)).map(({ reply }) => reply.status);
}
