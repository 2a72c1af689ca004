import { spawn } from "node:child_process";
import { mkdtempSync, existsSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SaxesParser } from "saxes";
import { projectRoot, venvPython } from "../setup/paths.mjs";
import type { Totals } from "./test-runner.ts";

const minutesForAll = 20;

interface PythonTest {
  readonly file: string;
  readonly name: string;
  readonly seconds: number;
  readonly skipped?: string;
  readonly failure?: string;
}

/** Run tests with pytest in one process, then one line a file and every failure, counted as the others are. */
export async function runPythonTests(files: readonly string[], totals: Totals): Promise<void> {
  if (files.length === 0) return;
  const folder = mkdtempSync(join(tmpdir(), "rounds-pytest-"));
  try {
    const report = join(folder, "report.xml");
    const { code, output } = await runPytest(files, report);
    const tests = existsSync(report) ? readReport(readFileSync(report, "utf8")) : [];
    for (const [file, ofFile] of Map.groupBy(tests, (test) => test.file)) count(file, ofFile, totals);
    // 0: all passed, 1: some failed, 5: none collected; anything else is pytest's own trouble.
    if (tests.length === 0 || code === null || code > 1) fail(`✖ pytest (exit ${code})\n${output}`, totals);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function runPytest(
  files: readonly string[],
  report: string,
): Promise<{ code: number | null; output: string }> {
  const child = spawn(
    venvPython,
    ["-m", "pytest", "--quiet", "-p", "no:cacheprovider", `--junitxml=${report}`, ...files],
    {
      cwd: projectRoot,
      timeout: minutesForAll * 60_000,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, PYTHONPATH: projectRoot, OMP_NUM_THREADS: "1", TOKENIZERS_PARALLELISM: "false" },
    },
  );
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => (output = (output + text).slice(-20_000)));
  return new Promise((resolve) => {
    child.on("error", (error) => resolve({ code: null, output: String(error) }));
    child.on("close", (code) => resolve({ code, output }));
  });
}

/** The tests of a JUnit report. */
export function readReport(xml: string): PythonTest[] {
  const tests: PythonTest[] = [];
  let test: { -readonly [Key in keyof PythonTest]: PythonTest[Key] } | undefined;
  let text: string | undefined;
  const parser = new SaxesParser();
  parser.on("opentag", ({ name, attributes }) => {
    if (name === "testcase") {
      const { classname = "", name: title = "", time } = attributes as Record<string, string>;
      // A file that could not be collected has no class name; a class of tests stands behind its file's name.
      const module = /^(.*?\.)?test_\w+/u.exec(classname || title)?.[0] ?? classname;
      test = { file: `${module.replaceAll(".", "/")}.py`, name: title, seconds: Number(time ?? 0) };
    } else if (name === "skipped" && test) test.skipped = String(attributes["message"] ?? "no reason given");
    else if (name === "failure" || name === "error") text = "";
  });
  parser.on("text", (part) => void (text !== undefined && (text += part)));
  parser.on("closetag", ({ name }) => {
    if ((name === "failure" || name === "error") && test) {
      test.failure = text ?? "";
      text = undefined;
    }
    if (name === "testcase" && test) tests.push(test);
  });
  parser.write(xml).close();
  return tests;
}

function count(file: string, tests: readonly PythonTest[], totals: Totals): void {
  const failed = tests.filter(({ failure }) => failure !== undefined);
  const skipped = tests.filter((test) => test.skipped !== undefined);
  const passed = tests.length - failed.length - skipped.length;
  totals.passed += passed;
  for (const test of skipped) totals.skipped.push(`${file} › ${test.name}: ${test.skipped}`);
  for (const test of failed)
    fail(`✖ ${file} › ${test.name}\n${test.failure!.replaceAll(/^/gm, "    ")}`, totals);
  const seconds = tests.reduce((sum, test) => sum + test.seconds, 0).toFixed(1);
  const mark = failed.length > 0 ? `✖ ${failed.length} failed,` : "✔";
  const left = skipped.length > 0 ? `, ${skipped.length} skipped` : "";
  process.stdout.write(`${mark} ${file}: ${passed} passed${left}, ${seconds} s\n`);
}

function fail(failure: string, totals: Totals): void {
  totals.failed++;
  totals.failures.push(failure);
  process.stdout.write(`${failure}\n`);
}
