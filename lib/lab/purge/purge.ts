import { lstat, readdir, rm } from "node:fs/promises";
import { join, sep } from "node:path";

import { checkText } from "../../core/arguments.ts";
import { recordAudit } from "../../core/audit-log.ts";
import { forgetMade, readLineage } from "../../core/lineage.ts";
import {
  booleanOption,
  callbackOption,
  checkOptions,
  choiceOption,
  objectOption,
} from "../../core/options.ts";
import { findTraces, type Spared, type Trace } from "./find-traces.ts";

export interface PurgeOptions {
  /** Remove; without it nothing is, and the report says what would be. @default false */
  readonly yes?: boolean;
  /** Caches of models' answers of which nobody can tell what they were asked about. @default "leave" */
  readonly caches?: "leave" | "remove";
  /** Told of each path before it is removed. */
  readonly onPath?: (path: PurgedPath) => void;
  /** Stops between two paths; the same call goes on from there. */
  readonly signal?: AbortSignal;
}

/** A path that was made from the data set, and its size. */
export interface PurgedPath extends Trace {
  readonly bytes: number;
}

/** What a purge removed, or would, and what it could not. */
export interface PurgeReport {
  readonly dataset: string;
  /** False where this only says what would be removed. */
  readonly isDone: boolean;
  readonly paths: readonly PurgedPath[];
  readonly bytes: number;
  /** Made from the data set too, and not removed, since something that Rounds did not make is in it. */
  readonly refused: readonly Spared[];
  /** What may hold traces and cannot be told from the rest, or lies beside them. */
  readonly left: readonly Spared[];
}

const rules = {
  yes: booleanOption(false),
  caches: choiceOption<"leave" | "remove">("leave", ["leave", "remove"]),
  onPath: callbackOption<(path: PurgedPath) => void>(),
  signal: objectOption<AbortSignal>("an AbortSignal", (value) => value instanceof AbortSignal),
};

/**
 * Remove everything that Rounds made from a data set: its download, tables, corpora, token shards, runs with their
 * checkpoints and exports, results, sheets, caches and what interrupted writing left.
 *
 * What was made from it together with other data goes too, and a folder that Rounds made goes with all that was put into
 * it. The user's own files stay, and so does a folder that a source lies in. It is noted in the audit log before the first path is removed. Killed at any point, the same call goes on.
 * Removing is not overwriting: backups, other machines and the disk's free blocks may still hold what was there.
 *
 * @param dataset a name of the catalogue, or the path of a file or folder of your own
 * @throws {ArgumentError} no such data set, or nothing was made from that path and it is not there
 * @throws {DataError} the audit log cannot be written; nothing was removed
 *
 * @example
 * const { paths, bytes } = await purge("data/mimic-notes"); // what would be removed
 * await purge("data/mimic-notes", { yes: true });
 */
export async function purge(dataset: string, options: PurgeOptions = {}): Promise<PurgeReport> {
  checkText("dataset", "the name of a data set, or a path", dataset);
  const { yes, caches, onPath, signal } = checkOptions(options, rules);
  const records = readLineage();
  const { traces, refused, left, sensitivity } = await findTraces(dataset, records, caches);
  const paths: PurgedPath[] = [];
  for (const trace of traces) {
    const sizes = await Promise.all(placesOf(trace).map(bytesOf));
    const present = sizes.filter((bytes) => bytes !== undefined);
    if (present.length > 0) paths.push({ ...trace, bytes: present.reduce((sum, bytes) => sum + bytes, 0) });
  }
  // What lies in a folder that goes too is counted with it.
  const folders = paths.filter(({ files }) => files === undefined).map(({ path }) => path + sep);
  const outermost = paths.filter(({ path }) => !folders.some((folder) => path.startsWith(folder)));
  const bytes = outermost.reduce((sum, each) => sum + each.bytes, 0);
  if (yes) {
    if (traces.length > 0) {
      const detail = { paths: paths.length, bytes, refused: refused.length };
      recordAudit({ action: "purge", subject: dataset.slice(-500), sensitivity, detail });
    }
    const recordsOf = Map.groupBy(records, (record) => record.path);
    const held = new Map(paths.map((each) => [each.path, each]));
    for (const trace of traces) {
      const { path } = trace;
      signal?.throwIfAborted();
      const present = held.get(path);
      if (present !== undefined) onPath?.(present);
      for (const place of placesOf(trace)) await rm(place, { recursive: true, force: true });
      // Last, so that what is not removed yet is still found.
      for (const record of recordsOf.get(path) ?? []) forgetMade(record);
    }
  }
  return { dataset, isDone: yes, paths, bytes, refused, left };
}

function placesOf({ path, files }: Trace): string[] {
  return files === undefined ? [path] : files.map((name) => join(path, name));
}

/** Of a file, or of all files in a folder; undefined where nothing is. Links count by themselves. */
async function bytesOf(path: string): Promise<number | undefined> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined) return undefined;
  if (!found.isDirectory()) return found.size;
  const entries = await readdir(path, { withFileTypes: true, recursive: true });
  let bytes = 0;
  for (const entry of entries) {
    if (!entry.isDirectory()) bytes += (await lstat(join(entry.parentPath, entry.name))).size;
  }
  return bytes;
}
