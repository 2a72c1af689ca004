/** docs/data-path.md: each function is public and stands in the file it links to, and the test beside it uses it. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join, normalize } from "node:path";
import { describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { projectRoot } from "../../setup/paths.mjs";

interface Step {
  readonly name: string;
  readonly file: string;
  readonly test: string;
}

function inProject(link: string): string {
  return normalize(join("docs", link));
}

function textOf(path: string): string {
  return readFileSync(join(projectRoot, path), "utf8");
}

/** The functions of each table row, with the test at the row's end. */
function stepsOf(text: string): Step[] {
  return text.split("\n").flatMap((line) => {
    const test = /\]\((\.\.\/test\/[^)]+)\) *\|$/u.exec(line)?.[1];
    if (test === undefined) return [];
    const functions = [...line.matchAll(/\[`(\w+)`\]\((\.\.\/lib\/[^)]+)\)/gu)];
    return functions.map(([, name, file]) => ({
      name: name!,
      file: inProject(file!),
      test: inProject(test),
    }));
  });
}

const importFrom = (file: string): Promise<Record<string, unknown>> =>
  import(pathToFileURL(join(projectRoot, file)).href) as Promise<Record<string, unknown>>;

describe("docs/data-path.md", async () => {
  const text = textOf("docs/data-path.md");
  const steps = stepsOf(text);
  const published = await importFrom("lib/index.ts");

  for (const { name, file, test } of steps) {
    it(`${name}: public, of ${file}, tested by ${test}`, async () => {
      assert.equal(typeof published[name], "function", "lib/index.ts exports it");
      assert.equal((await importFrom(file))[name], published[name], "it stands in the file linked");
      assert.match(textOf(test), new RegExp(`\\b${name}\\(`, "u"), "the test calls it");
    });
  }

  it("has a test in every row, and both lines from end to end", () => {
    const rows = text.split("\n").filter((line) => line.includes("](../lib/")).length;
    assert.equal(new Set(text.split("\n").filter((line) => stepsOf(line).length > 0)).size, rows);
    const names = new Set(steps.map(({ name }) => name));
    for (const end of ["readDocuments", "trainingLossFigure", "loadQuestions", "compareStrategies"])
      assert.ok(names.has(end), end);
  });
});
