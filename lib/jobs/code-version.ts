import { execFile } from "node:child_process";
import { promisify } from "node:util";

import { projectRoot } from "./project.ts";

const execute = promisify(execFile);

/** Which code made something. */
export interface CodeVersion {
  readonly commit: string;
  /** Whether tracked files differ from the commit. */
  readonly hasChanges: boolean;
}

/** The project's commit; null where it is no git checkout. */
export async function codeVersion(): Promise<CodeVersion | null> {
  const git = async (...parameters: string[]): Promise<string> =>
    (await execute("git", ["-C", projectRoot, ...parameters], { timeout: 10_000 })).stdout.trim();
  try {
    const commit = await git("rev-parse", "HEAD");
    return { commit, hasChanges: (await git("status", "--porcelain", "--untracked-files=no")) !== "" };
  } catch {
    return null;
  }
}
