import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { inspect } from "node:util";
import * as fc from "fast-check";
import { preview } from "../../kernels/typescript/host/preview.ts";

const MAXIMUM = 100_100;

describe("preview", () => {
  it("is what Node shows, for values of ordinary size", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 3 }), (value) => {
        assert.equal(preview(value), inspect(value, { depth: 4, breakLength: 110 }));
      }),
    );
    assert.equal(preview({ a: [1, 2] }), "{ a: [ 1, 2 ] }");
  });

  it("is bounded for wide, deep and long values", () => {
    const wide = Object.fromEntries(
      Array.from({ length: 50_000 }, (_, index) => [`key${index}`, "x".repeat(50)]),
    );
    assert.ok(preview(wide).length < MAXIMUM);
    assert.match(preview(wide), /49900 more properties$/);
    const nested = Array.from({ length: 100 }, () =>
      Array.from({ length: 100 }, () => Array.from({ length: 100 }, () => "leaf")),
    );
    assert.ok(preview(nested).length < MAXIMUM);
    assert.ok(preview("x".repeat(1_000_000)).length < 11_000);
    assert.ok(preview(Array.from({ length: 100 }, () => "x".repeat(10_000))).length < MAXIMUM);
    assert.match(preview(Array.from({ length: 1_000 }, (_, index) => index)), /900 more items/);
  });

  it("calls no getter, and is not led astray by cycles and proxies", () => {
    let calls = 0;
    const value: Record<string, unknown> = Object.defineProperty({}, "costly", {
      enumerable: true,
      get: () => (calls += 1),
    });
    value["self"] = value;
    value["proxy"] = new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error("trap");
        },
      },
    );
    assert.match(preview(value), /costly: \[Getter\]/);
    assert.equal(calls, 0);
  });
});
