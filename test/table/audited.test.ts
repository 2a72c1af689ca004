/** What is done with restricted tables is written down; public work leaves nothing. */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";

import type { AuditEntry } from "../../lib/core/audit-log.ts";
import { verifyAudit } from "../../lib/core/verify-audit.ts";
import { open } from "../../lib/table/open.ts";
import { withEnvironment } from "../data/with-environment.ts";

describe("restricted tables", () => {
  it("are audited where they are opened and written, without a word of theirs", async (test) => {
    const folder = mkdtempSync(join(tmpdir(), "rounds-audited-"));
    test.after(() => rmSync(folder, { recursive: true, force: true }));
    const log = join(folder, "audit.jsonl");
    withEnvironment(test, { ROUNDS_AUDIT_FILE: log });
    const path = join(folder, "notes.jsonl");
    writeFileSync(path, '{"note":"XQZSECRET"}\n');

    await (await open(path)).writeCsv(join(folder, "public.csv"));
    assert.ok(!existsSync(log));

    const notes = await open(path, { sensitivity: "restricted" });
    await notes.writeParquet(join(folder, "out.parquet"));
    const text = readFileSync(log, "utf8");
    const entries = text.trimEnd().split("\n");
    const lines = entries.map((line) => JSON.parse(line) as AuditEntry);
    assert.deepEqual(
      lines.map(({ action, subject, sensitivity }) => [action, subject, sensitivity]),
      [
        ["open", path, "restricted"],
        ["export", join(folder, "out.parquet"), "restricted"],
      ],
    );
    assert.ok(!text.includes("XQZSECRET"));
    assert.deepEqual(verifyAudit(log).problems, []);
  });

  it("are not opened or written where that cannot be written down", async (test) => {
    const folder = mkdtempSync(join(tmpdir(), "rounds-audited-"));
    test.after(() => rmSync(folder, { recursive: true, force: true }));
    const path = join(folder, "notes.jsonl");
    writeFileSync(path, '{"note":"x"}\n');
    writeFileSync(join(folder, "file"), "");
    withEnvironment(test, { ROUNDS_AUDIT_FILE: join(folder, "file", "audit.jsonl") });
    await assert.rejects(open(path, { sensitivity: "restricted" }), /so nothing was done/u);
  });
});
