import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { JobError } from "../../core/errors.ts";
import { readJob, writeJob, type Attempt, type JobRecord } from "../job.ts";
import { whileAlone } from "../run-lock.ts";
import { LocalJob } from "./local-job.ts";

/** A start of the trainer, not numbered yet. */
export type PlannedAttempt = Pick<Attempt, "processes" | "resumes" | "command" | "environment">;

/** Start a supervisor for a new attempt, and wait until it says that the trainer runs or has ended. */
export async function launch(folder: string, record: JobRecord, planned: PlannedAttempt): Promise<LocalJob> {
  const job = new LocalJob(folder);
  await whileAlone(folder, async () => {
    const onDisk = existsSync(join(folder, "job.json")) ? (await readJob(folder)).attempts.length : 0;
    if (onDisk !== record.attempts.length)
      throw new JobError(`Run ${job.runId} was taken up by another process`, {
        jobId: job.runId,
        state: "PLANNED",
      });
    const number = onDisk + 1;
    const attempt: Attempt = { ...planned, number, plannedAt: new Date().toISOString() };
    const evidence = `attempt ${number} written down`;
    await rm(join(folder, "stopped.json"), { force: true });
    await writeJob(
      folder,
      { ...record, attempts: [...record.attempts, attempt] },
      { state: "PLANNED", evidence },
    );
    await startSupervisor(folder);
    while ((await job.status()).state === "PLANNED") await sleep(50);
  });
  return job;
}

/**
 * Through a shell that ends at once: the supervisor is then nobody's child, so that neither the kernel's end nor
 * the interrupt of a cell reaches it.
 */
async function startSupervisor(folder: string): Promise<void> {
  const supervisor = fileURLToPath(new URL("supervise.ts", import.meta.url));
  const start = '"$0" --disable-warning=ExperimentalWarning "$@" </dev/null >>"$2/log.txt" 2>&1 &';
  const shell = spawn("/bin/sh", ["-c", start, process.execPath, supervisor, folder], {
    detached: true,
    stdio: "ignore",
  });
  await new Promise((done, fail) => shell.on("error", fail).on("close", done));
}
