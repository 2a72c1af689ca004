import { execFile } from "node:child_process";
import { glob, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { promisify } from "node:util";

const execute = promisify(execFile);

/** What no job needs, in a folder that git does not keep. */
const leftOut = new Set([".git", "node_modules", ".venv", "venv", "__pycache__", "runs", ".rounds", "wandb"]);

/** Names under which people keep secrets. */
const secretFile =
  /^(\.env(\..*)?|\.netrc|\.pypirc|id_(rsa|dsa|ecdsa|ed25519)|credentials(\.json)?|.*\.(pem|key|p12|pfx|kdbx))$/iu;

/** Of npm's settings, which most projects have: a password or token that stands there itself. */
const npmSecret = /^[^#;\n]*(_auth|_authToken|_password)\s*=\s*(?!\$\{)\S/mu;

/** The files of a folder of code, by relative path in one order, and what git says of them. */
export interface CodeListing {
  readonly paths: readonly string[];
  /** Null where the folder is no git checkout. */
  readonly commit: string | null;
  /** Whether the files differ from the commit. */
  readonly hasChanges: boolean;
  /** Files whose names say that they hold secrets, and npm's settings that do. */
  readonly secrets: readonly string[];
}

/** In a git checkout what git tracks and what it does not ignore; elsewhere all but caches and environments. */
export async function listCode(folder: string): Promise<CodeListing> {
  const git = async (...parameters: string[]): Promise<string> => {
    const options = { timeout: 60_000, maxBuffer: 2 ** 28 };
    return (await execute("git", ["-C", folder, ...parameters], options)).stdout;
  };
  let listing: { paths: readonly string[]; commit: string | null; hasChanges: boolean };
  try {
    const commit = await git("rev-parse", "HEAD");
    const [changes, files] = await Promise.all([
      git("status", "--porcelain", "--", "."),
      git("ls-files", "-z", "--cached", "--others", "--exclude-standard"),
    ]);
    const paths = files.split("\0").filter(Boolean);
    listing = { paths, commit: commit.trim(), hasChanges: changes !== "" };
  } catch {
    const paths: string[] = [];
    const entries = glob("**", {
      cwd: folder,
      withFileTypes: true,
      exclude: ({ name }) => leftOut.has(name),
    });
    for await (const entry of entries) {
      if (!entry.isDirectory()) paths.push(`${entry.parentPath}/${entry.name}`.slice(folder.length + 1));
    }
    listing = { paths, commit: null, hasChanges: false };
  }
  const paths = [...new Set(listing.paths)].toSorted();
  const areSecret = await Promise.all(paths.map((path) => isSecret(folder, path)));
  return { ...listing, paths, secrets: paths.filter((_path, index) => areSecret[index]) };
}

async function isSecret(folder: string, path: string): Promise<boolean> {
  if (basename(path) !== ".npmrc") return secretFile.test(basename(path));
  return npmSecret.test(await readFile(join(folder, path), "utf8").catch(() => ""));
}
