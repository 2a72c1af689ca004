import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
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

  it("takes no longer for a glob that almost matches in very many ways", () => {
    const own = new History();
    own.add({ line: 1, input: "a".repeat(2_000), output: undefined });
    const find = (pattern: string): number => own.find({ hist_access_type: "search", pattern }).length;
    assert.equal(find(`${"*a".repeat(30)}b`), 0);
    assert.equal(find(`${"*a".repeat(30)}*`), 1);
    assert.equal(find(`${"*".repeat(60)}a?`), 1);
  });

  it("matches globs as regular expressions do", () => {
    const letters = fc.string({ unit: fc.constantFrom("a", "b", "*", "?"), maxLength: 8 });
    fc.assert(
      fc.property(letters, letters, (input, pattern) => {
        const own = new History();
        own.add({ line: 1, input, output: undefined });
        const expected = new RegExp(`^${pattern.replaceAll("*", ".*").replaceAll("?", ".")}$`, "s").test(
          input,
        );
        assert.equal(own.find({ hist_access_type: "search", pattern }).length === 1, expected);
      }),
    );
  });
});
