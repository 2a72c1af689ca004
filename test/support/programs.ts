import { existsSync } from "node:fs";

/**
 * The reason to skip a test whose program is missing, or false when it is there.
 *
 * On a CI machine a missing program is a failure, so nothing is skipped there.
 *
 * @example
 * it("draws", { skip: skipWithout("/usr/bin/chromium") }, async () => {});
 */
export function skipWithout(path: string): string | false {
  if (existsSync(path) || process.env["CI"]) return false;
  return `${path} is not on this machine`;
}
