import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Subscriber, XPublisher } from "zeromq";
import { Iopub } from "../../kernels/typescript/wire/iopub.ts";
import { MessageCodec } from "../../kernels/typescript/wire/message.ts";

/** Messages that the socket holds for each subscriber. */
const queued = 120;

describe("Iopub", { timeout: 30_000 }, () => {
  const codec = new MessageCodec({ key: "k", hash: "sha256" });
  const parent = codec.header("execute_request");
  const publisherOptions = { noDrop: true, sendTimeout: 0, sendHighWaterMark: queued, linger: 0 };
  const publisher = new XPublisher({ ...publisherOptions, receiveTimeout: 5_000 });
  const reader = new Subscriber({ receiveTimeout: 5_000, linger: 0 });
  const laggard = new Subscriber({ receiveHighWaterMark: 1, linger: 0 });
  let sent = 0;
  let iopub: Iopub;

  before(async () => {
    await publisher.bind("tcp://127.0.0.1:*");
    iopub = new Iopub(publisher, codec, { stalledMilliseconds: 200, onSent: (bytes) => (sent += bytes) });
    await connect(reader);
  });
  after(() => {
    for (const socket of [publisher, reader, laggard]) socket.close();
  });

  /** Subscribe, and wait until what is published arrives. */
  async function connect(socket: Subscriber): Promise<void> {
    socket.subscribe("");
    socket.connect(publisher.lastEndpoint!);
    const arrived = socket.receive();
    const timer = setInterval(() => iopub.publish({ type: "probe", contentJson: "{}" }), 20);
    await arrived;
    clearInterval(timer);
    iopub.publish({ type: "end of probes", contentJson: "{}" });
    while (String((await socket.receive())[0]) !== "end of probes");
  }

  async function receive(): Promise<[type: string, content: unknown]> {
    const message = codec.decode(await reader.receive());
    assert.ok(!("refused" in message));
    return [message.header.msg_type, message.content];
  }

  it("keeps the order, and merges pieces of one stream that follow each other", async () => {
    sent = 0;
    iopub.stream("stdout", "a", parent, 1);
    iopub.stream("stdout", "b", parent, 1);
    iopub.stream("stderr", "c", parent, 1);
    iopub.publish({ type: "display_data", contentJson: "{}", parentHeader: parent }, 10);
    iopub.stream("stdout", "d", parent, 1);
    iopub.stream("stdout", "e", codec.header("execute_request"), 1);
    await iopub.drained();
    assert.equal(sent, 15);
    assert.deepEqual(
      [await receive(), await receive(), await receive(), await receive(), await receive()],
      [
        ["stream", { name: "stdout", text: "ab" }],
        ["stream", { name: "stderr", text: "c" }],
        ["display_data", {}],
        ["stream", { name: "stdout", text: "d" }],
        ["stream", { name: "stdout", text: "e" }],
      ],
    );
  });

  it("sends a stream soon although nothing follows it", async () => {
    iopub.stream("stdout", "alone", parent);
    assert.deepEqual(await receive(), ["stream", { name: "stdout", text: "alone" }]);
  });

  it("keeps what comes before the first subscriber, who may be late", async () => {
    const early = new XPublisher({ ...publisherOptions, receiveTimeout: 5_000 });
    const late = new Subscriber({ receiveTimeout: 5_000, linger: 0 });
    await early.bind("tcp://127.0.0.1:*");
    const broadcast = new Iopub(early, codec, { stalledMilliseconds: 200, onSent() {} });
    broadcast.publish({ type: "starting", contentJson: "{}" });
    broadcast.publish({ type: "idle", contentJson: "{}" });
    late.subscribe("");
    late.connect(early.lastEndpoint!);
    assert.equal(String((await late.receive())[0]), "starting");
    assert.equal(String((await late.receive())[0]), "idle");
    for (const socket of [broadcast, late]) socket.close();
  });

  it("waits for a subscriber only so long", async () => {
    const unheard = new XPublisher({ ...publisherOptions, receiveTimeout: 20 });
    await unheard.bind("tcp://127.0.0.1:*");
    const broadcast = new Iopub(unheard, codec, { stalledMilliseconds: 200, onSent() {} });
    broadcast.publish({ type: "starting", contentJson: "{}" });
    await broadcast.drained();
    broadcast.close();
  });

  it("loses nothing to a subscriber that reads, beside one that has stopped reading", async () => {
    await connect(laggard);
    while (String((await reader.receive())[0]) !== "end of probes");
    // More than its queue and the connection hold, so that the laggard stops us; and once it is given up, no more
    // than the queue holds, so that the reader has them all even if it gets no processor for a while.
    const count = 2 * queued;
    const contentJson = JSON.stringify({ text: "x".repeat(200_000) });
    for (let index = 0; index < count; index += 1) iopub.publish({ type: `number ${index}`, contentJson });
    for (let index = 0; index < count; index += 1)
      assert.equal(String((await reader.receive())[0]), `number ${index}`);
    await iopub.drained();
  });
});
