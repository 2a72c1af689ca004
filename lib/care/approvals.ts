import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { recordAudit, userName } from "../core/audit-log.ts";
import { ArgumentError, DataError } from "../core/errors.ts";
import { sha256 } from "../core/hash.ts";
import { writeFileAtomically } from "../core/write-file-atomically.ts";
import type { Sensitivity } from "../table/sensitivity.ts";

/** Where data can go: an endpoint by its origin, a cluster by its name. */
export interface Place {
  readonly kind: "endpoint" | "cluster";
  /** What people call it. */
  readonly name: string;
  /** What it is reached by; an approval ends when it changes. */
  readonly address: string;
}

/** A line of the approvals file. */
export interface Approval {
  readonly kind: Place["kind"];
  readonly name: string;
  /** SHA-256 of the address that was approved. */
  readonly address: string;
  /** The most that may go there. */
  readonly sensitivity: Sensitivity;
  readonly approvedBy: string;
  readonly reason: string;
  readonly date: string;
}

const projectFile = fileURLToPath(new URL("../../.rounds/approvals.json", import.meta.url));

/** Where the approvals are: the environment's ROUNDS_APPROVALS, else `.rounds/approvals.json` of the project. */
export function approvalsFile(): string {
  return process.env["ROUNDS_APPROVALS"] || projectFile;
}

/**
 * Read all approvals that were given on this machine.
 *
 * @throws {DataError} a file that is no list of approvals: then nothing is approved
 */
function readApprovals(): readonly Approval[] {
  const path = approvalsFile();
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw new DataError(`The approvals ${path} cannot be read`, { path }, { cause: error });
  }
  try {
    const { version, approvals } = JSON.parse(text) as { version: number; approvals: Approval[] };
    if (version === 1 && approvals.every(isApproval)) return approvals;
  } catch {
    // As below.
  }
  throw new DataError(`${path} is no list of approvals; nothing is approved until it is mended`, { path });
}

function isApproval(value: Approval): boolean {
  const { kind, name, address, sensitivity, approvedBy, reason, date } = value;
  const texts = [kind, name, address, approvedBy, reason, date];
  return texts.every((text) => typeof text === "string") && ["public", "restricted"].includes(sensitivity);
}

/** Whether data of this sensitivity may go to a place. */
export function isApproved(place: Place, sensitivity: Sensitivity): boolean {
  const approval = readApprovals().find(({ kind, name }) => kind === place.kind && name === place.name);
  if (approval === undefined || approval.address !== sha256(place.address)) return false;
  return sensitivity === "public" || approval.sensitivity === "restricted";
}

/**
 * Write down that data may go to a place, in the approvals file and in the audit log.
 *
 * @throws {ArgumentError} restricted data without a reason
 */
export async function approve(place: Place, sensitivity: Sensitivity, reason = ""): Promise<void> {
  if (typeof reason !== "string" || (sensitivity === "restricted" && reason.trim() === ""))
    throw new ArgumentError("reason", "why restricted data may go there, in words", reason);
  const { kind, name, address } = place;
  const approval: Approval = {
    kind,
    name,
    address: sha256(address),
    sensitivity,
    approvedBy: userName(),
    reason: reason.trim(),
    date: new Date().toISOString(),
  };
  const others = readApprovals().filter((each) => each.kind !== kind || each.name !== name);
  const detail = { kind, address: approval.address, reason: approval.reason };
  recordAudit({ action: "approve", subject: name, sensitivity, detail });
  const text = `${JSON.stringify({ version: 1, approvals: [...others, approval] }, null, 1)}\n`;
  await writeFileAtomically(approvalsFile(), text, { mode: 0o600 });
}
