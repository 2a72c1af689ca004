/** Every npm script says what it does instead of doing it, when asked for help. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, it } from "node:test";
import { projectNode, projectRoot } from "../../setup/paths.mjs";

const asked: [name: string, ...words: string[]][] = [
  ["start", "--help"],
  ["test", "corpus", "--help"],
  ["check", "--help"],
  ["notebooks", "--help"],
  ["bench", "table", "-h"],
  ["docs", "--help"],
  ["rounds", "--help"],
];

describe("npm scripts", () => {
  for (const [name, ...words] of asked) {
    it(`${[name, ...words].join(" ")} prints its usage alone`, () => {
      const { status, stdout, stderr } = spawnSync(projectNode, [join("setup", "run.mjs"), name, ...words], {
        cwd: projectRoot,
        encoding: "utf8",
        timeout: 60_000,
      });
      assert.equal(status, 0, stderr);
      assert.match(stdout, new RegExp(`^npm (?:run )?(?:-s )?${name}\\b`, "u"));
      assert.doesNotMatch(stdout, /passed|Rounds is ready/u);
    });
  }

  it("refuse an option that is none, with the usage", () => {
    const { status, stderr } = spawnSync(projectNode, [join("commands", "test.ts"), "--watch"], {
      cwd: projectRoot,
      encoding: "utf8",
      timeout: 60_000,
    });
    assert.equal(status, 1);
    assert.match(stderr, /--watch is no option; the only one is --help\n\nnpm test -- \[PATTERN \.\.\.\]/su);
  });
});
