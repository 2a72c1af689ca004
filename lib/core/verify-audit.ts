import { readFileSync } from "node:fs";

import { checkText } from "./arguments.ts";
import { checkedEntry, firstPrevious, keptEnds, type End } from "./audit-chain.ts";
import { auditFile } from "./audit-log.ts";
import { DataError } from "./errors.ts";

/** What `verifyAudit` found. */
export interface AuditReport {
  readonly path: string;
  readonly entries: number;
  /** Hash of the last line; written down elsewhere, it proves later that nothing before it was changed. */
  readonly head: string;
  /** In order; none means that no line was altered, removed, added or moved. */
  readonly problems: readonly AuditProblem[];
}

/** A line of the audit log that is not as it was written. */
export interface AuditProblem {
  /** From 1; one more than the last for what is missing at the end. */
  readonly line: number;
  /**
   * "end unknown": nothing holds its end any more, so lines may be missing there. "another log": an end that was kept,
   * or the head that was given, is of none of its lines.
   */
  readonly problem:
    | "altered"
    | "missing before"
    | "torn"
    | "missing at the end"
    | "end unknown"
    | "another log";
}

/**
 * Read the audit log and find every line that was altered, removed, added or moved.
 *
 * The end of the log is kept beside it and in the register of lineage, so that a log that was cut off, removed or begun
 * anew is found. One who can write these two as well can write a whole new log: keep `head` elsewhere (cards do, and
 * `rounds audit` prints it), and give it to a later call.
 *
 * @param head of an earlier report: the line that it is of must still be there
 * @throws {DataError} there is no log, and none was kept; or it cannot be read
 */
export function verifyAudit(path = auditFile(), head?: string): AuditReport {
  checkText("path", "the path of an audit log", path);
  const kept = keptEnds(path);
  const lines = readLog(path, kept.length > 0).split("\n");
  const isTorn = lines.pop() !== "";
  const problems: AuditProblem[] = [];
  const hashes = new Map<number, string>();
  let before: End = { sequence: 0, hash: firstPrevious };
  for (const [index, line] of lines.entries()) {
    const entry = checkedEntry(line);
    if (entry === undefined) {
      problems.push({ line: index + 1, problem: "altered" });
      // The next line names this one's hash: whether it follows cannot be told from this one.
      before = { sequence: before.sequence + 1, hash: "" };
      continue;
    }
    const follows =
      entry.sequence === before.sequence + 1 && (before.hash === "" || entry.previous === before.hash);
    if (!follows) problems.push({ line: index + 1, problem: "missing before" });
    hashes.set(entry.sequence, entry.hash);
    before = entry;
  }
  const after = lines.length + 1;
  if (isTorn) problems.push({ line: after, problem: "torn" });
  if (kept.length === 0) problems.push({ line: after, problem: "end unknown" });
  if (kept.some(({ sequence }) => sequence > before.sequence))
    problems.push({ line: after, problem: "missing at the end" });
  const isOther = ({ sequence, hash }: End): boolean => hashes.has(sequence) && hashes.get(sequence) !== hash;
  const isGone = head !== undefined && !hashes.values().some((hash) => hash === head);
  if (kept.some(isOther) || isGone) problems.push({ line: after, problem: "another log" });
  return { path, entries: lines.length, head: before.hash, problems };
}

/** @param wasKept it was there once, so that nothing in its place is what was found */
function readLog(path: string, wasKept: boolean): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === "ENOENT";
    if (wasKept && isMissing) return "";
    const message = isMissing ? `There is no audit log at ${path}` : `The audit log ${path} cannot be read`;
    throw new DataError(message, { path }, { cause: error });
  }
}
