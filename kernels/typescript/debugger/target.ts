import type { Session } from "../session/session.ts";

/** What the debugger looks into, on the thread that runs cells. */
export interface DebugTarget {
  readonly session: Session;
}

let target: DebugTarget | undefined;

/** Let a debugger that comes later find the notebook. */
export function setDebugTarget(found: DebugTarget): void {
  target = found;
}

/** Whether the kernel has loaded what runs cells. */
export function isLoaded(): boolean {
  return target !== undefined;
}

/** @throws Error before the kernel has loaded what runs cells */
export function debugTarget(): DebugTarget {
  if (target === undefined) throw new Error("the kernel is still starting");
  return target;
}
