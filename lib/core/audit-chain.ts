import { closeSync, fstatSync, openSync, readFileSync, readSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

import type { AuditEntry } from "./audit-log.ts";
import { fingerprint, sha256 } from "./hash.ts";
import { lineageFolder } from "./lineage-folder.ts";
import { makeFolder } from "./make-folder.ts";

/** Where a chain ends. */
export type End = Pick<AuditEntry, "sequence" | "hash">;

/** What the first line follows. */
export const firstPrevious = "0".repeat(64);

/**
 * Where the end of the chain is kept, so that lines cut off the log are missed: beside it, and in the register of
 * lineage, where it stays when the log's folder goes.
 */
function endFiles(path: string): readonly string[] {
  return [`${path}.head`, join(lineageFolder(), `audit-${sha256(resolve(path)).slice(0, 32)}.head`)];
}

/**
 * What the next line follows. Where lines at the end or the whole log are gone it still is the last of them, so that the
 * gap stays for `verifyAudit` to find.
 */
export function endOfChain(path: string, kept: End | undefined): End {
  const last = lastLine(path);
  if (kept === undefined) return last ?? { sequence: 0, hash: firstPrevious };
  // A process that died before it kept the end left one line ahead; what else is ahead is another log.
  return last?.sequence === kept.sequence + 1 && last.previous === kept.hash ? last : kept;
}

/** The ends that are kept of a log, of two places. */
export function keptEnds(path: string): End[] {
  return endFiles(path)
    .map(readEnd)
    .filter((end) => end !== undefined);
}

/** The later of the ends that are kept; undefined where none is. */
export function keptEnd(path: string): End | undefined {
  return keptEnds(path).toSorted((one, other) => other.sequence - one.sequence)[0];
}

/** The last line of the log; undefined where there is none. */
function lastLine(path: string): AuditEntry | undefined {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  try {
    const { size } = fstatSync(file);
    if (size === 0) return undefined;
    const length = Math.min(size, maximumLineBytes);
    const bytes = Buffer.alloc(length);
    readSync(file, bytes, 0, length, size - length);
    if (bytes.at(-1) !== 10) throw new Error("its last line is torn; verifyAudit tells where");
    const last = bytes.toString("utf8", bytes.lastIndexOf(10, length - 2) + 1);
    const entry = checkedEntry(last);
    if (entry === undefined) throw new Error("its last line was altered");
    return entry;
  } finally {
    closeSync(file);
  }
}

/** A subject and some details of 500 characters, escaped. */
const maximumLineBytes = 1 << 16;

/** The entry of a line whose hash is right. */
export function checkedEntry(line: string): AuditEntry | undefined {
  try {
    const { hash, ...rest } = JSON.parse(line) as AuditEntry;
    return fingerprint(rest) === hash ? { ...rest, hash } : undefined;
  } catch {
    return undefined;
  }
}

/** Undefined where none is kept, or what is kept is damaged. */
function readEnd(path: string): End | undefined {
  try {
    const { sequence, hash } = JSON.parse(readFileSync(path, "utf8")) as End;
    return Number.isSafeInteger(sequence) && sequence > 0 && typeof hash === "string"
      ? { sequence, hash }
      : undefined;
  } catch {
    return undefined;
  }
}

/** @throws {Error} a place cannot be written */
export function keepEnd(path: string, { sequence, hash }: End): void {
  for (const place of endFiles(path)) {
    makeFolder(dirname(place), { mode: 0o700 });
    writeFileSync(`${place}.tmp`, JSON.stringify({ sequence, hash }), { mode: 0o600, flush: true });
    renameSync(`${place}.tmp`, place);
  }
}
