import { globSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../setup/paths.mjs";

/** Folders of test/ whose tests start kernels, servers, browsers or the trainer. */
const systemFolders = new Set([
  "cli",
  "guides",
  "kernel",
  "browser",
  "commands",
  "notebooks",
  "slurm",
  "trainer",
]);

/** Absolute paths of the tests of one kind, in a stable order. */
export function findTestFiles(kind: "unit" | "system"): string[] {
  return globSync("test/**/*.test.ts", { cwd: projectRoot })
    .toSorted()
    .filter((path) => systemFolders.has(path.split("/")[1]!) === (kind === "system"))
    .map((path) => join(projectRoot, path));
}

/** Absolute paths of the trainer's own tests, which pytest runs. */
export function findPythonTestFiles(): string[] {
  return globSync("test/trainer/test_*.py", { cwd: projectRoot })
    .toSorted()
    .map((path) => join(projectRoot, path));
}
