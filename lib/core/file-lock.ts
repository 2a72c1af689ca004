import { closeSync, linkSync, openSync, renameSync, rmSync, statSync } from "node:fs";

/** No holder takes longer than a few writes; one that does is dead. */
const staleMs = 10_000;

/** Do a short piece of work while no other process does its own under the same lock file. */
export function withFileLock(path: string, work: () => void): void {
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
