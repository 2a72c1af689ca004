import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { JobError } from "../../core/errors.ts";
import { projectRoot } from "../project.ts";

/**
 * Install PyTorch and what the trainer needs besides, where they are not; near instant where they are.
 *
 * @param onLine is told how far it is, in words, size first
 */
export async function setUpTrainer(onLine: (line: string) => void, signal?: AbortSignal): Promise<void> {
  const child = spawn(process.execPath, [join(projectRoot, "setup", "run.mjs"), "setup", "train"], {
    stdio: ["ignore", "ignore", "pipe"],
    ...(signal && { signal }),
  });
  let tail = "";
  createInterface({ input: child.stderr }).on("line", (line) => {
    tail = `${tail}\n${line}`.slice(-4000);
    if (line.trim() !== "") onLine(line.trim());
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  if (code === 0) return;
  const reason = tail.split("✖").at(-1)!.trim();
  throw new JobError(`The trainer could not be set up: ${reason}`, {
    jobId: "setup",
    state: "FAILED",
    logTail: tail,
  });
}
