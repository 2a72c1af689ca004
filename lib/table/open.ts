import { existsSync } from "node:fs";
import { recordAudit } from "../core/audit-log.ts";
import { declaredSensitivity } from "../core/declared-sensitivity.ts";
import { ArgumentError, DataError } from "../core/errors.ts";
import { booleanOption, checkOptions } from "../core/options.ts";
import { findDataset } from "./datasets.ts";
import { detectFormat, fileFormats } from "./file-format.ts";
import type { FileFormat, FileKind } from "./file-format.ts";
import { findFiles } from "./find-files.ts";
import { hideValues } from "./hide-values.ts";
import { readArrow } from "./read-arrow.ts";
import { readCsv } from "./read-csv.ts";
import type { CsvOptions } from "./read-csv.ts";
import { readJson } from "./read-json.ts";
import { readKeyedJson } from "./read-keyed-json.ts";
import { readParquet } from "./read-parquet.ts";
import type { Relation } from "./relation.ts";
import { openRemote } from "./remote.ts";
import { strictest } from "./sensitivity.ts";
import type { Sensitivity } from "./sensitivity.ts";
import { Table } from "./table.ts";
import { verifyCompressed } from "./text-lines.ts";

/** How files are opened; what is left out is found from the files, or comes from the catalogue. */
export interface OpenOptions extends CsvOptions {
  /** Of the data, unless the catalogue or a folder says that it is restricted. @default what these say, else "public" */
  readonly sensitivity?: Sensitivity | undefined;
  /** @default by the name's extension, else by the first bytes */
  readonly format?: FileFormat | undefined;
  /** For JSON that is one object of objects: the column that takes its keys. */
  readonly keyed?: string | undefined;
}

const openRules = {
  sensitivity: optional('"public" or "restricted"', (value) => value === "public" || value === "restricted"),
  format: optional(`one of ${fileFormats.join(", ")}`, (value) => fileFormats.includes(value as FileFormat)),
  keyed: optional("a name for the column of keys", isText),
  header: booleanOption(undefined),
  delimiter: optional("one character", (value) => isText(value) && value.length === 1),
  types: optional(
    "an object of SQL types by column",
    (value) => isObject(value) && Object.values(value).every(isText),
  ),
};

function optional(expected: string, accepts: (value: unknown) => boolean) {
  return { expected, default: undefined, accepts };
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/**
 * Open a data set of the catalogue, a file, a folder, a glob or a list of these as one lazy table; or Parquet files of a
 * cluster, as `"NAME:/absolute/path"`, whose queries then run there and bring only the rows that they ask for.
 *
 * Parquet, JSON Lines, JSON, CSV, TSV (these with .gz or .zst too) and Arrow IPC. Of Parquet only the footers are
 * read; JSON and CSV are read through once to find their types, compressed files also to check that they are whole.
 *
 * @throws {@link DataError} nothing there, an empty or damaged file, a broken line, a column that changes its type
 * A restricted table is written down in the audit log, or not opened.
 *
 * @throws {@link ArgumentError} a name that the catalogue does not have, or a wrong option
 *
 * @example
 * const papers = await open<{ pmid: string; text: string }>("corpus/*.jsonl.gz");
 */
export async function open<Row = Record<string, unknown>>(
  nameOrPath: string | readonly string[],
  options: OpenOptions = {},
): Promise<Table<Row>> {
  checkOptions(options, openRules);
  const isName = typeof nameOrPath === "string" && !existsSync(nameOrPath);
  const remote = isName ? await openRemote(nameOrPath, options.sensitivity) : undefined;
  if (remote !== undefined) return remoteTable(remote, nameOrPath as string, options);
  const dataset = isName ? await findDataset(nameOrPath) : undefined;
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  const merged: OpenOptions = { ...dataset, ...Object.fromEntries(given) };
  const files = await findFiles(dataset?.path ?? nameOrPath);
  const kind = await oneKind(files, merged.format);
  // An option can make a data set restricted, never public again.
  const declared = declaredSensitivity(files, options.sensitivity);
  const wanted = strictest([dataset?.sensitivity ?? "public", declared]);
  const reading = readFiles(files, kind, merged);
  const verifying = Promise.all(files.map((file) => verifyCompressed(file, kind.compression)));
  // Both run at once; damage is told before what a reader makes of the damaged text.
  await Promise.allSettled([reading, verifying]);
  await verifying;
  const relation = await reading.catch((error: unknown) => {
    throw wanted === "restricted" ? hideValues(error) : error;
  });
  relation.noteFiles(files);
  const sensitivity = relation.isRestricted ? "restricted" : wanted;
  const source = dataset?.source ?? [nameOrPath].flat().join(", ");
  auditOpening(source, sensitivity, files.length);
  return new Table<Row>(relation, { sensitivity, source });
}

/** @throws {@link ArgumentError} an option that is for files read here */
function remoteTable<Row>(relation: Relation, source: string, options: OpenOptions): Table<Row> {
  const { sensitivity = "public", ...others } = options;
  for (const [name, value] of Object.entries(others)) {
    if (value !== undefined && !(name === "format" && value === "parquet"))
      throw new ArgumentError(name, "left out for files of a cluster, which are Parquet", value);
  }
  const strict = relation.isRestricted ? "restricted" : sensitivity;
  auditOpening(source, strict, 1);
  return new Table<Row>(relation, { sensitivity: strict, source });
}

function auditOpening(source: string, sensitivity: Sensitivity, files: number): void {
  recordAudit({ action: "open", subject: source.slice(0, 500), sensitivity, detail: { files } });
}

async function oneKind(files: readonly string[], declared: FileFormat | undefined): Promise<FileKind> {
  const kinds = await Promise.all(files.map((file) => detectFormat(file, declared)));
  const first = kinds[0]!;
  const other = kinds.findIndex(
    (kind) => kind.format !== first.format || kind.compression !== first.compression,
  );
  if (other < 0) return first;
  const describe = (index: number) => {
    const { format, compression } = kinds[index]!;
    return `${files[index]!} is ${format}${compression === "uncompressed" ? "" : ` in ${compression}`}`;
  };
  const message = `the files are of different formats: ${describe(0)}, ${describe(other)}; name one kind by a glob`;
  throw new DataError(message, { path: files[other]! });
}

function readFiles(files: readonly string[], kind: FileKind, options: OpenOptions): Promise<Relation> {
  const { format, compression } = kind;
  if (options.keyed !== undefined) {
    if (format === "json") return readKeyedJson(files, compression, options.keyed, options);
    throw new ArgumentError("keyed", `left out for ${format} files: it is for JSON`, options.keyed);
  }
  switch (format) {
    case "parquet":
      return readParquet(files);
    case "jsonl":
    case "json":
      return readJson(files, compression, { ...options, isLines: format === "jsonl" });
    case "csv":
      return readCsv(files, compression, options);
    case "tsv":
      return readCsv(files, compression, { delimiter: "\t", ...options });
    case "arrow":
      return readArrow(files);
  }
}
