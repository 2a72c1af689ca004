import assert from "node:assert/strict";
import { it } from "node:test";

import { moduleNameOf } from "../../kernels/typescript/session/module-cells.ts";

it("a cell is a module by a tag in a comment before its code, and only there", () => {
  for (const source of [
    "/** @module units */ export const a = 1;",
    "/**\n * @module units\n */\nexport const a = 1;",
    "/**\n * Of length.\n * @module units\n * @node\n */",
    "// first\n\n/* plain */ /** @module units */\nlet x;",
  ]) {
    assert.equal(moduleNameOf(source), "units", source);
  }
  for (const source of [
    "const a = 1; /** @module units */",
    "/* @module units */",
    "// @module units",
    "/** See @module units. */ const a = 1;",
    "/** @module ../units */",
    "/** @module */",
    "'/** @module units */'",
    "",
  ]) {
    assert.equal(moduleNameOf(source), undefined, source);
  }
});
