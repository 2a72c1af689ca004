import { setTimeout as sleep } from "node:timers/promises";

/**
 * Wait for an event that nothing tells of.
 *
 * @param what named in the error when it has not come in time
 */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  timeoutMs = 30_000,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs / 1000} s until ${what}`);
    await sleep(100);
  }
}
