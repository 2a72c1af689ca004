import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { balancedPermutations } from "../../lib/prompts/balanced-permutations.ts";
import { majorityVote } from "../../lib/prompts/majority-vote.ts";

const [a, b, c] = [0, 1, 2];

describe("majorityVote", () => {
  it("gives A of A, A, B, whatever the order", () => {
    for (const votes of [
      [a, a, b],
      [a, b, a],
      [b, a, a],
    ])
      assert.deepEqual(majorityVote(votes, 4), { choice: a, counts: [2, 1, 0, 0], abstentions: 0, tied: [] });
  });

  it("gives of a tie the option voted for first, and names the tie", () => {
    assert.deepEqual(majorityVote([c, a, a, c, b], 3), {
      choice: c,
      counts: [2, 1, 2],
      abstentions: 0,
      tied: [c, a],
    });
    assert.equal(majorityVote([b, a], 2).choice, b);
  });

  it("counts abstentions for no option, even when they are the most", () => {
    assert.deepEqual(majorityVote([null, null, b, null, null], 3), {
      choice: b,
      counts: [0, 1, 0],
      abstentions: 4,
      tied: [],
    });
    assert.deepEqual(majorityVote([null, null], 2), {
      choice: null,
      counts: [0, 0],
      abstentions: 2,
      tied: [],
    });
    assert.equal(majorityVote([], 2).choice, null);
  });

  it("knows the options A to J, and no others", () => {
    for (let option = 0; option < 10; option++) assert.equal(majorityVote([option], 10).choice, option);
    assert.throws(() => majorityVote([10], 10), { parameter: "votes[0]" });
    assert.throws(() => majorityVote([0, 4], 4), { parameter: "votes[1]" });
    assert.throws(() => majorityVote([0], 11), { parameter: "optionCount" });
  });

  it("is a counter whose first greatest entry wins", () => {
    const vote = fc.option(fc.integer({ min: 0, max: 9 }));
    fc.assert(
      fc.property(fc.array(vote, { maxLength: 20 }), (votes) => {
        const counter = new Map<number, number>();
        for (const each of votes) if (each !== null) counter.set(each, (counter.get(each) ?? 0) + 1);
        const most = Math.max(...counter.values());
        const first = [...counter].find(([, count]) => count === most)?.[0] ?? null;
        const result = majorityVote(votes, 10);
        assert.equal(result.choice, first);
        assert.equal(result.abstentions + result.counts.reduce((sum, count) => sum + count), votes.length);
      }),
    );
  });
});

describe("balancedPermutations", () => {
  it("puts every option at every place as often, within one", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 10 }),
        fc.integer({ min: 1, max: 60 }),
        fc.nat(),
        (options, runs, seed) => {
          const orders = balancedPermutations(options, runs, seed);
          assert.equal(orders.length, runs);
          const [least, most] = [Math.floor(runs / options), Math.ceil(runs / options)];
          for (let place = 0; place < options; place++)
            for (let option = 0; option < options; option++) {
              const count = orders.filter((order) => order[place] === option).length;
              assert.ok(
                count >= least && count <= most,
                `option ${option} at place ${place}: ${count} times`,
              );
            }
        },
      ),
    );
  });

  it("gives every order once before any comes again", () => {
    for (const [options, all] of [
      [2, 2],
      [3, 6],
      [4, 24],
      [5, 120],
    ] as const) {
      const orders = balancedPermutations(options, 2 * all, 1).map(String);
      assert.equal(new Set(orders.slice(0, all)).size, all);
      assert.equal(new Set(orders.slice(all)).size, all);
    }
  });

  it("depends on the seed alone", () => {
    assert.deepEqual(balancedPermutations(5, 7, 3), balancedPermutations(5, 7, 3));
    assert.deepEqual(balancedPermutations(5, 12, 3).slice(0, 7), balancedPermutations(5, 7, 3));
    assert.notDeepEqual(balancedPermutations(5, 7, 3), balancedPermutations(5, 7, 4));
    assert.throws(() => balancedPermutations(11, 5, 0), { parameter: "optionCount" });
    assert.throws(() => balancedPermutations(4, 0, 0), { parameter: "runs" });
  });
});
