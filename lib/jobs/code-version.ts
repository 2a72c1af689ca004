import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
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
  /**
   * SHA-256 of the library, the trainer and the locked packages as they are, whether or not their changes are
   * committed; records from before it was kept have none.
   */
  readonly content?: string;
}

type Git = (...parameters: string[]) => Promise<string>;

/** The project's commit; null where it is no git checkout. @param project its folder */
export async function codeVersion(project = projectRoot): Promise<CodeVersion | null> {
  const git: Git = async (...parameters) => {
    const options = { timeout: 60_000, maxBuffer: 2 ** 28 };
    // Who commits at that moment must not find the index locked.
    const all = ["--no-optional-locks", "-C", project, ...parameters];
    return (await execute("git", all, options)).stdout.trim();
  };
  try {
    const [commit, changes, content] = await Promise.all([
      git("rev-parse", "HEAD"),
      git("status", "--porcelain", "--untracked-files=no"),
      contentOf(git, project),
    ]);
    return { commit, hasChanges: changes !== "", content };
  } catch {
    return null;
  }
}

/** By git's own hash of each file, so that to commit a change changes nothing. */
async function contentOf(git: Git, project: string): Promise<string> {
  const [tree, changes] = await Promise.all([
    git("ls-tree", "-r", "-z", "HEAD", "--", ...codePaths),
    git("diff", "--relative", "--no-renames", "--name-only", "-z", "HEAD", "--", ...codePaths),
  ]);
  const hashes = new Map(
    partsOf(tree).map((line) => {
      const [described, path] = line.split("\t") as [string, string];
      return [path, described.split(" ").at(-1)!];
    }),
  );
  const changed = partsOf(changes);
  for (const path of changed) hashes.delete(path);
  const present = changed.filter((path) => existsSync(join(project, path)));
  const own = present.length === 0 ? [] : (await git("hash-object", "--", ...present)).split("\n");
  for (const [index, path] of present.entries()) hashes.set(path, own[index]!);
  return sha256(
    [...hashes]
      .map(([path, hash]) => `${path} ${hash}\n`)
      .toSorted()
      .join(""),
  );
}

function partsOf(text: string): string[] {
  return text.split("\0").filter((part) => part !== "");
}
