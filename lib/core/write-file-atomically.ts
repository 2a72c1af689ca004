import { randomBytes } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { makeFolder } from "./make-folder.ts";

/**
 * Write a file so that its path never holds half of it.
 *
 * The data goes to a temporary name in the same folder, is flushed to the disk, and is renamed. A reader sees
 * the old file or the new one; a failure leaves the old one and removes the temporary. Missing folders are made.
 *
 * @param options.mode of the file, the temporary one too: 0o600 for what this user alone may read
 */
export async function writeFileAtomically(
  path: string,
  data: string | Uint8Array | AsyncIterable<string | Uint8Array>,
  options: { readonly mode?: number } = {},
): Promise<void> {
  makeFolder(dirname(path));
  const temporary = `${path}.${process.pid}-${randomBytes(4).toString("hex")}.tmp`;
  try {
    const file = await open(temporary, "wx", options.mode);
    try {
      await file.writeFile(data);
      await file.sync();
    } finally {
      await file.close();
    }
    await renameDurably(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Rename within a folder and flush the folder, so that the new name outlives a power cut. */
export async function renameDurably(from: string, to: string): Promise<void> {
  await rename(from, to);
  const folder = await open(dirname(to), "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
