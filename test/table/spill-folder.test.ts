/** What queries spill lies where its user alone can read it, and goes with its process, also one that was killed. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { it } from "node:test";

import { makeSpillFolder } from "../../lib/table/spill-folder.ts";

it("a spill folder is private, and those of dead processes go when one is made", (test) => {
  const parent = mkdtempSync(join(tmpdir(), "rounds-spill-test-"));
  test.after(() => rmSync(parent, { recursive: true, force: true }));
  const own = makeSpillFolder(parent);
  assert.equal(statSync(own).mode & 0o777, 0o700);
  const { pid } = spawnSync(process.execPath, ["-e", ""]);
  const left = join(parent, basename(own).replace(`-${process.pid}-`, `-${pid}-`));
  mkdirSync(left);
  writeFileSync(join(left, "rows"), "a row");
  makeSpillFolder(parent);
  assert.ok(existsSync(own) && !existsSync(left));
  const usual = statSync(mkdirSync(join(parent, "usual"), { recursive: true })!).mode;
  makeSpillFolder(join(parent, "shared"));
  assert.equal(statSync(join(parent, "shared")).mode, usual, "the folder around it is not made private");
});
