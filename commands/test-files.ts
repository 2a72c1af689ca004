import { globSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../setup/paths.mjs";

/** Folders of test/ whose tests start kernels, servers or browsers. */
const systemFolders = new Set(["kernel", "browser", "commands", "notebooks", "slurm"]);

/** Absolute paths of the tests of one kind, in a stable order. */
export function findTestFiles(kind: "unit" | "system"): string[] {
  return globSync("test/**/*.test.ts", { cwd: projectRoot })
    .toSorted()
    .filter((path) => systemFolders.has(path.split("/")[1]!) === (kind === "system"))
    .map((path) => join(projectRoot, path));
}
