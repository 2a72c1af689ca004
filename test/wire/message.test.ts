import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { MessageCodec } from "../../kernels/typescript/wire/message.ts";

const bytes = fc.uint8Array({ maxLength: 20 });
// A routing frame that reads as the delimiter would end the routing frames.
const identity = bytes.filter((frame) => Buffer.from(frame).toString() !== "<IDS|MSG>");

describe("MessageCodec", () => {
  const codec = new MessageCodec({ key: "a secret", hash: "sha256" });

  it("reads what it wrote, whatever the routing frames, the content and the buffers", () => {
    fc.assert(
      fc.property(
        fc.array(identity, { maxLength: 3 }),
        fc.dictionary(fc.string(), fc.jsonValue()),
        fc.array(bytes, { maxLength: 3 }),
        (identities, content, buffers) => {
          const contentJson = JSON.stringify(content);
          const parentHeader = codec.header("parent");
          const message = codec.decode(
            codec.encode({ type: "some_request", identities, contentJson, buffers, parentHeader }),
          );
          assert.ok(!("refused" in message));
          assert.equal(message.header.msg_type, "some_request");
          assert.deepEqual(message.parentHeader, parentHeader);
          assert.deepEqual(JSON.stringify(message.content), JSON.stringify(JSON.parse(contentJson)));
          assert.deepEqual(message.identities.map(hex), identities.map(hex));
          assert.deepEqual(message.buffers.map(hex), buffers.map(hex));
        },
      ),
    );
  });

  it("refuses a message of which one byte was changed", () => {
    const frames = codec.encode({ type: "execute_request", contentJson: '{"code":"1"}' });
    const signed = fc.integer({ min: 1, max: 5 }).chain((frame) =>
      fc.record({
        frame: fc.constant(frame),
        at: fc.nat({ max: frames[frame]!.length - 1 }),
        bit: fc.nat({ max: 7 }),
      }),
    );
    fc.assert(
      fc.property(signed, ({ frame, at, bit }) => {
        const changed = frames.map((original) => Uint8Array.from(original));
        changed[frame]![at]! ^= 1 << bit;
        assert.deepEqual(codec.decode(changed), { refused: "bad signature" });
      }),
    );
  });

  it("signs nothing and takes everything where the key is empty", () => {
    const open = new MessageCodec({ key: "", hash: "sha256" });
    const frames = open.encode({ type: "kernel_info_request", contentJson: "{}" });
    assert.equal(frames[1]!.length, 0);
    assert.ok(!("refused" in open.decode(frames)));
  });

  it("refuses what is no message, and says why", () => {
    assert.deepEqual(codec.decode([]), { refused: "no delimiter" });
    assert.deepEqual(codec.decode([Buffer.from("<IDS|MSG>")]), { refused: "too few frames" });
    assert.deepEqual(codec.decode(codec.encode({ type: "x", contentJson: "{" })), { refused: "not JSON" });
    const header = { ...codec.header("x"), msg_type: undefined } as unknown as ReturnType<
      typeof codec.header
    >;
    assert.deepEqual(codec.decode(codec.encode({ type: "x", contentJson: "{}" }, header)), {
      refused: "no message type",
    });
  });
});

function hex(frame: Uint8Array): string {
  return Buffer.from(frame).toString("hex");
}
