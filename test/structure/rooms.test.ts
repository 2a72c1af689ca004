/** Dependencies between rooms point one way: docs/decisions and this table are the rule. */
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, it } from "node:test";
import { parseSync } from "oxc-parser";
import { projectRoot } from "../../setup/paths.mjs";

const common = ["core", "paper", "table", "plots", "display"];

/** What each room of lib/ may import, besides itself. `lab`, `cli`, `index.ts` and `cli.ts` join rooms and may import all. */
const mayImport: Record<string, readonly string[]> = {
  core: [],
  paper: ["core"],
  table: ["core"],
  plots: ["core"],
  display: ["core", "table", "plots"],
  data: common,
  care: [...common, "data"],
  corpus: [...common, "data", "care"],
  evals: [...common, "data", "models", "prompts"],
  instruct: [...common, "data"],
  models: [...common, "data", "care"],
  prompts: common,
  train: [...common, "paper"],
  runs: [...common, "paper"],
  jobs: [...common, "paper", "train", "care"],
};

/** Relative imports of a file, as paths from the project's root. */
function importsOf(path: string): string[] {
  const { module } = parseSync(path, readFileSync(join(projectRoot, path), "utf8"));
  const sources = [
    ...module.staticImports.map((entry) => entry.moduleRequest.value),
    ...module.staticExports.flatMap((entry) =>
      entry.entries.flatMap((each) => each.moduleRequest?.value ?? []),
    ),
  ];
  return sources
    .filter((source) => source.startsWith("."))
    .map((source) => relative(projectRoot, join(projectRoot, dirname(path), source)));
}

function filesOf(pattern: string): string[] {
  return globSync(pattern, { cwd: projectRoot }).toSorted();
}

describe("the rooms", () => {
  for (const [room, allowed] of Object.entries(mayImport)) {
    it(`lib/${room} imports ${allowed.join(", ") || "no other room"}`, () => {
      const violations = filesOf(`lib/${room}/**/*.ts`).flatMap((path) =>
        importsOf(path)
          .filter((target) => {
            const [top, targetRoom] = target.split("/");
            return top !== "lib" || (targetRoom !== room && !allowed.includes(targetRoom!));
          })
          .map((target) => `${path} imports ${target}`),
      );
      assert.deepEqual(violations, []);
    });
  }

  it("have each a line in the table above", () => {
    const rooms = new Set(filesOf("lib/*/**/*.ts").map((path) => path.split("/")[1]!));
    assert.deepEqual(
      [...rooms].filter((room) => room !== "lab" && room !== "cli" && !(room in mayImport)),
      [],
    );
  });

  it("of the kernel import nothing outside kernels", () => {
    const violations = filesOf("kernels/**/*.{ts,mjs}").flatMap((path) =>
      importsOf(path)
        .filter((target) => !target.startsWith("kernels/"))
        .map((target) => `${path} imports ${target}`),
    );
    assert.deepEqual(violations, []);
  });

  it("are read: imports are found in their files", () => {
    assert.ok(filesOf("lib/*/**/*.ts").some((path) => importsOf(path).length > 0));
  });
});
