import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { jsonValueRange } from "../../../lib/corpus/exact-spans/json-value.ts";

/** Bytes of an object's line with a value replaced. */
function replaced(line: string, name: string, value: string): string {
  const bytes = Buffer.from(line);
  const { start, end } = jsonValueRange(bytes, name)!;
  return Buffer.concat([bytes.subarray(0, start), Buffer.from(value), bytes.subarray(end)]).toString();
}

describe("jsonValueRange", () => {
  it("finds the value that JSON.parse gives, whatever stands around it", () => {
    const spaces = fc.constantFrom("", " ", "  ", "\t");
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue()),
        fc.jsonValue(),
        spaces,
        (object, value, space) => {
          const line = JSON.stringify(object, undefined, space).replaceAll("\n", " ");
          for (const name of Object.keys(object)) {
            const parsed = JSON.parse(replaced(line, name, JSON.stringify(value))) as object;
            // As JSON.parse does, so that "__proto__" is a name like any other.
            const pairs = Object.entries(object).map((pair) => (pair[0] === name ? [name, value] : pair));
            assert.deepEqual(Object.entries(parsed), JSON.parse(JSON.stringify(pairs)));
          }
          assert.equal(jsonValueRange(Buffer.from(line), "no such name, surely"), undefined);
        },
      ),
    );
  });

  it("takes the last of two values and leaves numbers as they are written", () => {
    const line = '{"a":1.0,"t":[{"t":"}\\""}],"n":12345678901234567890,"\\u0074" : "x" , "z":-1e400}';
    assert.equal(replaced(line, "t", "null"), line.replace('"x"', "null"));
  });
});
