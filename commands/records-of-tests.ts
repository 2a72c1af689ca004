import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * What tests do is no entry of this project's audit log, no record of its lineage and no approval of its.
 *
 * @returns removes the records again
 */
export function keepRecordsOfTestsApart(): () => void {
  const folder = mkdtempSync(join(tmpdir(), "rounds-records-"));
  process.env["ROUNDS_AUDIT_FILE"] = join(folder, "audit.jsonl");
  process.env["ROUNDS_LINEAGE"] = join(folder, "lineage");
  process.env["ROUNDS_APPROVALS"] = join(folder, "approvals.json");
  return () => rmSync(folder, { recursive: true, force: true });
}
