/** docs/reference says what the doc comments say today, and every public name has a sentence. */
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { before, describe, it } from "node:test";
import { readPublicNames, type PublicName } from "../../commands/reference/public-names.ts";
import { referencePages } from "../../commands/reference/reference-pages.ts";
import { projectRoot } from "../../setup/paths.mjs";

describe("docs/reference", () => {
  let names: PublicName[];
  let pages: Map<string, string>;
  before(() => {
    names = readPublicNames();
    pages = referencePages(names);
  });

  it("says what the doc comments say; `npm run docs` writes it", () => {
    const folder = join(projectRoot, "docs", "reference");
    const written = globSync(join(folder, "*.md")).map((path) => basename(path));
    assert.deepEqual(written.toSorted(), [...pages.keys()].toSorted());
    const stale = [...pages].filter(([file, text]) => readFileSync(join(folder, file), "utf8") !== text);
    assert.deepEqual(
      stale.map(([file]) => file),
      [],
      "run `npm run docs`",
    );
  });

  it("has a sentence for every public name", () => {
    const silent = names.filter(({ text }) => !/[.?!](?=\s|$)/u.test(text));
    // What a function's options are is said by the function and by each of them.
    const isOptions = ({ name, text, users }: PublicName): boolean =>
      text === "" && name.endsWith("Options") && users.length > 0;
    assert.deepEqual(
      silent.filter((each) => !isOptions(each)).map(({ name, path }) => `${path}: ${name}`),
      [],
    );
  });

  it("names no folder of this machine", () => {
    for (const [file, text] of pages) {
      assert.ok(!text.includes(projectRoot), file);
      assert.ok(!text.includes('import("/'), file);
    }
  });

  it("has one heading a name, all told apart without their case", () => {
    for (const [file, text] of pages) {
      const headings = [...text.matchAll(/^## (.+)$/gmu)].map(([, heading]) => heading!.toLowerCase());
      assert.equal(new Set(headings).size, headings.length, file);
    }
    const count = [...pages.values()].join("\n").match(/^## (?!\[)/gmu)?.length;
    assert.equal(count, names.length);
  });

  it("shows functions and classes without their bodies", () => {
    const byName = new Map(names.map((each) => [each.name, each]));
    assert.match(byName.get("open")!.signature, /^function open<[^]*\): Promise<Table<Row>>;$/u);
    assert.match(byName.get("Table")!.signature, /\n {2}count\(options\?: RunOptions\): Promise<number>;\n/u);
    assert.doesNotMatch(byName.get("Table")!.signature, /#relation|constructor/u);
    assert.match(byName.get("Recipe")!.signature, /^type Recipe = "pretraining" \| /u);
    assert.equal(byName.get("Scoring")!.signature.includes("typeof"), false);
  });
});
