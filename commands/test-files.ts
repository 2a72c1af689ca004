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

/** Every notebook runs in both, as long as in all other system tests together; the second goes on with the first one's runs. */
const notebookFiles = ["test/notebooks/notebooks.test.ts", "test/browser/notebooks.test.ts"];

/** Absolute paths of the tests of one kind, in a stable order. */
export function findTestFiles(kind: "unit" | "notebooks" | "system"): string[] {
  const isSystem = (path: string): boolean => systemFolders.has(path.split("/")[1]!);
  const others = globSync("test/**/*.test.ts", { cwd: projectRoot })
    .toSorted()
    .filter((path) => !notebookFiles.includes(path) && isSystem(path) === (kind === "system"));
  return (kind === "notebooks" ? notebookFiles : others).map((path) => join(projectRoot, path));
}

/** Absolute paths of the trainer's own tests, which pytest runs. */
export function findPythonTestFiles(): string[] {
  return globSync("test/trainer/test_*.py", { cwd: projectRoot })
    .toSorted()
    .map((path) => join(projectRoot, path));
}
