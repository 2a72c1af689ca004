import assert from "node:assert/strict";
import { it } from "node:test";
import { parseHelpQuery } from "../../kernels/typescript/host/help-query.ts";

it("a name with one or two question marks asks for help, and no program does", () => {
  assert.deepEqual(parseHelpQuery("Math.max?"), { expression: "Math.max", detailLevel: 0 });
  assert.deepEqual(parseHelpQuery("  größe?? \n"), { expression: "größe", detailLevel: 1 });
  for (const program of ["a ? b : c", "a?.b", "f(x)?", "'why?'", "// why?", "?", ""]) {
    assert.equal(parseHelpQuery(program), undefined, program);
  }
});
