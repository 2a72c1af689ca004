import { randomBytes } from "node:crypto";
import { link, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { JobError } from "../core/errors.ts";
import { identityOf, isRunning, type ProcessIdentity } from "./local/process-identity.ts";

export interface WaitOptions {
  /** @default 0 */
  readonly waitMs?: number;
  readonly signal?: AbortSignal | undefined;
  /** What the one that holds it does, for the error. @default "The run is being started" */
  readonly doing?: string;
}

/**
 * Hold the right to send or start a run meanwhile; no other process of this machine does then.
 *
 * @param options how long to wait for one that does; the lock of a process that is gone is taken over
 * @throws {JobError} another process held it for that long
 */
export async function whileAlone<Result>(
  folder: string,
  work: () => Promise<Result>,
  options: WaitOptions = {},
): Promise<Result> {
  const path = join(folder, "start.lock");
  const own = `${path}.${process.pid}-${randomBytes(3).toString("hex")}`;
  const identity = JSON.stringify(identityOf(process.pid));
  await writeFile(own, identity);
  try {
    await takeLock(own, path, options);
    try {
      return await work();
    } finally {
      if ((await readOwner(path)) === identity) await rm(path, { force: true });
    }
  } finally {
    await rm(own, { force: true });
  }
}

/** A hard link appears with its content or not at all. */
async function takeLock(
  own: string,
  path: string,
  { waitMs = 0, signal, doing = "The run is being started" }: WaitOptions,
): Promise<void> {
  const deadline = Date.now() + waitMs;
  for (;;) {
    try {
      return await link(own, path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const owner = await readOwner(path);
    if (owner === "") continue;
    const holder = JSON.parse(owner) as ProcessIdentity;
    if (!isRunning(holder)) await removeStale(path, owner);
    else if (Date.now() < deadline) await sleep(30 + 40 * Math.random(), undefined, signal && { signal });
    else
      throw new JobError(`${doing} by process ${holder.pid}`, {
        jobId: path,
        state: "PLANNED",
      });
  }
}

/** Only what was seen to be stale goes; a lock that took its place meanwhile is put back. */
async function removeStale(path: string, owner: string): Promise<void> {
  const aside = `${path}.${process.pid}-stale`;
  try {
    await rename(path, aside);
    if ((await readOwner(aside)) !== owner) await link(aside, path);
  } catch {
    // Another process was faster.
  }
  await rm(aside, { force: true });
}

async function readOwner(path: string): Promise<string> {
  return readFile(path, "utf8").catch(() => "");
}
