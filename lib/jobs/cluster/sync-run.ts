import { existsSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { JobError } from "../../core/errors.ts";
import { writeFileAtomically } from "../../core/write-file-atomically.ts";
import type { ClusterRun } from "./cluster-run.ts";
import { copyGrowth } from "./copy-growth.ts";
import { remoteText } from "./remote-text.ts";

const script = readFileSync(new URL("small-files.sh", import.meta.url), "utf8");

/** Only these are taken, whatever the cluster calls its files. */
const copied = /^(?:submitted|exit|stopped)\.json$|^attempts\/\d{1,9}\.json$/u;
/** What an adopted run has only there. */
const ofTheRequest = ["spec.json", "train.config.json"];
const checkpoint = /^checkpoints\/(\d{1,15})\/COMPLETE$/u;

/** What a run has on its cluster beside its copies. */
export interface RemoteRun {
  /** Steps of the complete checkpoints, ascending. */
  readonly checkpoints: readonly number[];
}

/**
 * Bring this machine's copies of a run up to date: its log and metrics by what they have grown, its small files whole.
 *
 * @throws {JobError} the connection was lost; what had arrived is kept, and the next call goes on behind it
 */
export async function syncRun(
  run: ClusterRun,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<RemoteRun> {
  const { shell, remote, folder } = run;
  const growing = ["metrics.jsonl", "log.txt"].map((name) =>
    copyGrowth(shell, `${remote}/${name}`, join(folder, name), options),
  );
  const results = await Promise.allSettled([copySmallFiles(run, options.signal), ...growing]);
  const failed = results.find((result) => result.status === "rejected");
  if (failed !== undefined) throw failed.reason;
  return (results[0] as PromiseFulfilledResult<RemoteRun>).value;
}

async function copySmallFiles(
  { shell, remote, folder, id }: ClusterRun,
  signal: AbortSignal | undefined,
): Promise<RemoteRun> {
  const missing = ofTheRequest.filter((name) => !existsSync(join(folder, name)));
  const result = await shell.run("bash", ["-c", script, "rounds", remote, ...missing], signal && { signal });
  const files = parseSmallFiles(result.stdout);
  if (result.exitCode !== 0 || files === undefined) {
    const how = result.exitCode === undefined ? "the connection was lost" : remoteText(result.stderr);
    throw new JobError(`The files of run ${id} on ${shell.name} could not be read: ${how}`, {
      jobId: id,
      state: "UNKNOWN",
    });
  }
  const checkpoints: number[] = [];
  for (const [name, text] of files) {
    const [, step] = checkpoint.exec(name) ?? [];
    if (step !== undefined) checkpoints.push(Number(step));
    const path = join(folder, name);
    if ((!copied.test(name) && !missing.includes(name)) || !isJson(text)) continue;
    const held = await readFile(path, "utf8").catch(() => undefined);
    if (held !== text) await writeFileAtomically(path, text);
  }
  return { checkpoints: checkpoints.toSorted((left, right) => left - right) };
}

/** @returns undefined for an answer that was cut */
function parseSmallFiles(answer: string): ReadonlyMap<string, string> | undefined {
  const bytes = Buffer.from(answer);
  const files = new Map<string, string>();
  for (let place = 0; place < bytes.length;) {
    const end = bytes.indexOf(10, place);
    const line = bytes.toString("utf8", place, end < 0 ? bytes.length : end);
    if (line === "rounds-file end") return files;
    const [, name, length] = /^rounds-file (\S+) (\d+)$/u.exec(line) ?? [];
    if (name === undefined) return undefined;
    const begin = end + 1;
    files.set(name, bytes.toString("utf8", begin, begin + Number(length)));
    place = begin + Number(length) + 1;
  }
  return undefined;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
