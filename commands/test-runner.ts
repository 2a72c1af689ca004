import { relative } from "node:path";
import { run } from "node:test";
import type { EventData } from "node:test";
import { inspect } from "node:util";
import { projectRoot } from "../setup/paths.mjs";

export interface Totals {
  passed: number;
  failed: number;
  /** One line a skipped test: its name and its reason. */
  skipped: string[];
  /** One block a failed test, to repeat at the end. */
  failures: string[];
}

export function noTotals(): Totals {
  return { passed: 0, failed: 0, skipped: [], failures: [] };
}

export interface RunFilesOptions {
  /** Files that run at once. */
  concurrency: number;
  /** Bound of one test, hooks included. */
  timeoutSeconds: number;
  totals: Totals;
}

/** Run test files, each in a process of its own, with one line a file as it ends and failures shown at once. */
export async function runTestFiles(files: readonly string[], options: RunFilesOptions): Promise<void> {
  if (files.length === 0) return;
  const { totals } = options;
  const byFile = new Map<string, { passed: number; failed: number; skipped: number; milliseconds: number }>();
  const stream = run({
    files: [...files],
    concurrency: options.concurrency,
    timeout: options.timeoutSeconds * 1000,
    execArgv: ["--disable-warning=ExperimentalWarning"],
    cwd: projectRoot,
  });
  const countsOf = (data: { file?: string | undefined }) => {
    const file = data.file ?? "(unknown file)";
    let counts = byFile.get(file);
    if (!counts) byFile.set(file, (counts = { passed: 0, failed: 0, skipped: 0, milliseconds: 0 }));
    return counts;
  };

  stream.on("test:pass", (data) => {
    const counts = countsOf(data);
    if (data.nesting === 0) counts.milliseconds += data.details.duration_ms;
    if (data.details.type === "suite") return;
    if (data.skip !== undefined || data.todo !== undefined) {
      counts.skipped++;
      const reason = typeof data.skip === "string" && data.skip !== "" ? data.skip : "no reason given";
      totals.skipped.push(`${nameOf(data)}: ${reason}`);
    } else {
      counts.passed++;
      totals.passed++;
    }
  });
  stream.on("test:fail", (data) => {
    const counts = countsOf(data);
    if (data.nesting === 0) counts.milliseconds += data.details.duration_ms;
    // A suite fails because a test in it failed, which has been counted; only its own hooks are news.
    const cause = data.details.error as Error & { failureType?: string };
    if (data.details.type === "suite" && cause.failureType === "subtestsFailed") return;
    counts.failed++;
    totals.failed++;
    const failure = `✖ ${nameOf(data)}\n${indent(inspect(cause.cause ?? cause, { depth: 4 }))}`;
    totals.failures.push(failure);
    process.stdout.write(`${failure}\n`);
  });
  stream.on("test:stderr", (data) => process.stdout.write(indent(data.message.trimEnd()) + "\n"));
  stream.on("test:summary", (data) => {
    if (data.file === undefined) return;
    const counts = byFile.get(data.file);
    if (!counts) return;
    const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : "";
    const mark = counts.failed > 0 ? `✖ ${counts.failed} failed,` : "✔";
    const seconds = (data.duration_ms / 1000).toFixed(1);
    process.stdout.write(
      `${mark} ${relative(projectRoot, data.file)}: ${counts.passed} passed${skipped}, ${seconds} s\n`,
    );
  });
  for await (const _ of stream) {
    // Reading the stream drives the run.
  }
}

/** Run sequences of tests beside each other; one that throws is a failure, and the others go on. */
export async function runBeside(sequences: readonly Promise<void>[], totals: Totals): Promise<void> {
  for (const sequence of await Promise.allSettled(sequences)) {
    if (sequence.status === "fulfilled") continue;
    const failure = `✖ ${inspect(sequence.reason)}`;
    totals.failed++;
    totals.failures.push(failure);
    process.stdout.write(`${failure}\n`);
  }
}

function nameOf(data: EventData.TestPass | EventData.TestFail): string {
  return `${data.file ? relative(projectRoot, data.file) : ""} › ${data.name}`;
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, "    ");
}
