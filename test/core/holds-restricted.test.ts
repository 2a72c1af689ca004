import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { holdsRestricted, markRestricted } from "../../lib/core/restricted.ts";

const row = markRestricted({ name: "QXZ" });

describe("holdsRestricted", () => {
  it("finds what is restricted at any depth, in lists, maps, sets, objects and errors", () => {
    const cycle: Record<string, unknown> = {};
    Object.assign(cycle, { cycle, held: [new Map([["key", new Set([{ row }])]])] });
    for (const value of [row, [1, row], new Map([[row, 1]]), cycle, new Error("no", { cause: [row] })])
      assert.equal(holdsRestricted(value), true);
    assert.equal(holdsRestricted({ rows: [{ name: "QXZ" }], cycle: {} }), false);
  });

  it("finds it at the end of a long list, and of rows of which all are restricted in any longer one", () => {
    const rows = Array.from({ length: 100_000 }, (_, index) => ({ index }));
    assert.equal(holdsRestricted([...rows, row]), true);
    assert.equal(holdsRestricted(Array.from({ length: 3_000_000 }, () => row)), true);
  });

  it("looks at so many values at most, whatever is long", () => {
    const numbers = Array.from({ length: 1_000_000 }, (_, index) => index);
    const sparse: unknown[] = [];
    sparse.length = 2 ** 32 - 1;
    // One pass over each of the four billion places would take minutes.
    for (const value of [sparse, numbers, new Set(numbers), new Uint8Array(2 ** 28)])
      assert.equal(holdsRestricted(Array.from({ length: 50 }, () => value)), false);
  });

  it("asks no getter and no proxy", () => {
    const never = (): never => assert.fail("asked");
    const proxy = new Proxy({}, { get: never, ownKeys: never, getOwnPropertyDescriptor: never });
    assert.equal(
      holdsRestricted([proxy, Object.defineProperty({}, "held", { get: never, enumerable: true })]),
      false,
    );
  });
});
