import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve, sep } from "node:path";

import { checkFields, checkText } from "./arguments.ts";
import { recordAudit } from "./audit-log.ts";
import { declarationAbove, realPath } from "./declaration.ts";
import { DataError } from "./errors.ts";
import { sha256 } from "./hash.ts";
import { lineageFolder } from "./lineage-folder.ts";
import { makeFolder } from "./make-folder.ts";

/** What Rounds writes, by kind. */
export type MadeKind =
  | "table"
  | "documents"
  | "shards"
  | "run"
  | "model"
  | "results"
  | "samples"
  | "figure"
  | "notebook"
  | "card"
  | "cache"
  | "sheet"
  | "temporary";

/** Something that Rounds writes. */
export interface Made {
  readonly kind: MadeKind;
  /** A file, or a folder with all that is in it. */
  readonly path: string;
  /** Files and folders that it is made from. */
  readonly from: readonly string[];
  /** Left out where its maker does not know: then also what lies in a folder that is declared restricted makes it so. */
  readonly sensitivity?: "public" | "restricted";
  /** What makes it: `writeTable`, `rounds evaluate`. */
  readonly step: string;
  /** Name in the catalogue, where it is known. */
  readonly dataset?: string;
}

/** The register's record of it; paths are absolute. */
export interface LineageRecord extends Made {
  readonly version: 1;
  readonly sensitivity: "public" | "restricted";
  readonly madeAt: string;
}

/**
 * Note that Rounds makes something from something, so that whoever must remove a source finds all that came of it, and
 * write it down in the audit log where that is to be.
 *
 * What is made of something restricted is noted as restricted. Call it before writing: a record of what was then not
 * written does no harm, the other way round does. A path that is written again has its newest record; a cache, which
 * grows, keeps one for each list of sources. Of more than 1,000 sources their folders are noted. Any number of
 * processes may note at once. Nothing of the data is in it but paths.
 *
 * @throws {DataError} something restricted cannot be noted or written down; public work goes on without
 */
export function recordMade(made: Made): void {
  const record = recordOf(made);
  keep(record);
  const { kind, path, sensitivity, step } = record;
  // What a cache keeps was asked of a model, which is written down.
  if (kind !== "cache")
    recordAudit({
      action: kind === "card" ? "card" : "export",
      subject: path.slice(-500),
      sensitivity,
      detail: { kind, step: step.slice(0, 500) },
    });
}

/** Note more sources of something that {@link recordMade} has written down already. */
export function addSources(made: Made): void {
  keep(recordOf(made));
}

function recordOf(made: Made): LineageRecord {
  checkFields("made", "a record with its kind, path and from", made, ["kind", "path", "from"]);
  const { kind, from, sensitivity, step, dataset } = made;
  const path = resolve(made.path);
  const sources = fewSources(from).filter((source) => source !== path);
  const isRestricted =
    sensitivity === "restricted" ||
    someRestricted(sources) ||
    (sensitivity === undefined && someDeclared(sources));
  return {
    version: 1,
    kind,
    path,
    from: sources,
    sensitivity: isRestricted ? "restricted" : "public",
    step,
    ...(dataset !== undefined && { dataset }),
    madeAt: new Date().toISOString(),
  };
}

function keep(record: LineageRecord): void {
  const folder = lineageFolder();
  const name = nameOf(identityOf(record.kind, record.path, record.from));
  const temporary = join(folder, `${name}.${process.pid}-${randomBytes(4).toString("hex")}.tmp`);
  try {
    writeIn(folder, temporary, JSON.stringify(record));
    renameSync(temporary, join(folder, `${name}.json`));
  } catch (error) {
    if (record.sensitivity === "public") return;
    const message = `The register ${folder} cannot be written, so nothing was made: ${(error as Error).message}`;
    throw new DataError(message, { path: folder }, { cause: error });
  }
}

/** Take a record out of the register, once what it names is removed. */
export function forgetMade({ kind, path, from }: LineageRecord): void {
  rmSync(join(lineageFolder(), `${nameOf(identityOf(kind, path, from))}.json`), { force: true });
}

/** A cache has a record for each list of sources. */
function identityOf(kind: MadeKind, path: string, sources: readonly string[]): string {
  return kind === "cache" ? [path, ...sources].join("\0") : path;
}

function nameOf(identity: string): string {
  return sha256(identity).slice(0, 32);
}

/**
 * What was noted last of a path itself; public where nothing was.
 *
 * @throws {DataError} another user's register: it may say that the path is restricted
 */
export function notedSensitivity(path: string): LineageRecord["sensitivity"] {
  return noted(path) ?? "public";
}

/**
 * As {@link notedSensitivity}, of the path or else of the nearest folder above it that Rounds wrote.
 *
 * @param folders what is known of folders already, so that each is looked up once for many paths
 */
export function notedSensitivityAbove(
  path: string,
  folders = new Map<string, LineageRecord["sensitivity"]>(),
): LineageRecord["sensitivity"] {
  const place = absolute(path);
  const found = noted(place);
  if (found !== undefined) return found;
  const folder = dirname(place);
  if (folder === place || isUrl(place)) return "public";
  const above = folders.get(folder) ?? notedSensitivityAbove(folder, folders);
  folders.set(folder, above);
  return above;
}

