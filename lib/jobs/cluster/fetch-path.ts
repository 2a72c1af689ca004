import { createHash } from "node:crypto";
import { createReadStream, existsSync, readFileSync } from "node:fs";
import { open, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { JobError } from "../../core/errors.ts";
import { makeFolder } from "../../core/make-folder.ts";
import type { ClusterRun } from "./cluster-run.ts";
import { remoteText } from "./remote-text.ts";

const script = readFileSync(new URL("list-files.sh", import.meta.url), "utf8");
/** Of a large file; its sum is computed on the login node. */
const checksumTimeoutMs = 3_600_000;
const longestPauseMs = 30_000;

/** How far a transfer is. */
export interface FetchProgress {
  readonly bytes: number;
  readonly totalBytes: number;
}

export interface FetchPathOptions {
  /** How long a broken connection is tried again, in milliseconds, since the last byte came. */
  readonly patienceMs: number;
  readonly onProgress?: ((progress: FetchProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

interface Entry {
  /** "." where the path itself is the file. */
  readonly name: string;
  readonly bytes: number;
}

/**
 * Bring a file or folder of a run from its cluster: whole and with the cluster's SHA-256, or not at all.
 *
 * It grows beside its place under the name `<target>.part`, where a transfer that ended early goes on.
 *
 * @param path relative to the run folder
 * @throws {JobError} there is no such path, it changed meanwhile, or the cluster was not reached for too long
 */
export async function fetchPath(
  run: ClusterRun,
  path: string,
  target: string,
  options: FetchPathOptions,
): Promise<void> {
  if (existsSync(target)) return;
  const part = `${target}.part`;
  const entries = await listEntries(run, path, options);
  const totalBytes = entries.reduce((sum, { bytes }) => sum + bytes, 0);
  let before = 0;
  for (const { name, bytes } of entries) {
    const file = name === "." ? part : join(part, name);
    const remote = name === "." ? `${run.remote}/${path}` : `${run.remote}/${path}/${name}`;
    const base = before;
    await fetchFile(run, remote, file, bytes, {
      ...options,
      onProgress: (progress) => options.onProgress?.({ bytes: base + progress.bytes, totalBytes }),
    });
    before += bytes;
  }
  await rename(part, target);
}

async function listEntries(
  run: ClusterRun,
  path: string,
  options: FetchPathOptions,
): Promise<readonly Entry[]> {
  const result = await untilAnswered(
    run,
    ["bash", "-c", script, "rounds", run.remote, path],
    options,
    60_000,
  );
  const lines = result.split("\n");
  const entries = lines.flatMap((line) => {
    const [, bytes, name] = /^rounds-entry (\d+) (.+)$/u.exec(line) ?? [];
    return name === undefined ? [] : [{ bytes: Number(bytes), name }];
  });
  const isOutside = ({ name }: Entry) => name.split("/").includes("..") || name.startsWith("/");
  if (!lines.includes("rounds-entry end") || entries.some(isOutside))
    throw failed(run, `the list of ${path} cannot be read`);
  return entries;
}

async function fetchFile(
  run: ClusterRun,
  remote: string,
  file: string,
  bytes: number,
  options: FetchPathOptions,
): Promise<void> {
  makeFolder(dirname(file));
  for (let isSecond = false; ; isSecond = true) {
    await fetchBytes(run, remote, file, bytes, options);
    const answer = await untilAnswered(run, ["sha256sum", "--", remote], options, checksumTimeoutMs);
    if (answer.startsWith(await sha256Of(file))) return;
    await rm(file, { force: true });
    // What was here from an earlier try may be of another file; what came whole just now is not.
    if (isSecond) throw failed(run, `${remote} changes while it is fetched`);
  }
}

/** From where the file here ends to where the one there does, through as many connections as it takes. */
async function fetchBytes(
  { shell, id }: ClusterRun,
  remote: string,
  file: string,
  bytes: number,
  { patienceMs, onProgress, signal }: FetchPathOptions,
): Promise<void> {
  let lastByte = Date.now();
  for (let failures = 0; ; failures++) {
    const held = (await stat(file).catch(() => undefined))?.size ?? 0;
    if (held > bytes) await rm(file);
    else if (held === bytes && existsSync(file)) return;
    const output = await open(file, "a");
    try {
      if (bytes === 0) return;
      let place = held > bytes ? 0 : held;
      for await (const chunk of shell.stream("tail", ["-c", `+${place + 1}`, remote], signal && { signal })) {
        await output.appendFile(chunk);
        place += chunk.length;
        lastByte = Date.now();
        failures = 0;
        onProgress?.({ bytes: place, totalBytes: bytes });
      }
    } catch (error) {
      if (!(error instanceof JobError)) throw error;
      if (Date.now() - lastByte > patienceMs) throw failed({ shell, id }, error.message);
      await sleep(Math.min(longestPauseMs, 500 * 2 ** failures), undefined, signal && { signal });
    } finally {
      await output.close();
    }
  }
}

async function untilAnswered(
  run: ClusterRun,
  [program, ...parameters]: readonly string[],
  { patienceMs, signal }: FetchPathOptions,
  timeoutMs: number,
): Promise<string> {
  const deadline = Date.now() + patienceMs;
  for (let tries = 0; ; tries++) {
    const result = await run.shell.run(program!, parameters, { timeoutMs, ...(signal && { signal }) });
    if (result.exitCode === 0) return result.stdout;
    const isLost = result.exitCode === undefined;
    if (!isLost || Date.now() > deadline)
      throw failed(run, isLost ? "the connection was lost" : remoteText(result.stderr));
    await sleep(Math.min(longestPauseMs, 500 * 2 ** tries), undefined, signal && { signal });
  }
}

function failed({ shell, id }: Pick<ClusterRun, "shell" | "id">, why: string): JobError {
  return new JobError(`A file of job ${id} could not be fetched from ${shell.name}: ${why}`, {
    jobId: id,
    state: "UNKNOWN",
  });
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest("hex");
}
