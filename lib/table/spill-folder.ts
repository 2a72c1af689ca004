import { randomUUID } from "node:crypto";
import { readdirSync, rmSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { makeFolder } from "../core/make-folder.ts";

const prefix = `rounds-spill-${hostname().replaceAll(/[^\w.]/gu, "_")}-`;

/** A new folder for what does not last, which this user alone can read; those of processes that were killed go. */
export function makeSpillFolder(parent: string): string {
  sweep(parent);
  const folder = join(parent, `${prefix}${process.pid}-${randomUUID()}`);
  makeFolder(parent);
  makeFolder(folder, { mode: 0o700 });
  return folder;
}

function sweep(parent: string): void {
  for (const name of namesIn(parent)) {
    const pid = name.startsWith(prefix) ? Number.parseInt(name.slice(prefix.length), 10) : NaN;
    if (!(pid > 0) || isAlive(pid)) continue;
    try {
      rmSync(join(parent, name), { recursive: true, force: true });
    } catch {
      // Another user's, who sweeps it.
    }
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    // Not there yet.
    return [];
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}
