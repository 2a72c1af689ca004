import { existsSync, lstatSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, dirname, join, resolve, sep } from "node:path";

import { approvalsFile } from "../../care/approvals.ts";
import { auditFile } from "../../core/audit-log.ts";
import { ArgumentError } from "../../core/errors.ts";
import { lineageFolder } from "../../core/lineage-folder.ts";
import { madeOf, type LineageRecord } from "../../core/lineage.ts";
import { unknownName } from "../../core/nearest-name.ts";
import { isShardFile } from "../../corpus/tokens/write-shards.ts";
import { loadCatalogue } from "../../data/catalogue.ts";
import { downloadFolder } from "../../data/fetch-dataset.ts";
import { reviewFiles } from "../../evals/review/review-sheet.ts";
import { projectRoot } from "../../jobs/project.ts";
import { strictest, type Sensitivity } from "../../table/sensitivity.ts";
import { realPath, realPlace, recordsByAnyName } from "./real-places.ts";

/** Something that Rounds made from a data set, to be removed. */
export interface Trace {
  readonly kind: LineageRecord["kind"] | "download";
  readonly path: string;
  /** What made it. */
  readonly step: string;
  /** Names of its files that are removed; absent where all of it is. */
  readonly files?: readonly string[];
}

/** Something that stays, and why. */
export interface Spared {
  readonly path: string;
  readonly reason: string;
}

export interface Traces {
  /** What is removed, the last made first, so that what is left of a purge that was cut short is found again. */
  readonly traces: readonly Trace[];
  /** Not Rounds' to remove: something of the user's is in it. */
  readonly refused: readonly Spared[];
  /** What may hold traces and cannot be told from the rest. */
  readonly left: readonly Spared[];
  readonly sensitivity: Sensitivity;
}

/**
 * Everything that the register says Rounds made from a data set, however many steps later, and its download.
 *
 * @param dataset a name of the catalogue, or the path of the user's own file or folder, which is never a trace itself
 * @throws {ArgumentError} no such name, and no such path that anything was made from
 */
export async function findTraces(
  dataset: string,
  records: readonly LineageRecord[],
  caches: "leave" | "remove",
): Promise<Traces> {
  const { roots, downloads, sensitivity } = rootsOf(dataset, records);
  const made = new Map<string, LineageRecord>();
  const named = recordsByAnyName(records);
  const variants = [...named.keys()];
  const noteMadeOf = (place: string): void => {
    for (const found of madeOf(place, variants)) {
      const record = named.get(found)!;
      made.set(record.path, record);
    }
  };
  for (const root of new Set([...roots, ...roots.map(realPath)])) noteMadeOf(root);
  for (const record of records) {
    if (record.dataset !== dataset && !made.has(record.path)) continue;
    made.set(record.path, record);
    for (const place of new Set([record.path, realPath(record.path)])) noteMadeOf(place);
  }
  const strictness = strictest([sensitivity, ...[...made.values()].map((record) => record.sensitivity)]);
  const ownCaches = records.filter(
    ({ kind, from, path }) => kind === "cache" && from.length === 0 && !made.has(path),
  );
  // What is asked of restricted data is kept apart, encrypted, and is worth less than the promise.
  const isRemoved = (record: LineageRecord): boolean =>
    caches === "remove" || (strictness === "restricted" && record.sensitivity === "restricted");
  for (const record of ownCaches) if (isRemoved(record)) made.set(record.path, record);
  const originals = [
    ...originalsOf(records, downloads),
    ...roots.filter((root) => !downloads.includes(root)),
  ];
  const refused: Spared[] = [];
  const left: Spared[] = ownCaches
    .filter((record) => !isRemoved(record))
    .map(({ path }) => ({ path, reason: unknownAnswers }));
  const traces: Trace[] = [];
  for (const { kind, path, step } of [...made.values()].toReversed()) {
    const reason =
      kind === "notebook" ? "a notebook is yours: clear its outputs" : reasonAgainst(path, originals);
    if (reason !== undefined) {
      if (existsSync(path)) refused.push({ path, reason });
      continue;
    }
    // First, since they are found by the name of what they were to become.
    traces.push(...(await unfinished(path)));
    const own = ownFilesOf(kind, step);
    const others = own === undefined ? [] : (await namesIn(path)).filter((name) => !own(name));
    if (others.length === 0) traces.push({ kind, path, step });
    else {
      const files = (await namesIn(path)).filter((name) => own!(name));
      traces.push({ kind, path, step, files });
      left.push({
        path,
        reason: `files that Rounds did not write lie in it: ${others.slice(0, 5).join(", ")}`,
      });
    }
  }
  for (const path of downloads.filter((folder) => existsSync(folder)))
    traces.push({ kind: "download", path, step: "fetchDataset" });
  return {
    traces,
    refused,
    left,
    sensitivity: strictness,
  };
}

