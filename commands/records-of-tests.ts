import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * What tests do is no entry of this project's audit log and no record of its lineage.
 *
 * @returns removes the records again
 */
export function keepRecordsOfTestsApart(): () => void {
  const folder = mkdtempSync(join(tmpdir(), "rounds-records-"));
  process.env["ROUNDS_AUDIT_FILE"] = join(folder, "audit.jsonl");
  process.env["ROUNDS_LINEAGE"] = join(folder, "lineage");
  return () => rmSync(folder, { recursive: true, force: true });
}
