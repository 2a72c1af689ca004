import { writeSync } from "node:fs";

/** Whether `start.sh` has made pipes of descriptors 1 and 2; the server's log is descriptor 3 then. */
export const isCaptured = process.argv.includes("--captured");
const LOG_DESCRIPTOR = isCaptured ? 3 : 2;

/** Write a line to the server's log, which no cell sees. */
export function log(line: string): void {
  try {
    writeSync(LOG_DESCRIPTOR, `[typescript kernel] ${line}\n`);
  } catch {
    // Nobody listens; a kernel does not die of that.
  }
}
