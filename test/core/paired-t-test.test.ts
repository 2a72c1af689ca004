/** Student's t for paired differences: closed forms, and what no unit changes. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { array, assert as assertProperty, double, integer, property } from "fast-check";
import { pairedTTest } from "../../lib/core/statistics/paired-t-test.ts";

const close = (value: number, expected: number): void =>
  assert.ok(Math.abs(value - expected) <= 1e-10 * Math.max(expected, 1e-3), `${value} is not ${expected}`);

describe("pairedTTest", () => {
  it("has the closed forms of one and of two degrees of freedom", () => {
    assertProperty(
      property(double({ min: 0.01, max: 100, noNaN: true }), (t) => {
        // Two differences with mean t and standard error 1 have that t.
        close(pairedTTest([t - 1, t + 1]), 1 - (2 / Math.PI) * Math.atan(t));
        const spread = Math.sqrt(3);
        close(pairedTTest([t - spread, t, t + spread]), 1 - t / Math.sqrt(2 + t * t));
      }),
    );
  });

  it("has the closed form of four degrees of freedom, that of five seeds", () => {
    assertProperty(
      property(double({ min: 0.01, max: 40, noNaN: true }), (t) => {
        // Squares 2 x 2 + 2 x 8 = 20, variance 5, standard error 1.
        const [one, two] = [Math.SQRT2, 2 * Math.SQRT2];
        const angle = Math.atan(t / 2);
        const expected = 1 - Math.sin(angle) * (1 + Math.cos(angle) ** 2 / 2);
        close(pairedTTest([t - two, t - one, t, t + one, t + two]), expected);
      }),
    );
  });

  it("is unchanged by unit, order and sign, and tells no spread from no effect", () => {
    const values = array(integer({ min: -50, max: 50 }), { minLength: 2, maxLength: 8 });
    assertProperty(
      property(values, (differences) => {
        const p = pairedTTest(differences);
        assert.ok(p >= 0 && p <= 1);
        close(pairedTTest(differences.map((each) => -0.01 * each).toReversed()), p);
      }),
    );
    assert.equal(pairedTTest([0, 0, 0]), 1);
    assert.equal(pairedTTest([0.2, 0.2]), 0);
    assert.throws(() => pairedTTest([0.2]), /two finite numbers or more/u);
  });
});