/** Undefined where nothing was noted; what is damaged counts as the stricter. */
function noted(path: string): LineageRecord["sensitivity"] | undefined {
  const folder = lineageFolder();
  let text: string;
  try {
    text = readFileSync(join(folder, `${nameOf(absolute(path))}.json`), "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    const message = `The register ${folder} cannot be read, so nobody can tell whether ${path} is restricted; ROUNDS_LINEAGE names another register`;
    throw new DataError(message, { path: folder }, { cause: error });
  }
  try {
    return (JSON.parse(text) as LineageRecord).sensitivity === "public" ? "public" : "restricted";
  } catch {
    return "restricted";
  }
}

/** Whether a source, or a folder it lies in, was noted as restricted. */
function someRestricted(sources: readonly string[]): boolean {
  const folders = new Map<string, LineageRecord["sensitivity"]>();
  return sources.some(
    (source) =>
      notedSensitivityAbove(source, folders) === "restricted" ||
      notedSensitivity(dirname(source)) === "restricted",
  );
}

/** Whether a source is, or lies in, a folder that is declared restricted. */
function someDeclared(sources: readonly string[]): boolean {
  const folders = new Map<string, string | undefined>();
  return sources.some(
    (source) =>
      !isUrl(source) &&
      [source, realPath(source)].some((path) => declarationAbove(path, folders) !== undefined),
  );
}

/** The folder is nearly always there. */
function writeIn(folder: string, path: string, text: string): void {
  const write = (): void => writeFileSync(path, text, { mode: 0o600, flag: "wx" });
  try {
    write();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    makeFolder(folder, { mode: 0o700 });
    write();
  }
}

/** A record that names more sources names their folders. */
const maximumSources = 1000;

function fewSources(from: readonly string[]): string[] {
  let sources = [...new Set(from.map(absolute))];
  while (sources.length > maximumSources) sources = [...new Set(sources.map((source) => dirname(source)))];
  return sources.toSorted();
}

/** What is no path, such as a URL, stays as it is. */
function absolute(source: string): string {
  return isUrl(source) ? source : resolve(source);
}

function isUrl(source: string): boolean {
  return /^[a-z][a-z0-9+.-]+:\/\//i.test(source);
}

/** All records in the order of their paths, of each path the newest; none where nothing was made yet. */
export function readLineage(folder = lineageFolder()): LineageRecord[] {
  checkText("folder", "the folder of a register", folder);
  const records: LineageRecord[] = [];
  for (const name of namesIn(folder)) {
    if (!name.endsWith(".json")) continue;
    try {
      const record = JSON.parse(readFileSync(join(folder, name), "utf8")) as LineageRecord;
      if (record.version === 1) records.push(record);
    } catch (error) {
      // Another process has just removed it.
      if ((error as NodeJS.ErrnoException).code === "ENOENT") continue;
      throw new DataError(
        `${join(folder, name)} is no record of lineage, perhaps since a machine stopped while it was written: what it told of is unknown. Remove it, and declare its folder with a .rounds-sensitivity file if restricted data was written then`,
        { path: join(folder, name) },
        { cause: error },
      );
    }
  }
  return records.toSorted(
    (left, right) => compare(left.path, right.path) || compare(left.madeAt, right.madeAt),
  );
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

/**
 * Upwards: the records of what a path was made from, its own first.
 *
 * A folder stands for all that is in it, so that a checkpoint's sources are its run's.
 */
export function madeFrom(path: string, records: readonly LineageRecord[] = readLineage()): LineageRecord[] {
  checkText("path", "a path", path);
  return follow(absolute(path), records, (place, record) => [overlaps(record.path, place), record.from]);
}

/** Downwards: the records of all that was made from a path, however many steps later, nearest first. */
export function madeOf(path: string, records: readonly LineageRecord[] = readLineage()): LineageRecord[] {
  checkText("path", "a path", path);
  return follow(absolute(path), records, (place, record) => [
    record.from.some((source) => overlaps(source, place)),
    [record.path],
  ]);
}

/** Breadth first: records that a place leads to, and the places that they lead to. */
function follow(
  start: string,
  records: readonly LineageRecord[],
  step: (place: string, record: LineageRecord) => readonly [boolean, readonly string[]],
): LineageRecord[] {
  const found = new Set<LineageRecord>();
  const seen = new Set([start]);
  const places = [start];
  for (const place of places) {
    for (const record of records) {
      if (found.has(record)) continue;
      const [leads, next] = step(place, record);
      if (!leads) continue;
      found.add(record);
      for (const each of next) {
        if (seen.has(each)) continue;
        seen.add(each);
        places.push(each);
      }
    }
  }
  return [...found];
}

/** Whether two paths are one, or one lies in the other. */
function overlaps(left: string, right: string): boolean {
  return left === right || left.startsWith(right + sep) || right.startsWith(left + sep);
}
