import {
  closeSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  readSync,
  fstatSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { hostname, userInfo } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

import { checkFields, checkText } from "./arguments.ts";
import { ArgumentError, DataError } from "./errors.ts";
import { fingerprint, sha256 } from "./hash.ts";
import { lineageFolder } from "./lineage-folder.ts";
import { makeFolder } from "./make-folder.ts";

const auditActions = [
  "open",
  "export",
  "submit",
  "model-call",
  "sensitivity",
  "approve",
  "purge",
  "card",
] as const;

/** What was done with data. */
export type AuditAction = (typeof auditActions)[number];

/** One thing that was done; fingerprints and counts, never a text of the data. */
export interface AuditEvent {
  readonly action: AuditAction;
  /** Fingerprint or name of what it was done with. */
  readonly subject: string;
  readonly sensitivity: "public" | "restricted";
  /** Counts, names and reasons, of at most 500 characters each. */
  readonly detail?: Readonly<Record<string, string | number | boolean | null>>;
}

/** A line of the log. */
export interface AuditEntry extends AuditEvent {
  readonly v: 1;
  /** From 1. */
  readonly sequence: number;
  readonly time: string;
  readonly user: string;
  readonly host: string;
  /** Hash of the line before; of the first, 64 zeros. */
  readonly previous: string;
  /** SHA-256 of the rest of the line as canonical JSON. */
  readonly hash: string;
}

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

/** Where a chain ends. */
type End = Pick<AuditEntry, "sequence" | "hash">;

const firstPrevious = "0".repeat(64);

/**
 * Where the log is: the environment's ROUNDS_AUDIT_FILE, else `audit/audit.jsonl` in the current folder's project.
 */
export function auditFile(): string {
  return resolve(process.env["ROUNDS_AUDIT_FILE"] ?? defaultFile);
}

const defaultFile = fileURLToPath(new URL("../../audit/audit.jsonl", import.meta.url));

/** Whether an event on data of this sensitivity is written down: of public data only where ROUNDS_AUDIT is "all". */
export function isAudited(sensitivity: AuditEvent["sensitivity"]): boolean {
  const setting = process.env["ROUNDS_AUDIT"] ?? "restricted";
  if (setting !== "restricted" && setting !== "all")
    throw new ArgumentError("ROUNDS_AUDIT", '"restricted" or "all"', setting);
  return sensitivity === "restricted" || setting === "all";
}

/**
 * Write an event to the audit log, if it is to be: who, when, what, in a chain of hashes.
 *
 * It is on the disk when this returns. Any number of processes may write at once. What cannot be written down must
 * not be done: call it before the act.
 *
 * @throws {DataError} the log cannot be written, or its last line is not whole and known
 * @throws {ArgumentError} a detail that is longer than a name or a reason is
 */
export function recordAudit(event: AuditEvent, path = auditFile()): void {
  checkFields("event", "an event with its action, subject and sensitivity", event, [
    "action",
    "subject",
    "sensitivity",
  ]);
  if (!isAudited(event.sensitivity)) return;
  // Only these: whatever else an object holds may be a text.
  const { action, subject, sensitivity, detail } = event;
  if (!auditActions.includes(action))
    throw new ArgumentError("action", `one of ${auditActions.join(", ")}`, event);
  for (const [name, value] of Object.entries({ subject, ...detail })) {
    if (typeof value === "object" && value !== null)
      throw new ArgumentError(name, "a text, a number, true, false or null", value);
    if (typeof value === "string" && value.length > 500)
      throw new ArgumentError(name, "at most 500 characters; the log holds no texts", `${value.length}`);
  }
  try {
    makeFolder(dirname(path), { mode: 0o700 });
    const kept = { action, subject, sensitivity, ...(detail !== undefined && { detail }) };
    withLock(`${path}.lock`, () => append(path, kept));
  } catch (error) {
    const message = `The audit log ${path} cannot be written, so nothing was done: ${(error as Error).message}`;
    throw new DataError(message, { path }, { cause: error });
  }
}

function append(path: string, event: AuditEvent): void {
  const kept = keptEnd(path);
  const end = endOfChain(path, kept);
  // Of a line that is ahead: where its end still cannot be kept, no second one may follow it.
  if (kept !== undefined && end !== kept) keepEnd(path, end);
  const { sequence, hash } = end;
  const rest: Omit<AuditEntry, "hash"> = {
    v: 1,
    sequence: sequence + 1,
    time: new Date().toISOString(),
    user: userName(),
    host: hostname(),
    ...event,
    previous: hash,
  };
  const entry: AuditEntry = { ...rest, hash: fingerprint(rest) };
  const file = openSync(path, "a", 0o600);
  try {
    writeSync(file, `${JSON.stringify(entry)}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  keepEnd(path, entry);
}

function keepEnd(path: string, { sequence, hash }: End): void {
  for (const place of endFiles(path)) {
    makeFolder(dirname(place), { mode: 0o700 });
    writeFileSync(`${place}.tmp`, JSON.stringify({ sequence, hash }), { mode: 0o600, flush: true });
    renameSync(`${place}.tmp`, place);
  }
}

/** Of this process; a container's user may have no name. */
export function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? "unknown"}`;
  }
}

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
function endOfChain(path: string, kept: End | undefined): End {
  const last = lastLine(path);
  if (kept === undefined) return last ?? { sequence: 0, hash: firstPrevious };
  // A process that died before it kept the end left one line ahead; what else is ahead is another log.
  return last?.sequence === kept.sequence + 1 && last.previous === kept.hash ? last : kept;
}

/** The later of the ends that are kept; undefined where none is. */
function keptEnd(path: string): End | undefined {
  const ends = endFiles(path).map(readEnd);
  return ends.reduce((one, other) => ((other?.sequence ?? 0) > (one?.sequence ?? 0) ? other : one));
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
function checkedEntry(line: string): AuditEntry | undefined {
  try {
    const { hash, ...rest } = JSON.parse(line) as AuditEntry;
    return fingerprint(rest) === hash ? { ...rest, hash } : undefined;
  } catch {
    return undefined;
  }
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
  const kept = endFiles(path)
    .map(readEnd)
    .filter((end) => end !== undefined);
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

/** No holder takes longer than a few writes; one that does is dead. */
const staleMs = 10_000;

function withLock(path: string, work: () => void): void {
  const wait = new Int32Array(new SharedArrayBuffer(4));
  for (;;) {
    try {
      closeSync(openSync(path, "wx", 0o600));
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      if (isStale(path)) removeStale(path);
      Atomics.wait(wait, 0, 0, 1 + 3 * Math.random());
    }
  }
  try {
    work();
  } finally {
    rmSync(path, { force: true });
  }
}

function isStale(path: string): boolean {
  try {
    return Date.now() - statSync(path).mtimeMs > staleMs;
  } catch {
    return false;
  }
}

/** Only what was seen to be stale goes; a lock that took its place meanwhile is put back. */
function removeStale(path: string): void {
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
    if (!isStale(aside)) linkSync(aside, path);
  } catch {
    // Another process was faster.
  }
  rmSync(aside, { force: true });
}
