import { closeSync, fsyncSync, openSync, writeSync } from "node:fs";
import { hostname, userInfo } from "node:os";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";

import { checkFields } from "./arguments.ts";
import { endOfChain, keepEnd, keptEnd } from "./audit-chain.ts";
import { ArgumentError, DataError } from "./errors.ts";
import { withFileLock } from "./file-lock.ts";
import { fingerprint } from "./hash.ts";
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
    withFileLock(`${path}.lock`, () => append(path, kept));
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

/** Of this process; a container's user may have no name. */
export function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? "unknown"}`;
  }
}
