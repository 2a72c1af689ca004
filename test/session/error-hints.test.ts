import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { preview } from "../../kernels/typescript/host/preview.ts";
import { nearestNames } from "../../kernels/typescript/session/nearest-names.ts";
import { Session } from "../../kernels/typescript/session/session.ts";
import { projectRoot } from "../../setup/paths.mjs";

const directory = mkdtempSync(join(tmpdir(), "rounds-hints-"));
after(() => rmSync(directory, { recursive: true, force: true }));
writeFileSync(join(directory, "late.mjs"), "export const value = await Promise.resolve(1);\n");
const session = new Session({ directory, projectRoot });
let count = 0;

/** The last line of what is shown when the last of the cells fails. */
async function lastLine(...cells: string[]): Promise<string | undefined> {
  for (const [index, cell] of cells.entries()) {
    try {
      await session.execute(cell, { executionCount: ++count });
    } catch (error) {
      assert.equal(index, cells.length - 1, `cell ${index} failed: ${String(error)}`);
      return session.formatError(error).traceback.at(-1);
    }
  }
  return assert.fail("no cell failed");
}

describe("the hint of an error", () => {
  it("names the nearest of the notebook's names and the global ones", async () => {
    assert.equal(await lastLine("const documents = [1]", "docuemnts.length"), "tip: did you mean documents?");
    assert.equal(await lastLine("consle.log(1)"), "tip: did you mean console?");
    assert.doesNotMatch((await lastLine("nothingLikeIt"))!, /^tip/);
  });

  it("tells of a promise that was not awaited", async () => {
    const expected = "tip: rows is a promise: await it, as in (await rows)";
    assert.equal(await lastLine("const rows = Promise.resolve([1])", "rows.map(String)"), expected);
    assert.equal(await lastLine("for (const row of rows) row;"), expected);
    assert.match(
      (await lastLine("const load = async () => [1]; load().map(String)"))!,
      /^tip: .*await it first/,
    );
    assert.doesNotMatch((await lastLine("const object = {}; object.map(String)"))!, /^tip/);
  });

  it("says what to do about a package that is not installed", async () => {
    assert.equal(
      await lastLine('import nothing from "@no-such/package-here/file"'),
      'tip: run await kernel.install("@no-such/package-here"), then this cell again',
    );
    assert.doesNotMatch((await lastLine('import nothing from "./no-such-file.ts"'))!, /^tip/);
  });

  it("says how an ES module is loaded", async () => {
    assert.match((await lastLine('require("./late.mjs")'))!, /^tip: it is an ES module: use import/);
  });

  it("says what can be done about a constant of an earlier cell", async () => {
    assert.match((await lastLine("const fixed = 1", "fixed = 2"))!, /^tip: .*declare it with let there/);
  });

  it("stands below a promise that is shown", () => {
    assert.match(preview(Promise.resolve(1)), /^Promise \{ 1.*\}\ntip: await it$/);
  });
});

describe("the nearest names", () => {
  it("are those that differ by a slip", () => {
    assert.deepEqual(nearestNames("yaer", ["pmid", "year"]), ["year"]);
    assert.deepEqual(nearestNames("Docs", ["docs", "dogs"]), ["docs", "dogs"]);
    assert.deepEqual(nearestNames("a", ["b", "ab"]), []);
    assert.deepEqual(nearestNames("abstract", ["title", "question"]), []);
  });
});
