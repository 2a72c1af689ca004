import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * What tests do is no entry of this project's audit log, no record of its lineage, no approval and no run of its.
 *
 * All tests of one command share the runs: the notebooks in the browser go on where those without one have trained.
 *
 * @returns removes the records again
 */
export function keepRecordsOfTestsApart(): () => void {
  const folder = mkdtempSync(join(tmpdir(), "rounds-records-"));
  process.env["ROUNDS_AUDIT_FILE"] = join(folder, "audit.jsonl");
  process.env["ROUNDS_LINEAGE"] = join(folder, "lineage");
  process.env["ROUNDS_APPROVALS"] = join(folder, "approvals.json");
  process.env["ROUNDS_RUNS"] = join(folder, "runs");
  return () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
