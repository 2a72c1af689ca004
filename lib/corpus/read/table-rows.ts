import { findDelimiter, readCsvHeader } from "../../table/csv-header.ts";
import { detectFormat } from "../../table/file-format.ts";
import { open } from "../../table/open.ts";
import type { Sensitivity } from "../../table/sensitivity.ts";
import { UnreadableError } from "./entry.ts";
import type { Entry, ParseOutcome } from "./entry.ts";
import { parseRecord } from "./record.ts";
import type { RecordOptions } from "./record.ts";

export interface TableRowOptions extends RecordOptions {
  /** What is wrong in a restricted file is told without its words. */
  readonly sensitivity?: Sensitivity | undefined;
}

/** The rows of a CSV or Parquet file, streamed; the table engine reads it again, so it must lie on the disk. */
export async function* parseTable(
  entry: Entry,
  format: "csv" | "parquet",
  options: TableRowOptions,
): AsyncGenerator<ParseOutcome, void, void> {
  const path = entry.path ?? (format === "csv" ? entry.packedPath : undefined);
  if (path === undefined) throw new UnreadableError(`${format} in an archive or compressed file; unpack it`);
  const { textField, sensitivity } = options;
  const table = await open(path, {
    ...(format === "csv" ? await asTexts(path) : { format }),
    ...(sensitivity === "restricted" && { sensitivity }),
  });
  const columns = (await table.columns()).map(({ name }) => name);
  if (!columns.includes(textField)) {
    throw new UnreadableError(`no column "${textField}" (option "textField") among ${columns.join(", ")}`);
  }
  let row = 0;
  for await (const record of table) {
    const outcome = parseRecord(record, `row ${++row}`, options);
    const isMarked = "text" in outcome && table.sensitivity === "restricted";
    yield isMarked ? { ...outcome, sensitivity: "restricted" } : outcome;
  }
}

/** Whether a CSV file has the texts' column; one in an archive cannot be read. */
export async function holdsTexts(entry: Entry, textField: string): Promise<boolean> {
  const path = entry.path ?? entry.packedPath;
  return path !== undefined && Object.hasOwn((await asTexts(path)).types, textField);
}

/** Each column of a CSV file as it stands: an id "007" is not the number 7. */
async function asTexts(path: string) {
  const { format, compression } = await detectFormat(
    path,
    /\.tsv(?:\.gz|\.zst)?$/iu.test(path) ? "tsv" : "csv",
  );
  const delimiter = format === "tsv" ? "\t" : await findDelimiter(path, compression);
  const names = await readCsvHeader(path, compression, delimiter, true);
  return { format, delimiter, types: Object.fromEntries(names.map((name) => [name, "VARCHAR"])) };
}
