import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Dealer, Router } from "zeromq";
import { createConnectionFile } from "../../kernels/client/connection-file.ts";
import { Channel } from "../../kernels/typescript/wire/channel.ts";
import { channelAddress } from "../../kernels/typescript/wire/connection.ts";
import { Heartbeat } from "../../kernels/typescript/wire/heartbeat.ts";
import { Iopub } from "../../kernels/typescript/wire/iopub.ts";
import { MessageCodec } from "../../kernels/typescript/wire/message.ts";
import { bindSockets, type Sockets } from "../../kernels/typescript/wire/sockets.ts";

describe("the sockets of a kernel", { timeout: 30_000 }, () => {
  const codec = new MessageCodec({ key: "k", hash: "sha256" });

  it("are all closed again when one of the addresses is taken", async () => {
    const { connection, remove } = await createConnectionFile();
    const other = new Router({ linger: 0 });
    await other.bind(channelAddress(connection, "stdin"));
    await assert.rejects(bindSockets(connection), {
      message: `${channelAddress(connection, "stdin")}: Error: Address already in use`,
    });
    other.close();
    // The addresses are free again a moment after the sockets are closed.
    const deadline = performance.now() + 10_000;
    const bindAgain = async (): Promise<Sockets> => {
      try {
        return await bindSockets(connection);
      } catch (error) {
        if (performance.now() > deadline) throw error;
        return bindAgain();
      }
    };
    for (const socket of Object.values(await bindAgain()) as Router[]) socket.close();
    remove();
  });

  it("serve until they are closed, and drop what is sent from then on", async () => {
    const { connection, remove } = await createConnectionFile();
    const sockets = await bindSockets(connection);
    const received: string[] = [];
    const channel = new Channel(sockets.shell, codec, () => {});
    const others = [
      new Channel(sockets.control, codec, () => {}),
      new Channel(sockets.stdin, codec, () => {}),
    ];
    const heartbeat = new Heartbeat(sockets.hb);
    const iopub = new Iopub(sockets.iopub, codec, { stalledMilliseconds: 200, onSent: () => {} });
    const served = [
      channel.receive(({ header }) => received.push(header.msg_type)),
      ...others.map((other) => other.receive(() => {})),
      heartbeat.serve(),
    ];
    const client = new Dealer({ linger: 0, receiveTimeout: 10_000 });
    client.connect(channelAddress(connection, "hb"));
    await client.send("beat");
    assert.equal(String((await client.receive())[0]), "beat");
    client.disconnect(channelAddress(connection, "hb"));
    client.connect(channelAddress(connection, "shell"));
    await client.send(codec.encode({ type: "execute_request", contentJson: "{}" }) as Buffer[]);
    while (received.length === 0) await new Promise((resolve) => setImmediate(resolve));
    for (const each of [channel, ...others, heartbeat, iopub]) each.close();
    await Promise.all(served);
    await channel.send({ type: "execute_reply", contentJson: "{}" });
    iopub.publish({ type: "status", contentJson: "{}" });
    await iopub.drained();
    assert.deepEqual(received, ["execute_request"]);
    client.close();
    remove();
  });
});
