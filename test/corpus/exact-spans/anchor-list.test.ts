import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { AnchorList, anchorsAlike, shiftAnchors } from "../../../lib/corpus/exact-spans/anchor-list.ts";

describe("AnchorList", () => {
  it("gives the anchors of a hash in their order, past four gigabytes too", () => {
    const list = new AnchorList();
    const anchors: [number, number][] = [
      [9, 0x01_00_00_02],
      [5, 0xff_00_00_01],
      [2 ** 32 - 2, 0x01_00_00_02],
      [7, 0x01_00_00_01],
      [3, 0x01_00_00_02],
    ];
    for (const [position, hash] of anchors) list.add(position, hash);
    const { words, counts } = list.take();
    assert.deepEqual([counts[1], counts[255], counts.reduce((sum, count) => sum + count)], [4, 1, 5]);
    const part = words.subarray(0, 8);
    shiftAnchors(part, 2 ** 33 + 5);
    assert.deepEqual(
      Array.from(anchorsAlike(part), (positions) => [...positions]),
      [[2 ** 33 + 8, 2 ** 33 + 14, 2 ** 33 + 2 ** 32 + 3]],
    );
    assert.equal(list.take().words.length, 0);
  });
});
