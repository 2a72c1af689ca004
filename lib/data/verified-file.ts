import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";

import { sha256OfFile } from "../core/hash.ts";
import { writeFileAtomically } from "../core/write-file-atomically.ts";

/** What a file turned out to be when it was held against its size and SHA-256. */
export type FileState = "missing" | "as expected" | { readonly wrong: string };

/** The size and SHA-256 that a file must have. */
export interface ExpectedFile {
  readonly bytes: number;
  readonly sha256: string;
}

/**
 * Hold a file against its size and SHA-256, remembering a good result.
 *
 * The result is remembered in `memoryFolder` under the path, size, modification time and inode, so that the next
 * look at an unchanged file costs one `stat`. Where the folder cannot be written, the file is read each time.
 */
export async function verifyFile(
  path: string,
  expected: ExpectedFile,
  memoryFolder: string,
): Promise<FileState> {
  const identity = await identityOf(path);
  if (identity === undefined) return "missing";
  if (identity.bytes !== expected.bytes) {
    return { wrong: `${identity.bytes} bytes instead of ${expected.bytes}` };
  }
  const memory = join(memoryFolder, `${expected.sha256}.json`);
  const line = JSON.stringify(identity);
  const remembered = await readFile(memory, "utf8").catch(() => "");
  if (remembered === line) return "as expected";
  const sha256 = await sha256OfFile(path);
  if (sha256 !== expected.sha256) return { wrong: `SHA-256 ${sha256} instead of ${expected.sha256}` };
  await writeFileAtomically(memory, line).catch(() => undefined);
  return "as expected";
}

interface FileIdentity {
  readonly path: string;
  readonly bytes: number;
  readonly modified: string;
  readonly inode: string;
}

async function identityOf(path: string): Promise<FileIdentity | undefined> {
  try {
    const status = await stat(path, { bigint: true });
    if (!status.isFile()) return undefined;
    return { path, bytes: Number(status.size), modified: String(status.mtimeNs), inode: String(status.ino) };
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw error;
  }
}
