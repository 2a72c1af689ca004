import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it } from "node:test";

import { recordAudit } from "../../lib/core/audit-log.ts";
import { rounds } from "./run-rounds.ts";

it("rounds audit ends with 0 for a whole log, with 1 and the lines for a changed one", async (test) => {
  const folder = mkdtempSync(join(tmpdir(), "rounds-audit-"));
  test.after(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, "audit.jsonl");
  for (const subject of ["a", "b"]) recordAudit({ action: "open", subject, sensitivity: "restricted" }, path);
  const whole = await rounds(folder, "audit", "--file", "audit.jsonl");
  assert.equal(whole.code, 0, whole.stderr);
  assert.equal(JSON.parse(whole.stdout).entries, 2);
  const other = await rounds(folder, "audit", "--file", "audit.jsonl", "--head", "0".repeat(64));
  assert.match(other.stderr, /line 3: another log/u);

  writeFileSync(path, readFileSync(path, "utf8").replace('"subject":"a"', '"subject":"c"'));
  const changed = await rounds(folder, "audit", "--file", "audit.jsonl");
  assert.equal(changed.code, 1);
  assert.deepEqual(JSON.parse(changed.stdout).problems, [{ line: 1, problem: "altered" }]);
  assert.match(changed.stderr, /The audit log was changed:\n {2}line 1: altered/u);
});
