import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { nodeModules, projectNode, projectRoot, venv } from "../setup/paths.mjs";
import type { Totals } from "./test-runner.ts";

const steps: { title: string; program: string; parameters: string[] }[] = [
  {
    title: "types",
    program: projectNode,
    parameters: [join(nodeModules, "typescript", "bin", "tsc"), "--noEmit", "--project", "."],
  },
  { title: "lint", program: join(nodeModules, ".bin", "oxlint"), parameters: ["--deny-warnings"] },
  { title: "format", program: join(nodeModules, ".bin", "oxfmt"), parameters: ["--check", "."] },
  { title: "lint of Python", program: join(venv, "bin", "ruff"), parameters: ["check", "."] },
];

/** Types, lint and format; each counts as one test. */
export async function runChecks(totals: Totals): Promise<void> {
  for (const { title, program, parameters } of steps) {
    if (!existsSync(program)) {
      totals.skipped.push(`${title}: ${program} is not installed; npm test installs it`);
      continue;
    }
    const started = Date.now();
    const result = spawnSync(program, parameters, { cwd: projectRoot, encoding: "utf8", timeout: 300_000 });
    const seconds = ((Date.now() - started) / 1000).toFixed(1);
    if (result.status === 0) {
      totals.passed++;
      process.stdout.write(`✔ ${title}: ${seconds} s\n`);
    } else {
      const failure = `✖ ${title}\n${result.stdout}${result.stderr}${result.error?.message ?? ""}`;
      totals.failed++;
      totals.failures.push(failure);
      process.stdout.write(`${failure}\n`);
    }
  }
}
