import { open } from "node:fs/promises";
import { join } from "node:path";

/** The last lines of a run's log, at most; reads no more than the end of the file. */
export async function logTail(folder: string, lines = 20): Promise<string> {
  const maximumBytes = 64 * 1024;
  let file;
  try {
    file = await open(join(folder, "log.txt"));
  } catch {
    return "";
  }
  try {
    const { size } = await file.stat();
    const start = Math.max(0, size - maximumBytes);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size - start), 0, size - start, start);
    const text = buffer.toString("utf8", 0, bytesRead).trimEnd();
    return text.split("\n").slice(-lines).join("\n");
  } finally {
    await file.close();
  }
}

/** What the trainer said last went wrong: the message of its JSON error line, or nothing. */
export async function lastError(folder: string): Promise<string> {
  const lines = (await logTail(folder, 400)).split("\n").toReversed();
  for (const line of lines) {
    const start = line.indexOf('{"error"');
    if (start < 0) continue;
    try {
      const { error } = JSON.parse(line.slice(start)) as { error: { name: string; message: string } };
      return `${error.name}: ${error.message}`;
    } catch {
      // A line that was cut, or not the trainer's.
    }
  }
  return "";
}
