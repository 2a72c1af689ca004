import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { UnionFind } from "../../lib/corpus/union-find.ts";
import { plainClusters } from "./near-duplicates/duplicate-cases.ts";

describe("UnionFind", () => {
  it("joins what pairs connect, each set named by its smallest member", () => {
    const size = 30;
    const member = fc.nat(size - 1);
    fc.assert(
      fc.property(fc.array(fc.record({ left: member, right: member }), { maxLength: 40 }), (joins) => {
        const sets = new UnionFind(size);
        for (const [place, { left, right }] of joins.entries()) {
          const before = plainClusters(size, joins.slice(0, place));
          assert.equal(sets.join(left, right), before[left] !== before[right]);
        }
        const expected = plainClusters(size, joins);
        assert.deepEqual(
          expected.map((_, each) => sets.find(each)),
          expected,
        );
        const groups = Map.groupBy(expected.keys(), (each) => expected[each]!);
        assert.deepEqual(
          Array.from(sets.groups(), (group) => [...group]),
          [...groups.values()].filter((group) => group.length > 1),
        );
      }),
    );
  });
});
