import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { countMarks, MarkList, marksOf } from "../../../lib/corpus/exact-spans/mark-list.ts";

describe("MarkList", () => {
  it("gives marks in order, joined where they touch, past four gigabytes too", () => {
    const list = new MarkList();
    const far = 2 ** 39 + 5;
    list.equal(far, 100, -10, 20, 50);
    list.repeated(150, 200);
    list.repeated(far + 10, far + 200);
    const words = list.take();
    assert.deepEqual(
      [...marksOf(words)],
      [
        { position: 90, length: 110, isFirst: false },
        { position: far - 10, length: 80, isFirst: true },
        { position: far + 10, length: 190, isFirst: false },
      ],
    );
    assert.deepEqual([...countMarks(words, Float64Array.of(1, 95, far - 10))], [1, 0, 2]);
    assert.equal(list.take().length, 0);
  });

  it("cuts a stretch that is longer than a mark can say", () => {
    const list = new MarkList();
    list.repeated(3, 20_000_003);
    const marks = [...marksOf(list.take())];
    assert.equal(marks.length, 3);
    assert.equal(
      marks.reduce((sum, { length }) => sum + length, 0),
      20_000_000,
    );
  });
});
