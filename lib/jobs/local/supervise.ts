/**
 * The process that keeps a trainer: it starts it, passes on the request to stop, and writes down its end.
 *
 * It outlives the notebook that started it. `node supervise.ts RUNFOLDER`
 */
import { spawn } from "node:child_process";
import { existsSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../project.ts";
import { readJob, writeJob } from "../job.ts";
import { lastError } from "../log-tail.ts";
import { childrenOf, identityOf } from "./process-identity.ts";

const folder = process.argv[2]!;
const log = openSync(join(folder, "log.txt"), "a");
let record = await readJob(folder);
const { number, processes, command, environment } = record.attempts.at(-1)!;

let stopRequested = false;
for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, stop);

const [program, ...parameters] = command;
const trainer = spawn(program, parameters, {
  cwd: projectRoot,
  stdio: ["ignore", log, log],
  env: { ...process.env, ...environment },
});
const ended = new Promise<{ exitCode: number | null; signal: string | null }>((resolve) => {
  trainer.on("close", (exitCode, signal) => resolve({ exitCode, signal }));
  trainer.on("error", (error) => {
    writeSync(log, `${error.message}\n`);
    resolve({ exitCode: null, signal: null });
  });
});
const identity = trainer.pid === undefined ? undefined : identityOf(trainer.pid);
record = await writeJob(folder, record, {
  state: "RUNNING",
  evidence: `attempt ${number}: ${processes} ${processes === 1 ? "process" : "processes"}, started as process ${trainer.pid}`,
  attempt: { supervisor: identityOf(process.pid)!, ...(identity && { trainer: identity }) },
});
if (stopRequested) stop();

const { exitCode, signal } = await ended;
const marker = join(folder, "stopped.json");
const how = signal === null ? `exit code ${exitCode}` : `ended by ${signal}`;
const attempt = { exitCode, signal, endedAt: new Date().toISOString() };
if (exitCode === 0 && !existsSync(marker)) {
  await writeJob(folder, record, { state: "COMPLETED", evidence: how, attempt });
} else if (stopRequested || (exitCode === 0 && existsSync(marker))) {
  const saved = existsSync(marker) ? "saved (stopped.json)" : "before anything was saved";
  await writeJob(folder, record, {
    state: "CANCELLED",
    evidence: `stopped on request, ${saved}; ${how}`,
    attempt,
  });
} else {
  const error = await lastError(folder);
  await writeJob(folder, record, {
    state: "FAILED",
    evidence: error === "" ? how : `${how}: ${error}`,
    attempt,
  });
}

/**
 * Of several processes the workers are asked, not torchrun, which would give them half a minute to save and call it a failure. One that
 * has not come far enough to listen ends at once.
 */
function stop(): void {
  stopRequested = true;
  if (trainer?.pid === undefined) return;
  const workers = processes > 1 ? childrenOf(trainer.pid) : [];
  for (const pid of workers.length > 0 ? workers : [trainer.pid]) {
    try {
      process.kill(pid, "SIGTERM");
    } catch {
      // It has ended meanwhile.
    }
  }
}
