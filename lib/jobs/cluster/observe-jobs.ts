import { readFileSync } from "node:fs";

import type { ClusterShell } from "./cluster-shell.ts";
import type { AccountedRow, JobSighting, ScheduledRow } from "./conclude-state.ts";
import { remoteText } from "./remote-text.ts";
import type { ExitFile } from "./run-files.ts";

const script = readFileSync(new URL("../slurm/observe.sh", import.meta.url), "utf8");

/** One look at any number of jobs: one call of the scheduler. A look that failed is a sighting as well. */
export async function observeJobs(
  shell: ClusterShell,
  root: string,
  ids: readonly string[],
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, JobSighting>> {
  const result = await shell.run("bash", ["-c", script, "rounds", root], {
    input: ids.map((id) => `${id}\n`).join(""),
    ...(signal && { signal }),
  });
  const lines = result.stdout.split("\n").filter((line) => line.startsWith("rounds-observe "));
  if (lines.at(-1) === "rounds-observe end") return parseSightings(ids, lines);
  const said = remoteText(result.stderr);
  const how = result.exitCode === undefined ? "the connection was lost" : `exit code ${result.exitCode}`;
  const problem = said === "" ? how : `${how}: ${said}`;
  return new Map(ids.map((id) => [id, emptySighting(problem)]));
}

/** Of lines "rounds-observe WORD REST". */
export function parseSightings(
  ids: readonly string[],
  lines: readonly string[],
): ReadonlyMap<string, JobSighting> {
  const rows = new Map<string, ScheduledRow[]>();
  const accounts = new Map<string, AccountedRow[]>();
  const files = new Map<
    string,
    Pick<JobSighting, "claim" | "exit" | "attempts" | "tasksEnded" | "tasksFailed">
  >();
  let problem: string | null = "its answer was cut";
  for (const line of lines) {
    const [, word, first = "", ...more] = line.split(" ");
    switch (word) {
      case "scheduler":
        problem = first === "ok" ? null : remoteText(more.join(" "));
        break;
      case "job": {
        const [slurmJobId = "", state = "", ...reason] = more;
        const row = { slurmJobId, state: remoteText(state, 40), reason: remoteText(reason.join(" "), 200) };
        // A rejected sbatch leaves a record of a job that never was.
        if (!(row.state === "FAILED" && row.reason === "BadConstraints")) append(rows, first, row);
        break;
      }
      case "account": {
        const [slurmJobId = "", state = "", exitCode = ""] = more;
        append(accounts, first, {
          slurmJobId,
          state: remoteText(state, 40),
          exitCode: remoteText(exitCode, 20),
        });
        break;
      }
      case "files": {
        const [attempts, claim = "-", ended, failed, ...exit] = more;
        files.set(first, {
          attempts: Number(attempts) || 0,
          claim: /^\d+$/u.test(claim) ? claim : null,
          tasksEnded: Number(ended) || 0,
          tasksFailed: Number(failed) || 0,
          exit: exitOf(exit.join(" ")),
        });
      }
    }
  }
  return new Map(
    ids.map((id) => [
      id,
      {
        ...emptySighting(problem),
        ...files.get(id),
        rows: rows.get(id) ?? [],
        accounts: accounts.get(id) ?? [],
      },
    ]),
  );
}

function append<Row>(rows: Map<string, Row[]>, id: string, row: Row): void {
  const own = rows.get(id);
  if (own === undefined) rows.set(id, [row]);
  else own.push(row);
}

function emptySighting(schedulerProblem: string | null): JobSighting {
  return {
    schedulerProblem,
    rows: [],
    accounts: [],
    claim: null,
    exit: null,
    attempts: 0,
    tasksEnded: 0,
    tasksFailed: 0,
  };
}

/** A file that is damaged counts as none: the job is then unknown. */
function exitOf(text: string): ExitFile | null {
  try {
    const { exitCode, reason, time, detail } = JSON.parse(text) as ExitFile;
    if (!Number.isInteger(exitCode) || typeof reason !== "string") return null;
    return {
      exitCode,
      reason,
      time: remoteText(String(time), 40),
      ...(typeof detail === "string" && { detail: remoteText(detail) }),
    };
  } catch {
    return null;
  }
}
