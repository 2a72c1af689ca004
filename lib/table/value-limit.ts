import { DataError } from "../core/errors.ts";
import { asDataError, refusalText } from "./duckdb-file.ts";
import type { Compression } from "./file-format.ts";
import type { Relation } from "./relation.ts";
import { measureText } from "./text-lines.ts";

/** DuckDB's own limit for a JSON value, in bytes; its buffers are twice as large. */
const usualLimit = 16_777_216;

/** Largest value that is read, in bytes. */
const largestLimit = 1_073_741_824;

/**
 * Read JSON with DuckDB's usual limit for a value, and once more with what the files need when one is larger.
 *
 * @param explain looks for a better error than DuckDB's own, and throws it
 * @throws {@link DataError} what DuckDB refuses, or a value of more than 1 GiB
 */
export async function withValueLimit(
  files: readonly string[],
  compression: Compression,
  isLines: boolean,
  read: (limitBytes: number) => Promise<Relation>,
  explain: (refusal: string) => Promise<void> = () => Promise.resolve(),
): Promise<Relation> {
  try {
    return await read(usualLimit).catch(async (error: unknown) => {
      if (!refusalText(error).includes("maximum_object_size")) throw error;
      return read(await neededLimit(files, compression, isLines));
    });
  } catch (error) {
    await explain(refusalText(error));
    throw asDataError(error, files);
  }
}

async function neededLimit(
  files: readonly string[],
  compression: Compression,
  isLines: boolean,
): Promise<number> {
  let needed = usualLimit;
  for (const path of files) {
    const { bytes, longestLineBytes } = await measureText(path, compression);
    const largest = (isLines ? longestLineBytes : bytes) + 1024;
    if (largest > largestLimit) {
      throw new DataError(`${path} holds a JSON value of ${largest} bytes; at most 1 GiB is read`, { path });
    }
    needed = Math.max(needed, largest);
  }
  return needed;
}
