import { writeSync } from "node:fs";

/** Write a line to the server's log: to the real standard error, which no cell sees. */
export function log(line: string): void {
  try {
    writeSync(2, `[typescript kernel] ${line}\n`);
  } catch {
    // Nobody listens; a kernel does not die of that.
  }
}
