/** What a run on a cluster has left so far: rows, logs, checkpoints, processes. */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { ClusterJob } from "../../lib/jobs/cluster/cluster-job.ts";

export interface Row {
  readonly kind: string;
  readonly step: number;
  readonly event?: string;
  readonly step_seconds: number;
  readonly data_seconds: number;
}

/** Lines of a run's metrics in the order they were written. */
export function rowsOf(run: string): Row[] {
  const lines = readLog(join(run, "metrics.jsonl")).split("\n").slice(0, -1);
  return lines.flatMap((line) => {
    try {
      return [JSON.parse(line) as Row];
    } catch {
      return []; // Torn by a process that was killed.
    }
  });
}

/** Those of steps of training. */
export function stepsOf(run: string): Row[] {
  return rowsOf(run).filter(({ kind }) => kind === "train");
}

/** Empty where there is none yet. */
export function readLog(path: string): string {
  return existsSync(path) ? readFileSync(path, "utf8") : "";
}

export async function logOf(job: ClusterJob): Promise<string> {
  await job.sync();
  return job.logTail(200);
}

/** The trainer's processes of a run, not torchrun's. */
export function workersOf(run: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/u.test(name))
    .filter((pid) => {
      try {
        const words = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
        return (
          words.includes("trainer") &&
          words.includes(run) &&
          !words.includes("torch.distributed.run") &&
          words[0]!.includes("python")
        );
      } catch {
        return false;
      }
    })
    .map(Number);
}

/** SHA-256 of each file of a folder. */
export function sumsOf(folder: string): Record<string, string> {
  const names = readdirSync(folder).toSorted();
  const sum = (name: string) =>
    createHash("sha256")
      .update(readFileSync(join(folder, name)))
      .digest("hex");
  return Object.fromEntries(names.map((name) => [name, sum(name)]));
}
