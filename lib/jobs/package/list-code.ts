import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { glob, readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
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

type FoundFiles = Omit<CodeListing, "secrets">;

/** In a git checkout what git tracks and what it does not ignore; elsewhere all but caches and environments. */
export async function listCode(folder: string): Promise<CodeListing> {
  const found = isInCheckout(folder) ? await listCheckout(folder) : await listFolder(folder);
  const paths = [...new Set(found.paths)].toSorted();
  const areSecret = await Promise.all(paths.map((path) => isSecret(folder, path)));
  return { ...found, paths, secrets: paths.filter((_path, index) => areSecret[index]) };
}

/** Told without starting git. */
function isInCheckout(folder: string): boolean {
  if (existsSync(join(folder, ".git"))) return true;
  const above = dirname(folder);
  return above !== folder && isInCheckout(above);
}

async function listCheckout(folder: string): Promise<FoundFiles> {
  const git = async (...parameters: string[]): Promise<string> => {
    const options = { timeout: 60_000, maxBuffer: 2 ** 28 };
    return (await execute("git", ["-C", folder, ...parameters], options)).stdout;
  };
  const [commit, changes, files] = await Promise.all([
    // Before the first commit there is none.
    git("rev-parse", "HEAD").catch(() => null),
    git("status", "--porcelain", "--", "."),
    git("ls-files", "-z", "--cached", "--others", "--exclude-standard"),
  ]);
  return {
    paths: files.split("\0").filter(Boolean),
    commit: commit?.trim() ?? null,
    hasChanges: changes !== "",
  };
}

async function listFolder(folder: string): Promise<FoundFiles> {
  const paths: string[] = [];
  const entries = glob("**", {
    cwd: folder,
    withFileTypes: true,
    exclude: ({ name }) => leftOut.has(name),
  });
  for await (const entry of entries) {
    if (!entry.isDirectory()) paths.push(`${entry.parentPath}/${entry.name}`.slice(folder.length + 1));
  }
  return { paths, commit: null, hasChanges: false };
}

async function isSecret(folder: string, path: string): Promise<boolean> {
  if (basename(path) !== ".npmrc") return secretFile.test(basename(path));
  return npmSecret.test(await readFile(join(folder, path), "utf8").catch(() => ""));
}
