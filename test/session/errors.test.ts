import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, describe, it } from "node:test";

import { Session } from "../../kernels/typescript/session/session.ts";

const folder = mkdtempSync(path.join(os.tmpdir(), "rounds-errors-"));
after(() => rmSync(folder, { recursive: true, force: true }));

/** Run cells 1, 2, ... and give what the last one's error looks like. */
async function failure(...cells: string[]): Promise<{ ename: string; evalue: string; traceback: string[] }> {
  const session = new Session({ directory: folder, projectRoot: path.resolve(".") });
  for (const [index, cell] of cells.entries()) {
    try {
      await session.execute(cell, { executionCount: index + 1 });
    } catch (error) {
      if (index === cells.length - 1) return session.formatError(error);
      throw error;
    }
  }
  throw new Error("no cell failed");
}

/** Frames in cells, as people read them. */
function cellFrames(traceback: readonly string[]): string[] {
  return traceback
    .filter((line) => line.includes("    at ") && /Cell \[\d+\]/.test(line))
    .map((line) => line.trim());
}

describe("an error of a cell", () => {
  it("has its name, message, line with a caret, and calls", async () => {
    const source = [
      "// A comment, which vanishes.",
      "interface Gone { name: string }",
      "",
      "function check(value: number): number {",
      "",
      "  if (value > 1) throw new RangeError(`bad ${value}`);",
      "  return value;",
      "}",
      "const first = check(0);",
      "  check(first + 5);",
    ].join("\n");
    const { ename, evalue, traceback } = await failure(source);
    assert.equal(ename, "RangeError");
    assert.equal(evalue, "bad 5");
    assert.deepEqual(traceback.slice(0, 7), [
      "RangeError: bad 5",
      "Cell [1], line 6:",
      "  5 |",
      "> 6 |   if (value > 1) throw new RangeError(`bad ${value}`);",
      "    |                        ^",
      "  7 |   return value;",
      "    at check (Cell [1]:6:24)",
    ]);
    assert.deepEqual(cellFrames(traceback), ["at check (Cell [1]:6:24)", "at Cell [1]:10:3"]);
  });

  const positions: [string, string, string][] = [
    ["an undeclared name", "const a = 1;\n\n  missing + a", "at Cell [1]:3:3"],
    ["a call of undefined", "const o: any = {};\no.f()", "at Cell [1]:2:3"],
    ["a property of undefined", "const o: any = {};\no.p.q", "at Cell [1]:2:5"],
    ["after an await", "await null;\n\nthrow new Error('x')", "at Cell [1]:3:7"],
    [
      "in a method",
      "class A {\n  m(): never {\n    throw new Error('x')\n  }\n}\nnew A().m()",
      "at A.m (Cell [1]:3:11)",
    ],
    [
      "in a getter",
      "const o = {\n  get g(): number { throw new Error('x') }\n};\no.g",
      "at get g (Cell [1]:2:27)",
    ],
    ["in a callback", "[1].forEach((n) => {\n  throw new Error(String(n))\n})", "at Cell [1]:2:9"],
    ["in a static block", "class A {\n  static {\n    throw new Error('x')\n  }\n}", "Cell [1]:3:11"],
    [
      "after an enum",
      "enum E { A }\nnamespace N { export const a = 1 }\nthrow new Error('x')",
      "at Cell [1]:3:7",
    ],
    ["assignment to a constant", "const a = 1;\n  a = 2", "at Cell [1]:2:3"],
    ["too early", "\nearly; let early = 1", "at Cell [1]:2:1"],
    ["after a long template", "const t = `a\nb\nc`;\nt.nothing.at()", "at Cell [1]:4:11"],
    ["with tabs", "\tthrow new Error('x')", "at Cell [1]:1:8"],
    ["after astral characters", "const s = '😀😀'; null!.x", "Cell [1]:1:25"],
    ["with CRLF", "1;\r\n2;\r\nthrow new Error('x')", "at Cell [1]:3:7"],
  ];
  for (const [name, source, frame] of positions) {
    it(`is placed where it happened: ${name}`, async () => {
      const { traceback } = await failure(source);
      assert.ok(cellFrames(traceback)[0]?.includes(frame), traceback.join("\n"));
    });
  }

  it("names the cell that declared the function", async () => {
    const { traceback } = await failure("function f() { throw new Error('x') }", "1;\nf()");
    assert.deepEqual(cellFrames(traceback), ["at f (Cell [1]:1:22)", "at Cell [2]:2:1"]);
    assert.ok(traceback.includes("Cell [1], line 1:"));
  });

  it("shows the source of its own cell when numbers repeat", async () => {
    const session = new Session({ directory: folder, projectRoot: path.resolve(".") });
    await session.execute("function f() { throw new Error('from the first') }", { executionCount: 7 });
    const error: unknown = await session
      .execute("f()", { executionCount: 7 })
      .catch((reason: unknown) => reason);
    assert.match(session.formatError(error).traceback.join("\n"), /> 1 \| function f\(\)/);
  });

  it("has no frames of the kernel or of Node", async () => {
    const { traceback } = await failure(
      "await new Promise((resolve) => setTimeout(resolve, 1)); JSON.parse('{')",
    );
    const text = traceback.join("\n");
    assert.doesNotMatch(text, /node:|kernels\/typescript/);
    assert.match(text, /at Cell \[1\]:1:62/);
  });

  it("keeps frames of local files, with the file's own lines", async () => {
    writeFileSync(
      path.join(folder, "failing.ts"),
      "export enum Kind { A }\n// gone\ninterface B {}\n\nexport function fail(): never {\n  throw new Error('in a file');\n}\n",
    );
    const { traceback } = await failure("import { fail } from './failing.ts'", "fail()");
    const frames = traceback.filter((line) => line.includes("    at "));
    assert.match(frames[0] ?? "", /at fail \(.*failing\.ts:6:9\)$/);
    assert.match(frames[1] ?? "", /at Cell \[2\]:1:1$/);
  });

  it("has no frames of a library that threw it on purpose, and says nothing twice", async () => {
    const { traceback } = await failure('import { wilsonInterval } from "rounds"', "wilsonInterval(3, 2)");
    assert.deepEqual(traceback.slice(1, 5), [
      "Cell [2], line 1:",
      "> 1 | wilsonInterval(3, 2)",
      "    | ^",
      "    at Cell [2]:1:1",
    ]);
    assert.doesNotMatch(traceback.join("\n"), /received/);
    const query = await failure(
      'import { fromRows } from "rounds"',
      "await fromRows([{ a: 1 }]).sql('SELECT b FROM this').rows()",
    );
    assert.deepEqual(query.traceback.slice(0, 4), [
      'QueryError: no column "b" in this table. Its columns: a.',
      "",
      "SELECT b FROM this",
      "       ^",
    ]);
    assert.doesNotMatch(query.traceback.join("\n"), /lib\/table|sql:/);
  });

  it("has a library's frames where no line of a cell led there", () => {
    class OwnError extends Error {}
    const error = new OwnError("lost");
    const frame = `    at read (${new URL("../../lib/core/hash.ts", import.meta.url).href}:1:1)`;
    error.stack = `Error: lost\n${frame}`;
    const { traceback } = new Session({ directory: folder, projectRoot: path.resolve(".") }).formatError(
      error,
    );
    assert.equal(traceback[1], frame);
  });

  it("is told whatever its class is", async () => {
    const bare = await failure(
      "const bare = new Error('bare'); Object.setPrototypeOf(bare, null); throw bare;",
    );
    assert.equal(bare.evalue, "bare");
    const odd = await failure("throw Object.assign(new Error('odd'), { constructor: undefined });");
    assert.equal(odd.evalue, "odd");
    assert.equal(cellFrames(odd.traceback).length, 1);
  });

  it("maps error.stack itself", async () => {
    const session = new Session({ directory: folder, projectRoot: path.resolve(".") });
    const { value } = await session.execute("type A = 1;\n\nnew Error('here').stack", { executionCount: 3 });
    assert.match(String(value), /^Error: here\n {4}at Cell \[3\]:3:1/);
  });

  it("names the cell that made code from text", async () => {
    const { traceback } = await failure("1;\nnew Function('throw new Error(1)')()");
    assert.match(traceback.join("\n"), /at eval \(eval at <anonymous> \(Cell \[1\]:2:1\)/);
  });

  it("shows causes and the parts of an AggregateError", async () => {
    const { traceback } = await failure(
      "const inner = new TypeError('inner');\nthrow new AggregateError([new Error('one'), 'two'], 'several', { cause: inner })",
    );
    const text = traceback.join("\n");
    assert.match(text, /^AggregateError: several$/m);
    assert.match(text, /^\[cause\]:\n {2}TypeError: inner$/m);
    assert.match(text, /^ {2}> 1 \| const inner/m);
    assert.match(text, /^\[errors\[0\]\]:\n {2}Error: one$/m);
    assert.match(text, /^\[errors\[1\]\]:\n {2}Thrown: two$/m);
  });

  it("ends with a cause that is the error itself", async () => {
    const { traceback } = await failure("const e: any = new Error('loop'); e.cause = e; throw e");
    assert.match(traceback.join("\n"), /\[cause\]:\n {2}\(shown above\)$/);
  });

  it("shows what libraries add, and the whole of a long message within bounds", async () => {
    const { evalue, traceback } = await failure(
      "throw Object.assign(new Error('m'.repeat(1e6)), { code: 'E_CODE', status: 404 })",
    );
    assert.ok(evalue.length < 21_000);
    assert.match(evalue, /… \(1000000 characters\)$/);
    assert.match(traceback.join("\n"), /\{ code: 'E_CODE', status: 404 \}/);
  });

  for (const [source, evalue] of [
    ["throw 'text'", "text"],
    ["throw null", "null"],
    ["throw undefined", "undefined"],
    ["throw { a: 1 }", "{ a: 1 }"],
    ["throw Symbol('s')", "Symbol(s)"],
    ["await Promise.reject(5)", "5"],
  ] as const) {
    it(`may be anything: ${source}`, async () => {
      assert.deepEqual(await failure(source), { ename: "Thrown", evalue, traceback: [`Thrown: ${evalue}`] });
    });
  }

  it("is shown even when its properties throw", async () => {
    const { ename } = await failure(
      "throw Object.defineProperty(new Error(), 'message', { get() { throw 1 } })",
    );
    assert.equal(ename, "Error");
  });
});

describe("a type error", () => {
  it("quotes names as the user wrote them", async () => {
    const start = "const table = { rows: 1 }; const open = () => table; const $cost = 2;";
    const cases = {
      "table.limt(1)": "table.limt is not a function",
      "open().limit(2)": "open(...).limit is not a function",
      "table()": "table is not a function",
      "$cost()": "$cost is not a function",
      "new table.rows()": "table.rows is not a constructor",
      "table.rows.first.second": "Cannot read properties of undefined (reading 'second')",
    };
    for (const [source, expected] of Object.entries(cases)) {
      assert.equal((await failure(start, source)).evalue, expected);
    }
  });

  it("of the user's own is left as it is", async () => {
    assert.equal((await failure("throw new Error('$$table.value')")).evalue, "$$table.value");
  });
});

describe("a cell that does not parse", () => {
  const cases: [string, string[]][] = [
    [
      "const a = 1;\nconst b = ;",
      [
        "SyntaxError: Unexpected token",
        "Cell [1], line 2:",
        "  1 | const a = 1;",
        "> 2 | const b = ;",
        "    |           ^",
      ],
    ],
    [
      "let re = /(/;",
      [
        "SyntaxError: Invalid regular expression: /(/: Unterminated group",
        "Cell [1], line 1:",
        "> 1 | let re = /(/;",
        "    |          ^^^",
      ],
    ],
    [
      "let same = 1, same = 2",
      [
        "SyntaxError: Identifier `same` has already been declared",
        "Cell [1], line 1:",
        "> 1 | let same = 1, same = 2",
        "    |               ^^^^",
      ],
    ],
  ];
  for (const [source, expected] of cases) {
    it(`shows the line and the place: ${source.split("\n").at(-1)}`, async () => {
      assert.deepEqual((await failure(source)).traceback, expected);
    });
  }

  it("runs no part of it", async () => {
    const session = new Session({ directory: folder, projectRoot: path.resolve(".") });
    await assert.rejects(session.execute("let ran = true;\n)", { executionCount: 1 }), SyntaxError);
    await assert.rejects(session.execute("ran", { executionCount: 2 }), ReferenceError);
  });
});

describe("an import that fails", () => {
  it("names the package and the line", async () => {
    const { evalue, traceback } = await failure("1;\nimport x from 'no-such-package';");
    assert.equal(evalue, "Cannot find package 'no-such-package' imported from Cell [1]");
    assert.ok(traceback.includes("> 2 | import x from 'no-such-package';"));
  });

  it("shows the line of a local file that does not parse", async () => {
    writeFileSync(path.join(folder, "broken.ts"), "export const a = 1;\nexport const b = ;\n");
    const { ename, traceback } = await failure("import './broken.ts'");
    assert.equal(ename, "SyntaxError");
    assert.ok(traceback.includes("> 2 | export const b = ;"), traceback.join("\n"));
  });
});

describe("a cell that never ends", () => {
  it("does not keep later cells from running", async () => {
    const session = new Session({ directory: folder, projectRoot: path.resolve(".") });
    await session.execute("let kept = 1; const replaced = 'old'", { executionCount: 1 });
    void session.execute("kept = 2; await new Promise(() => {}); const replaced = 'new'", {
      executionCount: 2,
    });
    const { value } = await session.execute("[kept, replaced]", { executionCount: 3 });
    assert.deepEqual(value, [2, "old"]);
  });

  it("leaves a running cell alone when it ends after all", async () => {
    const session = new Session({ directory: folder, projectRoot: path.resolve(".") });
    await session.execute("let release = () => {}", { executionCount: 1 });
    const late = session.execute("await new Promise<void>((r) => { release = r })", { executionCount: 2 });
    const { value } = await session.execute(
      "release(); await new Promise((r) => setImmediate(r)); const fresh = 1; fresh",
      { executionCount: 3 },
    );
    await late;
    assert.equal(value, 1);
  });
});
