import { realpathSync } from "node:fs";
import { basename, dirname, isAbsolute, join } from "node:path";

import type { LineageRecord } from "../../core/lineage.ts";

/** Where a path leads to, its last part but as it stands: a link is itself. What is no path of this machine stays. */
export function realPlace(path: string): string {
  return isAbsolute(path) && dirname(path) !== path ? join(realFolder(dirname(path)), basename(path)) : path;
}

/** Of a path that is gone, its folders that are still there. */
function realFolder(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return realPlace(path);
  }
}

/** Where a path leads to, through a link that it may itself be. */
export function realPath(path: string): string {
  return isAbsolute(path) ? realFolder(path) : path;
}

/**
 * The records, and again by the real paths where a folder was named by a link, so that a file is known by all of its
 * names; with what each is of.
 */
export function recordsByAnyName(records: readonly LineageRecord[]): Map<LineageRecord, LineageRecord> {
  const known = new Map<string, string>();
  const real = (path: string): string => {
    if (!known.has(path)) known.set(path, realPath(path));
    return known.get(path)!;
  };
  const named = new Map<LineageRecord, LineageRecord>();
  for (const record of records) {
    const from = [...new Set([...record.from, ...record.from.map(real)])];
    named.set({ ...record, from }, record);
    const path = real(record.path);
    if (path !== record.path) named.set({ ...record, path, from }, record);
  }
  return named;
}
