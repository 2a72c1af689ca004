import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import * as fc from "fast-check";

import { Session } from "../../kernels/typescript/session/session.ts";

const folder = mkdtempSync(path.join(os.tmpdir(), "rounds-completion-"));
const session = new Session({ directory: folder, projectRoot: path.resolve(".") });

before(async () => {
  mkdirSync(path.join(folder, "parts"));
  writeFileSync(path.join(folder, "helper.ts"), "export const help = 1;");
  writeFileSync(path.join(folder, "notes.txt"), "");
  await session.execute(
    `import fs from "node:fs";
     let getterCalls = 0;
     /** Adds two numbers.
      * @param first the first
      */
     function addNumbers(first: number, second: { deep: string }): number { return first }
     class Shape { static create() { return new Shape() } side = 2; area(scale = 1) { return this.side * scale } }
     const shape = new Shape();
     const nested = { inner: { list: [1, { quantity: 2 }] }, get active() { getterCalls++; return {} }, "not-a-name": 1 };
     const proxy = new Proxy({}, { get() { getterCalls++; return 1 }, ownKeys() { getterCalls++; return [] } });
     const bigArray = new Array(5_000_000).fill(0);
     const longText = "x".repeat(1_000_000);
     const lookup = new Map([["a", 1]]);
     /** A row of the table. */
     interface Row { id: number }
     const 𝒳axis = { width: 1 };
     const arrow = async (name: string): Promise<void> => {};`,
    { executionCount: 1 },
  );
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** Complete at the bar. */
function complete(marked: string): { matches: string[]; replaced: string } {
  const cursor = marked.indexOf("|");
  const source = marked.replace("|", "");
  const { matches, cursorStart, cursorEnd } = session.complete(source, cursor);
  return { matches, replaced: source.slice(cursorStart, cursorEnd) };
}

describe("completion", () => {
  const cases: [marked: string, included: string[], replaced: string][] = [
    ["addN|", ["addNumbers"], "addN"],
    ["  sha|", ["shape"], "sha"],
    ["1 + sha| + 2", ["shape"], "sha"],
    ["[...sha|", ["shape"], "sha"],
    ["awa|", ["await"], "awa"],
    ["structuredC|", ["structuredClone"], "structuredC"],
    ["shape.|", ["side", "area", "constructor"], ""],
    ["shape.ar|", ["area"], "ar"],
    ["shape?.ar|", ["area"], "ar"],
    ["shape!.ar|", ["area"], "ar"],
    ["shape\n  .ar|", ["area"], "ar"],
    ["Shape.cr|", ["create"], "cr"],
    ["nested.inner.li|", ["list"], "li"],
    ["nested.inner.list[1].q|", ["quantity"], "q"],
    ["nested['inner'].li|", ["list"], "li"],
    ["await nested.inn|", ["inner"], "inn"],
    ["lookup.si|", ["size"], "si"],
    ["lookup.size.toF|", ["toFixed"], "toF"],
    ["Math.flo|", ["floor"], "flo"],
    ["globalThis.JS|", ["JSON"], "JS"],
    ["fs.readFileS|", ["readFileSync"], "readFileS"],
    ["crypto.randomU|", ["randomUUID"], "randomU"],
    ["`${sha|", ["shape"], "sha"],
    ["`${`a`}${shape.si|", ["side"], "si"],
    ["'it''s'; sha|", ["shape"], "sha"],
    ["/* a */ sha|", ["shape"], "sha"],
    ["'😀😀'; shape.ar|", ["area"], "ar"],
    ["𝒳ax|", ["𝒳axis"], "𝒳ax"],
    ["𝒳axis.w|", ["width"], "w"],
    ["const unrun = 1; unr|", ["unrun"], "unr"],
    ["import x from 'node:f|", ["node:fs", "node:fs/promises"], "node:f"],
    ["import x from 'roun|", ["rounds"], "roun"],
    ["import x from 'apache|", ["apache-arrow"], "apache"],
    ["import x from '@duckdb/node-a|", ["@duckdb/node-api"], "@duckdb/node-a"],
    ["import './|", ["./helper.ts", "./parts/"], "./"],
    ["await import('./hel|", ["./helper.ts"], "./hel"],
    ['require("node:pat|', ["node:path"], "node:pat"],
  ];
  for (const [marked, included, replaced] of cases) {
    it(marked.replaceAll("\n", "⏎"), () => {
      const completion = complete(marked);
      for (const match of included)
        assert.ok(completion.matches.includes(match), completion.matches.join(" "));
      assert.equal(completion.replaced, replaced);
    });
  }

  for (const marked of [
    "// sha|",
    "/* sha|",
    "'sha|",
    '"shape.|',
    "`sha|",
    "nothing.|",
    "call().|",
    "1.|",
    "nested.active.|",
  ]) {
    it(`offers nothing: ${marked}`, () => assert.deepEqual(complete(marked).matches, []));
  }

  it("offers no names that need quotes, no elements, no other files", () => {
    assert.ok(!complete("nested.|").matches.includes("not-a-name"));
    assert.ok(!complete("bigArray.|").matches.includes("0"));
    assert.ok(complete("bigArray.ma|").matches.includes("map"));
    assert.ok(complete("longText.pad|").matches.includes("padStart"));
    assert.ok(!complete("import './|").matches.includes("./notes.txt"));
  });

  it("shows the object's own members first", () => {
    assert.deepEqual(complete("shape.|").matches.slice(0, 1), ["side"]);
  });

  it("runs no getter and asks no proxy", async () => {
    complete("nested.active.|");
    complete("proxy.|");
    complete("proxy.a.|");
    session.inspect("nested", 3, 0);
    session.inspect("nested.active", 9, 0);
    session.inspect("proxy", 3, 0);
    assert.equal(await session.evaluateExpression("getterCalls"), 0);
  });

  it("never fails and never leaves the source, wherever the cursor is", () => {
    const text = fc.array(
      fc.constantFrom(
        "shape",
        ".",
        "[",
        "]",
        "'",
        '"',
        "`",
        "${",
        "}",
        "😀",
        " ",
        "(",
        ")",
        "/",
        "*",
        "\n",
        "?.",
        "0",
        "import ",
        "./",
      ),
    );
    fc.assert(
      fc.property(text, fc.nat({ max: 60 }), (parts, cursor) => {
        const source = parts.join("");
        const { cursorStart, cursorEnd } = session.complete(source, cursor);
        assert.ok(0 <= cursorStart && cursorStart <= cursorEnd && cursorEnd <= source.length);
        assert.equal(typeof session.inspect(source, cursor, 1).found, "boolean");
      }),
      { seed: 3, numRuns: 500 },
    );
  });
});

/** Inspect at the bar, or at the end. */
function inspect(marked: string, detailLevel: 0 | 1 = 0): string | undefined {
  const cursor = marked.includes("|") ? marked.indexOf("|") : marked.length;
  const { found, data } = session.inspect(marked.replace("|", ""), cursor, detailLevel);
  return found ? String(data["text/plain"]) : undefined;
}

describe("inspection", () => {
  it("gives a function's signature with types and its documentation", () => {
    for (const marked of ["addNum|bers(1)", "|addNumbers", "addNumbers|", "addNumbers(1, |"]) {
      assert.equal(
        inspect(marked),
        "function addNumbers(first: number, second: { deep: string }): number\n\n" +
          "Type: function\n\nAdds two numbers.\n@param first the first",
      );
    }
    assert.match(inspect("arr|ow") ?? "", /^const arrow = async \(name: string\): Promise<void>/);
  });

  it("leaves no blanks where a library's types were erased", async () => {
    writeFileSync(
      path.join(folder, "library.ts"),
      'export function widen(rows: readonly number[],\n  factor: number = 2, mark: string = "a ,  b"): number[] { return rows.map((row) => row * factor) }',
    );
    await session.execute('import { widen } from "./library.ts"', { executionCount: 2 });
    assert.match(inspect("wid|en") ?? "", /^function widen\(rows, factor = 2, mark = "a ,  b"\)\n/);
  });

  it("gives the type and a preview of a value", () => {
    assert.match(inspect("shap|e") ?? "", /^const shape\n\nType: Shape\n\nShape \{ side: 2 \}$/);
    assert.match(inspect("lookup") ?? "", /Type: Map\(1\)/);
    assert.match(inspect("nested.inner.list") ?? "", /Type: Array\(2\)/);
    assert.match(inspect("bigArray") ?? "", /Type: Array\(5000000\)/);
  });

  it("is bounded for a long value", () => {
    const text = inspect("longText") ?? "";
    assert.match(text, /string \(1000000 characters\)/);
    assert.ok(text.length < 3_000);
  });

  it("gives classes, methods, types and the engine's functions", () => {
    assert.match(inspect("Sha|pe") ?? "", /^class Shape\n\nType: class Shape/);
    assert.match(inspect("shape.ar|ea") ?? "", /^area\(scale = 1\)/);
    assert.match(inspect("Ro|w") ?? "", /^interface Row \{ id: number \}\n\nA row of the table\.$/);
    assert.match(inspect("Math.ma|x") ?? "", /^function max\(/);
  });

  it("adds the source at detail level 1", () => {
    assert.doesNotMatch(inspect("shape.area") ?? "", /this\.side/);
    assert.match(inspect("shape.ar|ea", 1) ?? "", /this\.side \* scale/);
  });

  it("gives markdown too", () => {
    const { data } = session.inspect("shape", 2, 0);
    assert.match(String(data["text/markdown"]), /^```typescript\nconst shape\n```\n\n\*\*Type:\*\* `Shape`/);
  });

  for (const marked of ["nothingOf|ThatName", "'sha|pe'", "// sha|pe", "", " | "]) {
    it(`finds nothing: ${marked}`, () => assert.equal(inspect(marked), undefined));
  }
});

describe("is_complete", () => {
  const cases: [source: string, status: string, indent?: string][] = [
    ["1 + 1", "complete"],
    ["", "complete"],
    ["// a comment", "complete"],
    ["await f()", "complete"],
    ["const a: number = 1", "complete"],
    ["import x from 'y'", "complete"],
    ["f(", "incomplete", "  "],
    ["const x =", "incomplete", ""],
    ["x +", "incomplete", ""],
    ["if (x) {", "incomplete", "  "],
    ["if (x) {\n  a()", "incomplete", "  "],
    ["class A {\n  b() {", "incomplete", "    "],
    ["const f = () =>", "incomplete", "  "],
    ["`text", "incomplete", ""],
    ["`text ${", "incomplete", "  "],
    ["/* comment", "incomplete", ""],
    ["[1,\n 2,", "incomplete", " "],
    ["for (const x of y)", "incomplete", ""],
    ["interface A {", "incomplete", "  "],
    ["'text", "invalid"],
    ["x ]", "invalid"],
    ["const = 1", "invalid"],
    ["let a; let a", "invalid"],
    ["import x from", "incomplete", ""],
  ];
  for (const [source, status, indent] of cases) {
    it(`${JSON.stringify(source)} is ${status}`, () => {
      assert.deepEqual(session.isComplete(source), indent === undefined ? { status } : { status, indent });
    });
  }
});
