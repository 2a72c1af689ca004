import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isComplete } from "../../kernels/typescript/session/is-complete.ts";
import { rewriteCell } from "../../kernels/typescript/session/rewrite.ts";

const read = (source: string): unknown =>
  rewriteCell(source, { fileName: "Cell [1]", kindOf: () => undefined });
const nested = { name: "SyntaxError", message: /^the code is nested too deeply/ };

describe("code that is nested deeply", () => {
  for (const [kind, source] of [
    ["arrays", "[".repeat(20_000) + "]".repeat(20_000)],
    ["objects", `x = ${"{ a: ".repeat(5_000)}1${"}".repeat(5_000)}`],
    ["templates", "`${".repeat(20_000) + "1" + "}`".repeat(20_000)],
    ["functions, never closed", "function f() {".repeat(20_000)],
    ["a sum", `1${" + 1".repeat(100_000)}`],
    ["negations", `${"!".repeat(100_000)}1`],
    ["members, which our own reading would overflow at", `a${".b".repeat(4_900)}`],
  ] as const) {
    it(`is refused, and does not end the process: ${kind}`, () => {
      assert.throws(() => read(source), nested);
    });
  }

  it("is no whole cell either", () => {
    assert.deepEqual(isComplete("[".repeat(20_000)), { status: "invalid" });
  });

  it("is read as long as the parser can: brackets in brackets, long sums, unions", () => {
    read("[".repeat(400) + "]".repeat(400));
    read(`'a'${"\n + 'a'".repeat(4_500)}`);
    read(`type Name = ${Array.from({ length: 20_000 }, (_, index) => `"n${index}"`).join(" | ")}; 1`);
  });

  it("is not seen in text: strings, templates, comments and long data", () => {
    const text = "({[+".repeat(10_000);
    for (const source of [`'${text}'`, `"${text}"`, `\`${text}\``, `// ${text}\n1`, `/* ${text} */ 1`])
      read(source);
    read(`[${"{ a: -1 + 2, b: `${1 + 1}+` }, ".repeat(5_000)}]`);
  });
});
