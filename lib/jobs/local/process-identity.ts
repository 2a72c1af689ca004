import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** A process, told from a later one that was given the same number. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When the system started it, in the system's own words; with the boot it belongs to where that is known. */
  readonly startTime: string;
}

/** The identity of a process that runs now; undefined when none has this number or it has ended. */
export function identityOf(pid: number): ProcessIdentity | undefined {
  const startTime = process.platform === "linux" ? startTimeFromProc(pid) : startTimeFromPs(pid);
  return startTime === undefined ? undefined : { pid, startTime };
}

/** Whether this very process still runs; a number that another process has now does not count. */
export function isRunning({ pid, startTime }: ProcessIdentity): boolean {
  return identityOf(pid)?.startTime === startTime;
}

function startTimeFromProc(pid: number): string | undefined {
  try {
    const line = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The program's name stands in brackets, and may hold any character.
    const fields = line.slice(line.lastIndexOf(")") + 2).split(" ");
    const [state, ticksSinceBoot] = [fields[0], fields[19]];
    if (state === "Z" || state === "X") return undefined;
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim();
    return `${boot} ${ticksSinceBoot}`;
  } catch {
    return undefined;
  }
}

function startTimeFromPs(pid: number): string | undefined {
  const { stdout } = spawnSync("ps", ["-o", "state=,lstart=", "-p", String(pid)], { encoding: "utf8" });
  const [, state, started] = /^(\S+)\s+(.+?)\s*$/u.exec(stdout ?? "") ?? [];
  return state === undefined || state.startsWith("Z") ? undefined : started;
}

/** The processes that a process started itself. */
export function childrenOf(pid: number): number[] {
  if (process.platform === "linux") {
    try {
      return readFileSync(`/proc/${pid}/task/${pid}/children`, "latin1")
        .split(" ")
        .filter(Boolean)
        .map(Number);
    } catch {
      return [];
    }
  }
  const { stdout } = spawnSync("pgrep", ["-P", String(pid)], { encoding: "utf8" });
  return (stdout ?? "").split("\n").filter(Boolean).map(Number);
}
