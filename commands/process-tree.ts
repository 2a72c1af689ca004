import { execFileSync } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";

/** Process ids of everything that `pid` started, directly or through others; children before their children. */
export function descendantsOf(pid: number): number[] {
  const rows = execFileSync("ps", ["-axo", "pid=,ppid="], { encoding: "utf8", timeout: 5000 })
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number));
  const found: number[] = [];
  for (const parents = [pid]; parents.length > 0;) {
    const parent = parents.shift();
    const children = rows.filter(([, ppid]) => ppid === parent).map(([child]) => child!);
    found.push(...children);
    parents.push(...children);
  }
  return found;
}

export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/**
 * Ask a process to end, wait, then kill it and all that it started, kernels in sessions of their own included.
 *
 * @param graceSeconds how long the process may take to end by itself
 */
export async function stopProcessTree(pid: number, graceSeconds: number): Promise<void> {
  const family = [pid, ...descendantsOf(pid)];
  send(pid, "SIGTERM");
  const deadline = Date.now() + graceSeconds * 1000;
  while (Date.now() < deadline && family.some(isRunning)) await sleep(50);
  for (const member of family) send(member, "SIGKILL");
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended already.
  }
}
