import assert from "node:assert/strict";
import { it } from "node:test";
import * as fc from "fast-check";
import { unicodeIndex, utf16Index } from "../../kernels/typescript/wire/cursor.ts";

it("positions in code points and in UTF-16 name the same place", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.nat({ max: 20 }), (text, position) => {
      const characters = [...text];
      const codePoints = Math.min(position, characters.length);
      const index = utf16Index(text, position);
      assert.equal(text.slice(0, index), characters.slice(0, codePoints).join(""));
      assert.equal(unicodeIndex(text, index), codePoints);
    }),
  );
  assert.equal(utf16Index("𝒳.y", 2), 3);
  assert.equal(unicodeIndex("𝒳.y", 3), 2);
});
