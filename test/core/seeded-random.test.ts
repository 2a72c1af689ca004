import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, it } from "node:test";

import * as fc from "fast-check";

import { SeededRandom } from "../../lib/core/seeded-random.ts";

/** sfc32 as its author states it, in whole numbers of any size. */
function* reference(seedText: string): Generator<number> {
  const digest = createHash("sha256").update(seedText).digest();
  const word = (value: bigint) => BigInt.asUintN(32, value);
  let [a, b, c, counter] = [0, 4, 8].map((place) => BigInt(digest.readUInt32LE(place))).concat(1n) as [
    bigint,
    bigint,
    bigint,
    bigint,
  ];
  for (let output = 0; ; output++) {
    const next = word(a + b + counter);
    counter = word(counter + 1n);
    a = b ^ (b >> 9n);
    b = word(c + (c << 3n));
    c = word(word((c << 21n) | (c >> 11n)) + next);
    if (output >= 12) yield Number(next);
  }
}

describe("SeededRandom", () => {
  it("is sfc32, seeded as documented", () => {
    for (const [seed, text] of [
      [7, "integer:7"],
      ["7", "text:7"],
      [-3, "integer:-3"],
      ["ärzte", "text:ärzte"],
    ] as const) {
      const random = new SeededRandom(seed);
      const expected = reference(text);
      for (let step = 0; step < 200; step++) assert.equal(random.bits32(), expected.next().value);
    }
  });

  it("gives these numbers for good", () => {
    const random = new SeededRandom(7);
    assert.deepEqual(
      Array.from({ length: 4 }, () => random.integer(0, 1000)),
      [982, 695, 554, 90],
    );
    assert.equal(random.uniform(), 0.14585190372661772);
    assert.deepEqual(new SeededRandom(7).shuffle(["a", "b", "c", "d"]), ["c", "b", "a", "d"]);
  });

  it("keeps to its ranges", () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.integer({ min: -(2 ** 31), max: 2 ** 31 }),
        fc.integer({ min: 1, max: 2 ** 32 }),
        (seed, low, span) => {
          const random = new SeededRandom(seed);
          const whole = random.integer(low, low + span);
          assert.ok(Number.isInteger(whole) && whole >= low && whole < low + span);
          const share = random.uniform();
          assert.ok(share >= 0 && share < 1);
        },
      ),
    );
  });

  it("draws every value about equally often", () => {
    const random = new SeededRandom("dice");
    const counts = [0, 0, 0, 0, 0, 0];
    for (let throws = 0; throws < 60_000; throws++) counts[random.integer(0, 6)]!++;
    const chiSquared = counts.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0);
    // The seed is fixed, so this cannot fail by chance; 20.5 is the 0.1 % point for 5 degrees of freedom.
    assert.ok(chiSquared < 20.5, `${counts}`);
  });

  it("chooses by weight, and never what weighs nothing", () => {
    const random = new SeededRandom("weights");
    const counts = { light: 0, heavy: 0, never: 0 };
    for (let draws = 0; draws < 4000; draws++) {
      counts[random.weightedChoice(["light", "heavy", "never"] as const, [1, 3, 0])]++;
    }
    assert.equal(counts.never, 0);
    assert.ok(Math.abs(counts.heavy / 4000 - 0.75) < 0.03, JSON.stringify(counts));
  });

  it("samples different items and leaves the input alone", () => {
    fc.assert(
      fc.property(fc.integer(), fc.uniqueArray(fc.integer()), fc.nat(), (seed, items, wanted) => {
        const before = [...items];
        const count = items.length === 0 ? 0 : wanted % (items.length + 1);
        const drawn = new SeededRandom(seed).sample(items, count);
        assert.equal(new Set(drawn).size, count);
        assert.ok(drawn.every((item) => items.includes(item)));
        assert.deepEqual(new SeededRandom(seed).shuffle(items).sort(), [...before].sort());
        assert.deepEqual(items, before);
      }),
    );
  });

  it("shuffles into every order about equally often", () => {
    const random = new SeededRandom("orders");
    const counts = new Map<string, number>();
    for (let shuffles = 0; shuffles < 24_000; shuffles++) {
      const order = random.shuffle(["a", "b", "c", "d"]).join("");
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    assert.equal(counts.size, 24);
    const chiSquared = [...counts.values()].reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
    // 49.7 is the 0.1 % point for 23 degrees of freedom.
    assert.ok(chiSquared < 49.7, String(chiSquared));
  });

  it("forks into streams of their own", () => {
    const random = new SeededRandom(1);
    const first = random.fork("a").bits32();
    random.bits32();
    assert.equal(random.fork("a").bits32(), first);
    assert.notEqual(random.fork("b").bits32(), first);
    assert.notEqual(new SeededRandom("1").fork("a").bits32(), first);
  });

  it("says what it cannot do", () => {
    const random = new SeededRandom(1);
    const wrong: [() => unknown, RegExp][] = [
      [() => new SeededRandom(0.5), /"seed" must be a text or a whole number, got 0\.5/u],
      [() => random.integer(3, 3), /"high" must be a whole number above 3/u],
      [() => random.integer(0, 2 ** 33), /"high" must be .* at most 2\^32/u],
      [() => random.choice([]), /"items" must be at least one item/u],
      [() => random.sample([1], 2), /"count" must be a whole number from 0 to 1, got 2/u],
      [() => random.weightedChoice(["a"], [1, 2]), /"weights" must be 1 numbers/u],
      [() => random.weightedChoice(["a"], [-1]), /"weights\[0\]" must be a finite number >= 0, got -1/u],
      [() => random.weightedChoice(["a"], [0]), /"weights" must be of a finite sum above 0, got 0/u],
    ];
    for (const [call, message] of wrong) assert.throws(call, { name: "ArgumentError", message });
  });
});
