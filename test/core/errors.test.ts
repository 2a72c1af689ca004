import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ArgumentError, describeValue } from "../../lib/core/errors.ts";

describe("describeValue", () => {
  it("says what came and of which type, on one short line", () => {
    const cases: [unknown, string][] = [
      [85, "85 (number)"],
      [Number.NaN, "NaN (number)"],
      ["a\nb", '"a\\nb" (string)'],
      [null, "null"],
      [undefined, "undefined"],
      [7n, "7n (bigint)"],
      [[1, 2], "an array of 2"],
      [{ rows: 1, columns: 2 }, "an object with keys rows, columns"],
      [function load() {}, "load (function)"],
    ];
    for (const [value, expected] of cases) assert.equal(describeValue(value), expected);
    for (const long of ["x".repeat(1e6), 2n ** 20_000n]) assert.ok(describeValue(long).length < 120);
  });
});

describe("ArgumentError", () => {
  it("names the parameter, what was expected and what came", () => {
    const error = new ArgumentError("threshold", "in (0, 1]", 85);
    assert.equal(error.message, '"threshold" must be in (0, 1], got 85 (number)');
    assert.equal(error.parameter, "threshold");
    assert.equal(error.received, 85);
  });
});
