import { readFileSync } from "node:fs";
import { join } from "node:path";

import { checkPath } from "../core/check-path.ts";
import { DataError } from "../core/errors.ts";
import { readFailure } from "../core/read-failure.ts";
import { unknownName } from "../core/nearest-name.ts";
import { checkEntry } from "./check-entry.ts";

/**
 * How a data set's file is laid out; `json` is one JSON list of rows, `json-by-key` one JSON object that holds each
 * row under its key.
 */
export type DatasetFormat = "jsonl" | "json" | "json-by-key" | "csv" | "zip";

/** The layout of a question set's rows, see `lib/evals`. */
export type QuestionFormat = "medqa" | "medmcqa" | "mmlu" | "pubmedqa";

/** The layout of an instruct data set's rows, see `lib/instruct`. */
export type InstructFormatName = "question-answer" | "instruction" | "mts-dialog" | "aci-bench" | "opengpt";

/** Where a data set comes from: a repository, a full commit, and a path or glob within it. */
export interface DatasetSource {
  readonly repository: string;
  readonly path: string;
  readonly commit: string;
}

export interface DatasetColumn {
  readonly name: string;
  /** DuckDB SQL type. */
  readonly type: string;
  readonly description: string;
}

/** One data set of the catalogue: a single file, known by its SHA-256. */
export interface DatasetEntry {
  readonly name: string;
  readonly title: string;
  readonly sources: readonly DatasetSource[];
  /** Download address at the full commit, or null for a conversion, which a mirror alone can serve. */
  readonly url: string | null;
  /** Path within a mirror folder. */
  readonly mirrorPath: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly rows: number;
  /** SPDX expression. */
  readonly licence: string;
  readonly licenceNote?: string;
  /** A: may be shown and passed on with attribution. B: for tests and counts; its rows are not shown. */
  readonly tier: "A" | "B";
  readonly format: DatasetFormat;
  /** The column that a `json-by-key` file's keys become. */
  readonly keyColumn?: string;
  readonly questionFormat?: QuestionFormat;
  readonly instructFormat?: InstructFormatName;
  readonly sensitivity: "public" | "restricted";
  readonly schema: readonly DatasetColumn[];
  /** What a reader of this data should know first. */
  readonly traps: readonly string[];
  readonly attribution: string;
  /** File in `data/sample/` with the same columns that stands in for it, synthetic; null for none. */
  readonly sample: string | null;
}

/** The data sets that the project knows by name, in the order of their file. */
export interface Catalogue {
  readonly path: string;
  readonly entries: readonly DatasetEntry[];
  /** The folder that the entries' samples lie in. */
  readonly sampleFolder: string;
}

/** The project's own folder `data/`. */
export const dataFolder = join(import.meta.dirname, "..", "..", "data");

let ownCatalogue: Catalogue | undefined;

/**
 * Read a catalogue file; without a path, the project's own `data/sources.json`, read once.
 *
 * @throws {DataError} the file is missing, is not JSON, or an entry is not as declared above: the message
 *   names the entry, the field, what it must be and what it is
 *
 * @example
 * loadCatalogue().entries.map((entry) => entry.name).includes("pubmedqa-labelled") //=> true
 */
export function loadCatalogue(path?: string): Catalogue {
  if (path !== undefined) checkPath("path", path);
  if (path !== undefined) return readCatalogue(path);
  ownCatalogue ??= readCatalogue(join(dataFolder, "sources.json"));
  return ownCatalogue;
}

function readCatalogue(path: string): Catalogue {
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new DataError(`the catalogue ${path} ${readFailure(error)}`, { path }, { cause: error });
  }
  const { version, datasets, ...others } = (parsed ?? {}) as Record<string, unknown>;
  if (version !== 1 || !Array.isArray(datasets) || Object.keys(others).length > 0) {
    throw new DataError(`${path} must be {"version": 1, "datasets": [...]} and nothing else`, { path });
  }
  const entries = datasets.map((entry: unknown, index) => checkEntry(entry, index, path));
  const names = entries.map((entry) => entry.name);
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated !== undefined) throw new DataError(`${path} names ${repeated} twice`, { path });
  return { path, entries, sampleFolder: join(path, "..", "sample") };
}

/**
 * One entry of a catalogue by its name.
 *
 * @throws {ArgumentError} no such name; the nearest and all names are listed
 *
 * @example
 * findDataset("medmcqa-dev").rows //=> 4183
 */
export function findDataset(name: string, catalogue: Catalogue = loadCatalogue()): DatasetEntry {
  const entry = catalogue.entries.find((candidate) => candidate.name === name);
  if (entry !== undefined) return entry;
  throw unknownName(
    "name",
    name,
    catalogue.entries.map((candidate) => candidate.name),
  );
}
