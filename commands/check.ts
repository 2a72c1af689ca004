/** `npm run check`: types, lint, format and unit tests, in under two minutes. */
import { runChecks } from "./check-steps.ts";
import { keepRecordsOfTestsApart } from "./records-of-tests.ts";
import { parseCommandLine } from "./command-line.ts";
import { findTestFiles } from "./test-files.ts";
import { noTotals, runTestFiles } from "./test-runner.ts";

parseCommandLine("npm run check\n\nTypes, lint, format and unit tests; takes no options.", {});
const totals = noTotals();
const removeRecords = keepRecordsOfTestsApart();
await runChecks(totals);
await runTestFiles(findTestFiles("unit"), { concurrency: 2, timeoutSeconds: 120, totals });
removeRecords();
process.stdout.write(
  `\n${totals.passed} passed, ${totals.failed} failed, ${totals.skipped.length} skipped\n`,
);
process.exitCode = totals.failed > 0 ? 1 : 0;
