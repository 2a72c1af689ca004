import { randomBytes } from "node:crypto";
import { mkdir, readdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";

import { ArgumentError } from "../core/errors.ts";
import { fingerprint } from "../core/hash.ts";
import type { TrainConfig } from "../train/train-config.ts";
import { projectRoot } from "./project.ts";

/** Where run folders lie: the environment's ROUNDS_RUNS, else `runs/` of the project. */
export function runsFolder(): string {
  return resolve(process.env["ROUNDS_RUNS"] ?? join(projectRoot, "runs"));
}

/**
 * Make the folder of a new run; its name begins with the time, so that runs stand in order.
 *
 * @param label what people know the run by: small letters, digits, dots and dashes
 */
export async function makeRunFolder(runs: string, label: string): Promise<{ runId: string; folder: string }> {
  if (!/^[a-z0-9][a-z0-9.-]{0,60}$/u.test(label))
    throw new ArgumentError("name", "small letters, digits, dots and dashes, at most 61", label);
  const time = new Date().toISOString().slice(0, 19).replaceAll(":", "").replace("T", "-");
  const runId = `${time}-${label}-${randomBytes(3).toString("hex")}`;
  const folder = join(runs, runId);
  await mkdir(runs, { recursive: true });
  await mkdir(folder);
  return { runId, folder };
}

/** The newest run folder of this very configuration; undefined where there is none. */
export async function findNewestRun(runs: string, config: TrainConfig): Promise<string | undefined> {
  const wanted = `sha256:${fingerprint(config)}`;
  const names = await readdir(runs).catch(() => []);
  for (const name of names.toSorted().toReversed()) {
    const text = await readFile(join(runs, name, "spec.json"), "utf8").catch(() => "{}");
    if ((JSON.parse(text) as { configFingerprint?: string }).configFingerprint === wanted)
      return join(runs, name);
  }
  return undefined;
}
