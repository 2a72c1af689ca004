import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { History } from "../../kernels/typescript/wire/history.ts";

describe("History", () => {
  const history = new History();
  for (const [index, input] of ["a = 1", "b(2)", "a = 1", "[x]"].entries()) {
    history.add({ line: index + 1, input, output: index === 1 ? "2" : undefined });
  }
  const lines = (request: object): number[] => history.find({ ...request }).map(([, line]) => line);

  it("gives the last cells, all of them where no number is named", () => {
    assert.deepEqual(lines({ hist_access_type: "tail", n: 2 }), [3, 4]);
    assert.deepEqual(lines({ hist_access_type: "tail" }), [1, 2, 3, 4]);
    assert.deepEqual(lines({ hist_access_type: "tail", n: 0 }), []);
  });

  it("gives a range without its end, and nothing of other sessions", () => {
    assert.deepEqual(lines({ hist_access_type: "range", session: 0, start: 2, stop: 4 }), [2, 3]);
    assert.deepEqual(lines({ hist_access_type: "range", session: 5, start: 0, stop: 9 }), []);
  });

  it("searches by glob, in which no other character is special", () => {
    assert.deepEqual(lines({ hist_access_type: "search", pattern: "*(?)" }), [2]);
    assert.deepEqual(lines({ hist_access_type: "search", pattern: "[x]" }), [4]);
    assert.deepEqual(lines({ hist_access_type: "search", pattern: "a*" }), [1, 3]);
    assert.deepEqual(lines({ hist_access_type: "search", pattern: "a*", unique: true }), [3]);
  });

  it("gives the output beside the input when asked to", () => {
    assert.deepEqual(history.find({ hist_access_type: "range", start: 2, stop: 4, output: true }), [
      [0, 2, ["b(2)", "2"]],
      [0, 3, ["a = 1", null]],
    ]);
  });
});
