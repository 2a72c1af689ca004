import { constants, readFileSync } from "node:fs";
import { open, readFile, rename, rm, stat, type FileHandle } from "node:fs/promises";

import { JobError } from "../../core/errors.ts";
import { writeFileAtomically } from "../../core/write-file-atomically.ts";
import type { ClusterShell } from "./cluster-shell.ts";

const script = readFileSync(new URL("copy-growth.sh", import.meta.url), "utf8");
const maximumBytes = 32 * 2 ** 20;
const maximumHeader = 200;
const newline = 10;

/** How far the copy of a growing file is. */
export interface Growth {
  /** That came now. */
  readonly bytes: number;
  /** Of the copy. */
  readonly size: number;
}

/**
 * Bring a copy up to the file on the cluster, which others append to: only what came since the last time is sent.
 *
 * The copy's length is the offset, so that nothing is lost or repeated when the connection, or this process, ends
 * anywhere: what had arrived is kept, and the next call goes on behind it. Two processes that do it at once write the
 * same bytes to the same places. When the cluster's file was replaced by another (a new inode, or a shorter one), the
 * copy is put aside as `<copy>.<inode>` and a new one begun.
 *
 * @returns nothing new, where the file does not exist yet
 * @throws {JobError} the connection was lost, or the file cannot be read
 */
export async function copyGrowth(
  shell: ClusterShell,
  remotePath: string,
  copy: string,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<Growth> {
  let bytes = 0;
  for (;;) {
    const growth = await copyOnce(shell, remotePath, copy, options.signal);
    bytes += growth.bytes;
    if (growth.bytes < maximumBytes) return { bytes, size: growth.size };
  }
}

async function copyOnce(
  shell: ClusterShell,
  remotePath: string,
  copy: string,
  signal: AbortSignal | undefined,
): Promise<Growth> {
  const known = await knownInode(copy);
  const offset = known === undefined ? 0 : await sizeOf(copy);
  const parameters = [remotePath, known ?? "0", String(offset), String(maximumBytes)];
  const chunks = shell.stream("bash", ["-c", script, "rounds", ...parameters], signal && { signal });
  let header = Buffer.alloc(0);
  let file: FileHandle | undefined;
  let [first, position, end] = [offset, offset, offset];
  try {
    for await (const chunk of chunks) {
      let bytes: Uint8Array = chunk;
      if (file === undefined) {
        header = Buffer.concat([header, chunk]);
        const line = header.indexOf(newline);
        if (line < 0 && header.length <= maximumHeader) continue;
        const words = header.toString("latin1", 0, Math.max(0, line)).split(" ");
        if (words.join(" ") === "rounds-growth none") return { bytes: 0, size: offset };
        const [inode, start, length] = words.slice(1);
        if (words[0] !== "rounds-growth" || !/^\d+ \d+ \d+$/u.test(`${inode} ${start} ${length}`))
          throw unreadable(shell, remotePath, header.toString("utf8", 0, maximumHeader));
        if (inode !== known || Number(start) < offset) await beginCopy(copy, known, inode!);
        file = await open(copy, constants.O_RDWR | constants.O_CREAT);
        first = position = Number(start);
        end = first + Number(length);
        bytes = header.subarray(line + 1);
      }
      const wanted = bytes.subarray(0, end - position);
      await writeAll(file, wanted, position);
      position += wanted.length;
    }
  } finally {
    await file?.close();
  }
  if (file === undefined) throw unreadable(shell, remotePath, "no answer");
  return { bytes: position - first, size: position };
}

async function writeAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let written = 0; written < bytes.length;)
    written += (await file.write(bytes, written, bytes.length - written, position + written)).bytesWritten;
}

function unreadable(shell: ClusterShell, path: string, answer: string): JobError {
  return new JobError(`${path} on ${shell.name} cannot be read: ${answer.trim()}`, {
    jobId: path,
    state: "UNKNOWN",
  });
}

/** Beside the copy: which file of the cluster it is of. */
function placeOfInode(copy: string): string {
  return `${copy}.inode`;
}

async function knownInode(copy: string): Promise<string | undefined> {
  const text = await readFile(placeOfInode(copy), "utf8").catch(() => "");
  return /^\d+$/u.test(text) ? text : undefined;
}

async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => undefined))?.size ?? 0;
}

/** The inode is written down before the first byte is. */
async function beginCopy(copy: string, known: string | undefined, inode: string): Promise<void> {
  if (known === undefined) await rm(copy, { force: true });
  else await rename(copy, `${copy}.${known}`).catch(() => {});
  await writeFileAtomically(placeOfInode(copy), inode);
}
