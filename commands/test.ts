/** `npm test`: types, lint, format, unit tests, the trainer's, then everything with real kernels, servers and browsers. */
import { debianPackages } from "./debian-packages.ts";
import { failWith, parseCommandLine } from "./command-line.ts";
import { runChecks } from "./check-steps.ts";
import { runPythonTests } from "./python-tests.ts";
import { keepRecordsOfTestsApart } from "./records-of-tests.ts";
import { findPythonTestFiles, findTestFiles } from "./test-files.ts";
import { noTotals, runBeside, runTestFiles, type Totals } from "./test-runner.ts";

const usage = `npm test -- [PATTERN ...]

  PATTERN  part of the path of the test files to run, those of Python too (default: types, lint, format, all tests)`;

const { positionals: filters } = parseCommandLine(usage, {}, true);
const totals = noTotals();
const removeRecords = keepRecordsOfTestsApart();

if (filters.length === 0) {
  await debianPackages();
  await runChecks(totals);
  await runTestFiles(findTestFiles("unit"), { concurrency: 2, timeoutSeconds: 120, totals });
  const notebooks = runTestFiles(findTestFiles("notebooks"), {
    concurrency: 1,
    timeoutSeconds: 1800,
    totals,
  });
  const others = runPythonTests(findPythonTestFiles(), totals).then(() =>
    runTestFiles(findTestFiles("system"), { concurrency: 1, timeoutSeconds: 1800, totals }),
  );
  await runBeside([notebooks, others], totals);
} else {
  const isChosen = (file: string): boolean => filters.some((filter) => file.includes(filter));
  const chosen = (["unit", "notebooks", "system"] as const).flatMap(findTestFiles).filter(isChosen);
  const chosenOfPython = findPythonTestFiles().filter(isChosen);
  if (chosen.length + chosenOfPython.length === 0)
    failWith(`No test file has ${filters.join(" or ")} in its path.`);
  await runPythonTests(chosenOfPython, totals);
  await runTestFiles(chosen, { concurrency: 1, timeoutSeconds: 1800, totals });
}
removeRecords();
close(totals);

function close({ passed, failed, skipped, failures }: Totals): void {
  if (failures.length > 0) process.stdout.write(`\nFailures:\n${failures.join("\n")}\n`);
  if (skipped.length > 0)
    process.stdout.write(`\nSkipped:\n${skipped.map((line) => `  ${line}\n`).join("")}`);
  process.stdout.write(`\n${passed} passed, ${failed} failed, ${skipped.length} skipped\n`);
  process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
}
