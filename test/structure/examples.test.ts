/** What a doc comment says that an example gives is what it gives. */
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { projectRoot } from "../../setup/paths.mjs";

interface Example {
  readonly path: string;
  readonly expression: string;
  /** The expression after `//=>`. */
  readonly expected: string;
}

const AsyncFunction = (async () => {}).constructor as new (
  ...text: string[]
) => (...values: unknown[]) => Promise<unknown>;

/** The lines of a file's `@example` blocks, without the comment's own signs. */
function exampleBlocks(source: string): string[][] {
  return [...source.matchAll(/\/\*\*[\s\S]*?\*\//gu)].flatMap(([comment]) =>
    comment
      .replaceAll(/^\s*\/?\*+(?:\/| ?)|\*\/$/gmu, "")
      .split(/^@(?=\w)/mu)
      .filter((tag) => /^example\b/u.test(tag))
      .map((tag) => tag.replace(/^example/u, "").split("\n")),
  );
}

function examplesOf(path: string): Example[] {
  const examples: Example[] = [];
  for (const lines of exampleBlocks(readFileSync(join(projectRoot, path), "utf8"))) {
    let code = "";
    for (const line of lines) {
      const [before, expected] = line.split("//=>");
      code += `${before!}\n`;
      if (expected === undefined) continue;
      examples.push({ path, expression: code.trim().replace(/;$/u, ""), expected: expected.trim() });
      code = "";
    }
  }
  return examples;
}

async function evaluate(expression: string, scope: Readonly<Record<string, unknown>>): Promise<unknown> {
  return await new AsyncFunction(...Object.keys(scope), `return (${expression}\n)`)(...Object.values(scope));
}

/** Everything that `rounds` exports, and what the example's own file exports. */
async function scopeOf(path: string): Promise<Record<string, unknown>> {
  const importFrom = (file: string): Promise<Record<string, unknown>> =>
    import(pathToFileURL(join(projectRoot, file)).href) as Promise<Record<string, unknown>>;
  return { ...(await importFrom("lib/index.ts")), ...(await importFrom(path)) };
}

const rooms =
  "core,corpus/{decontaminate,exact-spans,mix,tokens},data,display,evals,instruct,jobs/query,models,paper,plots,prompts,runs,table,train";
const paths = globSync(`lib/{${rooms}}/**/*.ts`, { cwd: projectRoot }).toSorted();

describe("examples in doc comments", () => {
  const examples = paths.flatMap(examplesOf);

  for (const { path, expression, expected } of examples) {
    it(`${path}: ${expression.split("\n")[0]!}`, async () => {
      const scope = await scopeOf(path);
      assert.deepEqual(await evaluate(expression, scope), await evaluate(expected, scope));
    });
  }

  it("are found in every room that computes", () => {
    const found = new Set(examples.map(({ path }) => path.split("/")[1]!));
    assert.deepEqual(
      ["core", "plots", "table", "display"].filter((room) => !found.has(room)),
      [],
    );
  });
});
