import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";

import { Session } from "../../kernels/typescript/session/session.ts";

describe("imports of a notebook", () => {
  let folder = "";
  let session: Session;
  let count = 0;

  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), "rounds modules "));
    session = new Session({ directory: folder, projectRoot: path.resolve(".") });
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function write(name: string, text: string): void {
    const filePath = path.join(folder, name);
    mkdirSync(path.dirname(filePath), { recursive: true });
    writeFileSync(filePath, text);
  }

  async function run(source: string): Promise<unknown> {
    return (await session.execute(source, { executionCount: ++count })).value;
  }

  it("load a local TypeScript file, with and without its ending", async () => {
    write("a.ts", "export const a: number = 1;");
    assert.equal(await run("import { a } from './a.ts'; a"), 1);
    assert.equal(await run("import { a as b } from './a'; b"), 1);
    assert.equal(await run("import { a as c } from './a.js'; c"), 1);
    assert.equal(await run("(await import('./a.ts')).a"), 1);
  });

  it("load a folder's index", async () => {
    write("part/index.ts", "export { b } from './b';");
    write("part/b.ts", "export const b = 2;");
    assert.equal(await run("import { b } from './part'; b"), 2);
  });

  it("load a file anew after an edit", async () => {
    write("a.ts", "export const a = 1;");
    assert.equal(await run("import { a } from './a.ts'; a"), 1);
    write("a.ts", "export const a = 2;");
    assert.equal(await run("a"), 1);
    assert.equal(await run("import { a } from './a.ts'; a"), 2);
    assert.equal(await run("(await import('./a.ts')).a"), 2);
  });

  it("load a file anew after an edit of a file that it imports, at any depth", async () => {
    write("a.ts", "import { b } from './b'; export const a = b + 1;");
    write("b.ts", "export * from './deep/c.ts';");
    write("deep/c.ts", "export const b = 10;");
    assert.equal(await run("import { a } from './a.ts'; a"), 11);
    write("deep/c.ts", "export const b = 20;");
    assert.equal(await run("import { a } from './a.ts'; a"), 21);
  });

  it("keep the state of files that did not change", async () => {
    write("state.ts", "export const seen: number[] = [];");
    write("a.ts", "import { seen } from './state.ts'; seen.push(1); export { seen };");
    assert.deepEqual(await run("import { seen } from './a.ts'; seen.length"), 1);
    write("a.ts", "import { seen } from './state.ts'; seen.push(1, 2); export { seen };");
    assert.deepEqual(await run("import { seen } from './a.ts'; seen.length"), 3);
  });

  it("load files that import each other", async () => {
    write("a.ts", "import { b } from './b.ts'; export const a = () => b; export const name = 'a';");
    write("b.ts", "import { name } from './a.ts'; export const b = () => name;");
    assert.equal(await run("import { a } from './a.ts'; a()()"), "a");
  });

  it("recover from a file that did not parse", async () => {
    write("a.ts", "export const a = ;");
    await assert.rejects(run("import { a } from './a.ts'; a"), SyntaxError);
    write("a.ts", "export const a = 5;");
    assert.equal(await run("import { a } from './a.ts'; a"), 5);
  });

  it("follow the values of a module's exports", async () => {
    write("counter.ts", "export let count = 0; export function increment() { count++; }");
    await run("import { count, increment } from './counter.ts'");
    assert.equal(await run("increment(); increment(); count"), 2);
  });

  it("load TypeScript that is more than types", async () => {
    write(
      "rich.ts",
      "export enum Level { High = 3 }\nexport namespace N { export const n = 4 }\n" +
        "const tag = (target: any) => { target.tagged = 5 };\n@tag export class A { static tagged: number; constructor(public x = 6) {} }",
    );
    assert.deepEqual(
      await run("import { Level, N, A } from './rich.ts'; [Level.High, N.n, A.tagged, new A().x]"),
      [3, 4, 5, 6],
    );
  });

  it("pass over types imported without the word type", async () => {
    write("types.ts", "export interface Row { id: number } export const rows: Row[] = [{ id: 1 }];");
    assert.deepEqual(
      await run("import { Row, rows } from './types.ts'; const first: Row = rows[0]!; first"),
      { id: 1 },
    );
  });

  it("load JSON, with and without its attribute, and anew after an edit", async () => {
    write("data.json", '{ "x": 1 }');
    assert.equal(await run("import data from './data.json' with { type: 'json' }; data.x"), 1);
    write("data.json", '{ "x": 2 }');
    assert.equal(await run("import data from './data.json'; data.x"), 2);
  });

  it("load CommonJS files by import and by require", async () => {
    write("c.cjs", "exports.named = 1; exports.where = __dirname;");
    assert.equal(await run("import c from './c.cjs'; c.named"), 1);
    assert.equal(await run("import { named } from './c.cjs'; named"), 1);
    assert.equal(await run("require('./c.cjs').where"), folder);
    write("d.cts", "const value: number = 7; module.exports = { value };");
    assert.equal(await run("require('./d.cts').value"), 7);
  });

  it("prefer the notebook's packages, ESM and CommonJS, over the project's", async () => {
    write("node_modules/magic-string/package.json", '{ "name": "magic-string", "main": "main.js" }');
    write("node_modules/magic-string/main.js", "exports.mine = true;");
    write(
      "node_modules/modern/package.json",
      '{ "type": "module", "exports": { ".": "./m.js", "./part": "./p.js" } }',
    );
    write("node_modules/modern/m.js", "export default 'modern';");
    write("node_modules/modern/p.js", "export const part = 1;");
    assert.equal(await run("import { mine } from 'magic-string'; mine"), true);
    assert.equal(await run("require('magic-string').mine"), true);
    assert.equal(await run("import modern from 'modern'; modern"), "modern");
    assert.equal(await run("import { part } from 'modern/part'; part"), 1);
  });

  it("find the project's packages from any folder", async () => {
    assert.equal(await run("import { MagicString } from 'magic-string'; MagicString.name"), "MagicString");
    assert.equal(await run("typeof require('magic-string').MagicString"), "function");
  });

  it("find rounds and tslab from any folder", async () => {
    const project = path.join(folder, "project");
    write("project/lib/index.ts", "export { state } from './state.ts';");
    write("project/lib/state.ts", "export const state = { loads: 1 };");
    write("project/kernels/typescript/tslab.ts", "export const display = 'shown';");
    // Through a link, as a project in a linked home folder is.
    symlinkSync(project, path.join(folder, "linked"));
    const other = new Session({ directory: folder, projectRoot: path.join(folder, "linked") });
    const { value } = await other.execute(
      "import { state } from 'rounds'; import { display } from 'tslab'; [state.loads, display]",
      {
        executionCount: 1,
      },
    );
    assert.deepEqual(value, [1, "shown"]);
    write("project/lib/state.ts", "export const state = { loads: 2 };");
    // The project's own modules hold state that must be single: they are loaded once.
    const again = await other.execute("(await import('./project/lib/state.ts')).state === state", {
      executionCount: 2,
    });
    assert.equal(again.value, true);
  });

  it("find rounds and tslab by require too, from any folder", async () => {
    assert.equal(await run("typeof require('tslab').display.html"), "function");
    assert.equal(await run("typeof require('rounds').open"), "function");
  });

  it("load a cell that is a module, anew after it has run again, and what imports it too", async () => {
    const first = await session.execute("/**\n * @module miles\n */\nexport const metres = 1609;", {
      executionCount: ++count,
    });
    assert.deepEqual(first, { hasValue: false, value: undefined });
    await run(
      "/** @module lengths */ import { metres } from './miles'; export const three: number = 3 * metres;",
    );
    assert.equal(await run("import { three } from './lengths'; three"), 4827);
    await run("/** @module miles */ export const metres = 1000;");
    assert.equal(await run("import { three } from './lengths'; three"), 3000);
    assert.equal(await run("(await import('./lengths.ts')).three"), 3000);
    assert.equal(await run("require('./lengths').three"), 3000);
  });

  it("name the file and line of an error in a cell that is a module", async () => {
    await run("/** @module broken */\nexport const x = ;");
    const failed = run("import * as broken from './broken'");
    await assert.rejects(failed, (error: Error) => {
      assert.match(session.formatError(error).traceback.join("\n"), /broken\.ts, line 2/);
      return true;
    });
  });

  it("resolve paths from the notebook's folder", async () => {
    write("data.txt", "text");
    assert.equal(
      await run(
        "import { readFileSync } from 'node:fs'; readFileSync(new URL('./data.txt', import.meta.url), 'utf8')",
      ),
      "text",
    );
    assert.equal(await run("import.meta.dirname"), folder);
    assert.match(String(await run("import.meta.resolve('./data.txt')")), /^file:.*data\.txt$/);
  });

  it("give defined globals to cells and to modules", async () => {
    session.defineGlobals({ roundsTestInput: () => "typed" });
    write("asks.ts", "export const answer = (globalThis as any).roundsTestInput();");
    assert.equal(await run("roundsTestInput()"), "typed");
    assert.equal(await run("import { answer } from './asks.ts'; answer"), "typed");
    assert.equal(await run("const roundsTestInput = 1; roundsTestInput"), 1);
  });
});

describe("an expression of a front end", () => {
  it("is evaluated and awaited in the notebook's scope", async () => {
    const session = new Session({ directory: os.tmpdir(), projectRoot: path.resolve(".") });
    await session.execute("const a = 20; const f = async (x: number) => x * 2", { executionCount: 1 });
    assert.equal(await session.evaluateExpression("a + 1"), 21);
    assert.equal(await session.evaluateExpression("await f(a)"), 40);
    await assert.rejects(session.evaluateExpression("nothingOfThatName"), ReferenceError);
  });
});
