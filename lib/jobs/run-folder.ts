import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, open, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";

import { ArgumentError } from "../core/errors.ts";
import { fingerprint } from "../core/hash.ts";
import { makeFolder } from "../core/make-folder.ts";
import type { TrainConfig } from "../train/train-config.ts";
import { projectRoot } from "./project.ts";

/** Where run folders lie: the environment's ROUNDS_RUNS, else `runs/` of the project. */
export function runsFolder(): string {
  return resolve(process.env["ROUNDS_RUNS"] ?? join(projectRoot, "runs"));
}

/**
 * The name of a new run: it begins with the time, so that runs stand in order.
 *
 * @param label what people know the run by: small letters, digits, dots and dashes
 */
export function newRunId(label: string): string {
  if (!/^[a-z0-9][a-z0-9.-]{0,60}$/u.test(label))
    throw new ArgumentError("name", "small letters, digits, dots and dashes, at most 61", label);
  const time = new Date().toISOString().slice(0, 19).replaceAll(":", "").replace("T", "-");
  return `${time}-${label}-${randomBytes(3).toString("hex")}`;
}

/** Make the folder of a new run of that label. */
export async function makeRunFolder(runs: string, label: string): Promise<{ runId: string; folder: string }> {
  const runId = newRunId(label);
  const folder = join(runs, runId);
  makeFolder(runs);
  await mkdir(folder);
  return { runId, folder };
}

/**
 * Make a folder that appears with all its files or not at all; one that is there stays as it is.
 *
 * @param files by name: a text as it is, anything else as JSON
 */
export async function makeWholeFolder(
  folder: string,
  files: Readonly<Record<string, object | string>>,
): Promise<void> {
  if (existsSync(folder)) return;
  const draft = await makeDraftFolder(folder);
  await finishDraftFolder(draft, folder, files);
}

/** A folder beside the one that it is to become. */
export async function makeDraftFolder(folder: string): Promise<string> {
  const draft = join(folder, "..", `.draft-${process.pid}-${randomBytes(4).toString("hex")}`);
  makeFolder(draft);
  return draft;
}

/** Write the rest of a draft, flush all of it, and give it its name; it goes where that name is taken. */
export async function finishDraftFolder(
  draft: string,
  folder: string,
  files: Readonly<Record<string, object | string>>,
): Promise<void> {
  try {
    const writing = Object.entries(files).map(([name, content]) =>
      writeFile(
        join(draft, name),
        typeof content === "string" ? content : `${JSON.stringify(content, null, 2)}\n`,
        { flush: true },
      ),
    );
    await Promise.all(writing);
    await flushFolder(draft);
    await rename(draft, folder);
    await flushFolder(join(folder, ".."));
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ENOTEMPTY" && code !== "EEXIST") throw error;
  }
}

async function flushFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  await handle.sync().finally(() => handle.close());
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
