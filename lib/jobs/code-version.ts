import { execFile } from "node:child_process";
import { promisify } from "node:util";

import { sha256 } from "../core/hash.ts";
import { projectRoot } from "./project.ts";

const execute = promisify(execFile);

/** What results are made by, of all that git tracks: not notebooks, words and tests. */
const codePaths = ["lib", "trainer", "package-lock.json"];

/** Which code made something. */
export interface CodeVersion {
  readonly commit: string;
  /** Whether tracked files differ from the commit. */
  readonly hasChanges: boolean;
  /** SHA-256 of the library and the trainer as they are, with tracked changes; records from before it was kept have none. */
  readonly content?: string;
}

/** The project's commit; null where it is no git checkout. */
export async function codeVersion(): Promise<CodeVersion | null> {
  const git = async (...parameters: string[]): Promise<string> => {
    const options = { timeout: 60_000, maxBuffer: 2 ** 28 };
    return (await execute("git", ["-C", projectRoot, ...parameters], options)).stdout.trim();
  };
  try {
    const [commit, changes, ...code] = await Promise.all([
      git("rev-parse", "HEAD"),
      git("status", "--porcelain", "--untracked-files=no"),
      git("ls-tree", "HEAD", "--", ...codePaths),
      git("diff", "HEAD", "--", ...codePaths),
    ]);
    return { commit, hasChanges: changes !== "", content: sha256(code.join("\n")) };
  } catch {
    return null;
  }
}