function rootsOf(
  dataset: string,
  records: readonly LineageRecord[],
): { readonly roots: string[]; readonly downloads: string[]; readonly sensitivity: Sensitivity } {
  if (dataset === "") throw new ArgumentError("dataset", "a name of the catalogue, or a path", dataset);
  const { entries } = loadCatalogue();
  const entry = entries.find(({ name }) => name === dataset);
  if (entry !== undefined) {
    const download = downloadFolder(entry);
    const mirror = process.env["ROUNDS_DATA_MIRROR"];
    const mirrored = mirror === undefined || mirror === "" ? [] : [resolve(mirror, entry.mirrorPath)];
    return { roots: [download, ...mirrored], downloads: [download], sensitivity: entry.sensitivity };
  }
  const path = resolve(dataset);
  const isKnown = records.some(
    ({ dataset: name, from }) => name === dataset || from.some((each) => isWithin(each, path)),
  );
  if (!existsSync(path) && !isKnown)
    throw unknownName(
      "dataset",
      dataset,
      entries.map(({ name }) => name),
    );
  return { roots: [path], downloads: [], sensitivity: "public" };
}

/** What things were made from and Rounds did not make. */
function originalsOf(records: readonly LineageRecord[], downloads: readonly string[]): string[] {
  const made = [...records.map(({ path }) => path), ...downloads].flatMap((path) => [path, realPath(path)]);
  const isMade = (path: string) => made.some((held) => isWithin(path, held));
  const sources = new Set(records.flatMap(({ from }) => from));
  return [...sources].filter((source) => !isMade(source) && !isMade(realPath(source)));
}

function reasonAgainst(path: string, originals: readonly string[]): string | undefined {
  if (isLink(path) && existsSync(path))
    return `a link to ${realPath(path)}, where Rounds did not write: what it leads to is yours`;
  // A folder may be named by a link.
  const place = realPlace(path);
  const holds = (held: string) => isWithin(held, path) || isWithin(realPath(held), place);
  if (dirname(place) === sep || place === sep) return "a folder of the system";
  const own = [
    projectRoot,
    homedir(),
    process.cwd(),
    join(projectRoot, "lib"),
    process.execPath,
    lineageFolder(),
    auditFile(),
    resolve(approvalsFile()),
  ].find(holds);
  if (own !== undefined) return `${own} lies in it`;
  const original = originals.find(holds);
  return original === undefined ? undefined : `${original} is not made by Rounds`;
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
}

const unknownAnswers = "answers of a model, of which nobody can tell what they were asked about";

/**
 * Which files in a folder are Rounds', where the user names the folder and it may hold others; undefined where Rounds
 * makes the folder, and all in it is a trace.
 */
function ownFilesOf(kind: LineageRecord["kind"], step: string): ((name: string) => boolean) | undefined {
  if (step === "writeTokenShards") return isShardFile;
  if (kind === "sheet") return (name) => sheetFiles.some((own) => name === own || name.startsWith(`${own}.`));
  return undefined;
}

const sheetFiles: readonly string[] = Object.values(reviewFiles);

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}

/** What an interrupted writing leaves beside what it was to become. */
async function unfinished(path: string): Promise<Trace[]> {
  const name = basename(path);
  const beside = (await namesIn(dirname(path))).filter(
    (each) =>
      (each.startsWith(`${name}.`) || each.startsWith(`.${name}.`)) &&
      /(?:\.\d+-[0-9a-f]{8}\.tmp|\.\d+\.tmp|\.work)$/u.test(each),
  );
  return beside.map((each) => ({ kind: "temporary", path: join(dirname(path), each), step: "interrupted" }));
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}
