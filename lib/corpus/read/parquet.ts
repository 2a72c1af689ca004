import { open } from "../../table/open.ts";
import { UnreadableError } from "./entry.ts";
import type { Entry, ParseOutcome } from "./entry.ts";
import { parseRecord } from "./record.ts";
import type { RecordOptions } from "./record.ts";

/** The rows of a Parquet file, streamed; it is read from its end, so it must lie on the disk as it is. */
export async function* parseParquet(
  entry: Entry,
  options: RecordOptions,
): AsyncGenerator<ParseOutcome, void, void> {
  if (entry.path === undefined)
    throw new UnreadableError("Parquet in an archive or compressed file; unpack it");
  const table = await open(entry.path, { format: "parquet" });
  const columns = (await table.columns()).map(({ name }) => name);
  if (!columns.includes(options.textField)) {
    throw new UnreadableError(
      `no column "${options.textField}" (option "textField") among ${columns.join(", ")}`,
    );
  }
  let row = 0;
  for await (const record of table) {
    const outcome = parseRecord(record, `row ${++row}`, options);
    const isMarked = "text" in outcome && table.sensitivity === "restricted";
    yield isMarked ? { ...outcome, sensitivity: "restricted" } : outcome;
  }
}
