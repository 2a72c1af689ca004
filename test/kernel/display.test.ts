import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import type { KernelClient } from "../../kernels/client/kernel-client.ts";
import { nextBroadcast, recordBroadcasts, resultText, startKernel, streamText } from "./start-kernel.ts";

const TIMEOUT = { timeoutMilliseconds: 20_000 };
const HOST = 'globalThis[Symbol.for("Jupyter.display")]';

describe("a displayed value", () => {
  let kernel: KernelClient;
  before(async () => {
    kernel = await startKernel();
    await kernel.execute('import { display, newDisplay, versions } from "tslab";', TIMEOUT);
  });

  it("is shown by its own method, with all its types, metadata and display id", async () => {
    const messages = recordBroadcasts(kernel);
    await kernel.execute(
      `({
        [Symbol.for("Jupyter.display")]: async () => ({
          data: { "text/html": "<b>1</b>", "text/plain": "1", "application/json": { n: [1, null] }, "image/png": Uint8Array.of(137, 80) },
          metadata: { "image/png": { width: 10, height: 20 } },
          displayId: "one",
        }),
      })`,
      TIMEOUT,
    );
    // With a display id it is an output that can be updated, which front ends do not do to results.
    const result = messages.find(({ header }) => header.msg_type === "display_data")!;
    assert.deepEqual(result.content["data"], {
      "text/html": "<b>1</b>",
      "text/plain": "1",
      "application/json": { n: [1, null] },
      "image/png": "iVA=",
    });
    assert.deepEqual(result.content["metadata"], { "image/png": { width: 10, height: 20 } });
    assert.deepEqual(result.content["transient"], { display_id: "one" });
  });

  it("is updated by its display id, also from a later cell", async () => {
    const first = await kernel.execute(
      `${HOST}.display({ "text/plain": "old" }, { displayId: "two" })`,
      TIMEOUT,
    );
    await kernel.execute(
      `${HOST}.display({ "text/plain": "new" }, { displayId: "two", update: true })`,
      TIMEOUT,
    );
    assert.deepEqual(first.outputs, [
      { output_type: "display_data", data: { "text/plain": "new" }, metadata: {} },
    ]);
  });

  it("is cleared at once, or with the next output", async () => {
    const { outputs } = await kernel.execute(
      "display.text('a'); display.clear(); display.text('b'); display.clear({ wait: true }); display.text('c')",
      TIMEOUT,
    );
    assert.deepEqual(outputs, [{ output_type: "display_data", data: { "text/plain": "c" }, metadata: {} }]);
  });

  it("goes through tslab's API in every type", async () => {
    const { outputs } = await kernel.execute(
      `display.javascript("1"); display.html("2"); display.markdown("3"); display.latex("4"); display.svg("5");
       for (const type of ["png", "jpeg", "gif", "pdf"] as const) display[type](Uint8Array.of(1, 2, 3));
       display.text("6"); display.raw("application/json", "[7]"); display.bundle({ "text/html": "8", "text/plain": "8" });
       const updating = newDisplay(); updating.text("first"); updating.html("second");`,
      TIMEOUT,
    );
    assert.deepEqual(
      outputs.map((output) => "data" in output && output.data),
      [
        { "text/javascript": "1" },
        { "text/html": "2" },
        { "text/markdown": "3" },
        { "text/latex": "4" },
        { "image/svg+xml": "5" },
        { "image/png": "AQID" },
        { "image/jpeg": "AQID" },
        { "image/gif": "AQID" },
        { "application/pdf": "AQID" },
        { "text/plain": "6" },
        { "application/json": [7] },
        { "text/html": "8", "text/plain": "8" },
        { "text/html": "second" },
      ],
    );
    assert.match(resultText((await kernel.execute("versions.node", TIMEOUT)).outputs)!, /^'v24\./);
  });

  it("is shown by the formatter registered last that knows it", async () => {
    await kernel.execute(
      `${HOST}.registerFormatter((value) => typeof value === "number" ? { "text/plain": "older " + value } : undefined);
       ${HOST}.registerFormatter(async (value) => value === 7 ? { "text/plain": "newer 7" } : undefined);`,
      TIMEOUT,
    );
    assert.equal(resultText((await kernel.execute("7", TIMEOUT)).outputs), "newer 7");
    assert.equal(resultText((await kernel.execute("8", TIMEOUT)).outputs), "older 8");
    assert.equal(resultText((await kernel.execute("'8'", TIMEOUT)).outputs), "'8'");
  });

  it("is shown as text, with the error beside it, when its own method fails", async () => {
    const { reply, outputs } = await kernel.execute(
      '({ shown: 1, [Symbol.for("Jupyter.display")]() { throw new Error("no picture"); } })',
      TIMEOUT,
    );
    assert.equal(reply.status, "ok");
    assert.match(streamText(outputs, "stderr"), /no picture/);
    assert.match(resultText(outputs)!, /shown: 1/);
  });

  it("fails the cell when a formatter fails, for a library's showing may be the work itself", async () => {
    await kernel.execute(
      `${HOST}.registerFormatter((value) => { if (value === "query") throw new Error("no such table"); })`,
      TIMEOUT,
    );
    const { reply } = await kernel.execute("'query'", TIMEOUT);
    assert.equal(reply.status, "error");
    assert.equal(reply.evalue, "no such table");
  });

  it("is refused when it is no bundle, with what was expected", async () => {
    const wrong = await kernel.execute(`${HOST}.display({ html: "<b>" })`, TIMEOUT);
    assert.equal(
      wrong.reply.evalue,
      'a display bundle must be { "text/html": ... } or { data, metadata, displayId }, got an object with the key "html"',
    );
    const number = await kernel.execute(`${HOST}.display({ "text/html": 1 })`, TIMEOUT);
    assert.equal(number.reply.evalue, 'display data of "text/html" must be a string or bytes, got number');
  });

  it("shows nothing for undefined, and the place for an error", async () => {
    assert.deepEqual((await kernel.execute("undefined", TIMEOUT)).outputs, []);
    const { reply, outputs } = await kernel.execute("new RangeError('as a value')", TIMEOUT);
    assert.equal(reply.status, "ok");
    assert.match(resultText(outputs)!, /RangeError: as a value/);
  });

  it("is bounded text, however large the value", async () => {
    for (const code of [
      "Array.from({ length: 1_000_000 }, (_, index) => ({ index, text: 'x'.repeat(100) }))",
      "Object.fromEntries(Array.from({ length: 200_000 }, (_, index) => ['key' + index, index]))",
      "'x'.repeat(50_000_000)",
      "new Map(Array.from({ length: 300_000 }, (_, index) => [index, [index, [index, [index]]]]))",
      "const nest = (depth: number): unknown => depth === 0 ? 'leaf' : Array.from({ length: 100 }, () => nest(depth - 1)); nest(3)",
    ]) {
      const { reply, outputs } = await kernel.execute(code, TIMEOUT);
      assert.equal(reply.status, "ok", code);
      assert.ok(resultText(outputs)!.length < 110_000, `${code}: ${resultText(outputs)!.length} characters`);
    }
  });
});

describe("a comm", () => {
  let kernel: KernelClient;
  before(async () => {
    kernel = await startKernel();
  });
  const dataOf = (type: string) => (message: { header: { msg_type: string } }) =>
    message.header.msg_type === type;

  it("goes there and back, with buffers, and its output goes to the cell that registered the target", async () => {
    const cell = await kernel.execute(
      `${HOST}.registerCommTarget("doubler", (comm, opening) => {
         console.log("opened with", opening);
         comm.onMessage((data, buffers) => comm.send({ doubled: data.value * 2 }, [Uint8Array.from(buffers[0]!, (byte) => byte + 1)]));
         comm.onClose(() => console.log("closed"));
       })`,
      TIMEOUT,
    );
    await kernel.send("shell", "comm_open", {
      comm_id: "c1",
      target_name: "doubler",
      data: { from: "here" },
    });
    const answer = nextBroadcast(kernel, dataOf("comm_msg"));
    await kernel.send(
      "shell",
      "comm_msg",
      { comm_id: "c1", data: { value: 21 } },
      { buffers: [Buffer.from([1, 2])] },
    );
    const { content: doubled, buffers } = await answer;
    assert.deepEqual(doubled, { comm_id: "c1", data: { doubled: 42 } });
    assert.deepEqual([...buffers[0]!], [2, 3]);

    const { content: info } = await kernel.request("shell", "comm_info_request", { target_name: "doubler" });
    assert.deepEqual(info["comms"], { c1: { target_name: "doubler" } });
    const closed = nextBroadcast(kernel, ({ content }) => content["text"] === "closed\n");
    await kernel.send("shell", "comm_close", { comm_id: "c1", data: {} });
    await closed;
    assert.equal(streamText(cell.outputs, "stdout"), "opened with { from: 'here' }\nclosed\n");
    assert.deepEqual((await kernel.request("shell", "comm_info_request", {})).content["comms"], {});
  });

  it("can be opened by the kernel, and is served between the awaits of a running cell", async () => {
    const opened = nextBroadcast(kernel, dataOf("comm_open"));
    const cell = kernel.execute(
      `const channel = ${HOST}.openComm("view", { hello: 1 });
       const heard = await new Promise((resolve) => channel.onMessage(resolve));
       channel.close({ bye: 1 });
       heard`,
      TIMEOUT,
    );
    const { content } = await opened;
    assert.equal(content["target_name"], "view");
    assert.deepEqual(content["data"], { hello: 1 });
    const closed = nextBroadcast(kernel, dataOf("comm_close"));
    await kernel.send("shell", "comm_msg", { comm_id: content["comm_id"], data: { said: "hi" } });
    assert.equal(resultText((await cell).outputs), "{ said: 'hi' }");
    assert.deepEqual((await closed).content, { comm_id: content["comm_id"], data: { bye: 1 } });
  });

  it("to an unknown target is closed again", async () => {
    const closed = nextBroadcast(kernel, dataOf("comm_close"));
    await kernel.send("shell", "comm_open", { comm_id: "c2", target_name: "nobody", data: {} });
    assert.equal((await closed).content["comm_id"], "c2");
    assert.deepEqual((await kernel.request("shell", "comm_info_request", {})).content["comms"], {});
  });

  it("of ipywidgets is told at once that there are no such widgets", async () => {
    const content = { comm_id: "c4", target_name: "jupyter.widget.control", data: {} };
    await kernel.send("shell", "comm_open", content);
    const answer = nextBroadcast(kernel, dataOf("comm_msg"));
    await kernel.send("shell", "comm_msg", { comm_id: "c4", data: { method: "request_states" } });
    assert.deepEqual((await answer).content, {
      comm_id: "c4",
      data: { method: "update_states", states: {}, buffer_paths: [] },
    });
    const { content: info } = await kernel.request("shell", "comm_info_request", {
      target_name: "jupyter.widget",
    });
    assert.deepEqual(info["comms"], {});
    await kernel.send("shell", "comm_close", { comm_id: "c4", data: {} });
    const wrong = nextBroadcast(kernel, dataOf("comm_close"));
    await kernel.send("shell", "comm_open", { comm_id: "c5", target_name: "jupyter.widget", data: {} });
    assert.equal((await wrong).content["comm_id"], "c5");
  });

  it("whose handler fails shows the error, and the kernel lives", async () => {
    const cell = await kernel.execute(
      `${HOST}.registerCommTarget("failing", () => { throw new Error("bad handler"); })`,
      TIMEOUT,
    );
    const shown = nextBroadcast(kernel, ({ content }) => String(content["text"]).includes("bad handler"));
    await kernel.send("shell", "comm_open", { comm_id: "c3", target_name: "failing", data: {} });
    await shown;
    assert.match(streamText(cell.outputs, "stderr"), /bad handler/);
    assert.equal(resultText((await kernel.execute("1", TIMEOUT)).outputs), "1");
  });
});
