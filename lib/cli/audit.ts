import { auditFile } from "../core/audit-log.ts";
import { verifyAudit } from "../core/verify-audit.ts";
import { DataError } from "../core/errors.ts";
import { pathOf, readOptions, type CliCommand } from "./command.ts";

const usage = `npm run -s rounds -- audit [--file FILE] [--head HASH]

  --file FILE   (default: ROUNDS_AUDIT_FILE, or audit/audit.jsonl of the project)
  --head HASH   that an earlier call printed: its line must still be there

Reads the audit log and prints {path, entries, head, problems}; exit code 1 where a line was altered, removed, added
or moved, or the log was removed or replaced. Write the head down elsewhere, on paper or in a ticket: given again as
--head, it proves that nothing before it was changed.`;

export const audit: CliCommand = {
  summary: "check that no line of the audit log was altered or removed",
  usage,
  async run(parameters, { folder }) {
    const { values } = readOptions(parameters, ["file", "head"], []);
    const report = verifyAudit(pathOf(folder, values.file) ?? auditFile(), values.head);
    if (report.problems.length === 0) return report;
    process.stdout.write(`${JSON.stringify(report)}\n`);
    const found = report.problems.map(({ line, problem }) => `line ${line}: ${problem}`);
    throw new DataError(`The audit log was changed:\n  ${found.join("\n  ")}`, { path: report.path });
  },
};
