import assert from "node:assert/strict";
import { describe, it } from "node:test";

import * as fc from "fast-check";

import { editDistance, nearestName, unknownName } from "../../lib/core/nearest-name.ts";

describe("editDistance", () => {
  it("counts insertions, deletions, replacements and swaps", () => {
    assert.equal(editDistance("test", "test"), 0);
    assert.equal(editDistance("tset", "test"), 1);
    assert.equal(editDistance("", "test"), 4);
    assert.equal(editDistance("kitten", "sitting"), 3);
  });

  it("is the same both ways, and no more than the longer length", () => {
    const name = fc.string({ maxLength: 8 });
    fc.assert(
      fc.property(name, name, (left, right) => {
        const distance = editDistance(left, right);
        assert.equal(distance, editDistance(right, left));
        assert.ok(distance <= Math.max(left.length, right.length));
        assert.equal(distance === 0, left === right);
      }),
    );
  });
});

describe("nearestName", () => {
  it("does not compare what is too long to be a name", () => {
    assert.equal(nearestName("medqa-dev".repeat(100_000), ["medqa-dev"]), undefined);
  });

  it("finds a mistyped name, a part of a name, and nothing for nonsense", () => {
    const names = ["medqa-dev", "medqa-test", "pubmedqa-labelled"];
    assert.equal(nearestName("medqa-tset", names), "medqa-test");
    assert.equal(nearestName("PubMedQA", names), "pubmedqa-labelled");
    assert.equal(nearestName("whatever", names), undefined);
    assert.equal(nearestName("", names), undefined);
  });
});

describe("unknownName", () => {
  it("lists all names and suggests the nearest", () => {
    const error = unknownName("name", "medqa-tset", ["medqa-dev", "medqa-test"]);
    const expected =
      '"name" must be one of medqa-dev, medqa-test (did you mean medqa-test?), got "medqa-tset" (string)';
    assert.equal(error.message, expected);
    assert.deepEqual([error.parameter, error.received], ["name", "medqa-tset"]);
  });

  it("says so where there are no names", () => {
    assert.equal(
      unknownName("job", "first", []).message,
      '"job" must be a name that is there; there is none yet, got "first" (string)',
    );
  });
});
