import { randomBytes } from "node:crypto";
import { readdir, rename, rm, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";

/** A part that another machine left and did not touch for this long is nobody's. */
const abandonedAfterMilliseconds = 60 * 60 * 1000;

/**
 * Take over what an earlier attempt left of a download, or nothing; the returned name is this attempt's alone.
 *
 * A part in work is `NAME.HOST.PID-RANDOM.part`, a part at rest `NAME.part`. Taking one over is a rename, which
 * only one process can win, so two processes that fetch the same file never write into the same part.
 */
export async function claimPart(destination: string): Promise<string> {
  const random = randomBytes(4).toString("hex");
  const claimed = `${destination}.${hostname()}.${process.pid}-${random}.part`;
  for (const candidate of [partAtRest(destination), ...(await orphanedParts(destination))]) {
    try {
      await rename(candidate, claimed);
      return claimed;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
  }
  return claimed;
}

/** Leave a part for the next attempt, under the name that any process takes over. */
export async function releasePart(claimed: string, destination: string): Promise<void> {
  const bytes = await sizeOf(claimed);
  if (bytes > (await sizeOf(partAtRest(destination)))) await rename(claimed, partAtRest(destination));
  else await rm(claimed, { force: true });
}

/** The name under which an unfinished download rests. */
export function partAtRest(destination: string): string {
  return `${destination}.part`;
}

/** Size in bytes; 0 for a file that is not there. */
export async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    (status) => status.size,
    () => 0,
  );
}

async function orphanedParts(destination: string): Promise<string[]> {
  const prefix = `${basename(destination)}.`;
  const names = (await readdir(dirname(destination))).filter((name) => name.startsWith(prefix));
  const orphaned: string[] = [];
  for (const name of names) {
    const owner = /^(?<host>.+)\.(?<pid>\d+)-[0-9a-f]{8}\.part$/u.exec(name.slice(prefix.length))?.groups;
    if (owner === undefined) continue;
    const path = join(dirname(destination), name);
    const left = owner["host"] === hostname() ? !isRunning(Number(owner["pid"])) : await isOld(path);
    if (left) orphaned.push(path);
  }
  return orphaned;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: there is such a process, of another user.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

async function isOld(path: string): Promise<boolean> {
  const status = await stat(path).catch(() => undefined);
  return status !== undefined && Date.now() - status.mtimeMs > abandonedAfterMilliseconds;
}
