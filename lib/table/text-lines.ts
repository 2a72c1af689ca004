import { createReadStream } from "node:fs";
import type { Readable } from "node:stream";
import { createGunzip, createZstdDecompress } from "node:zlib";
import { DataError } from "../core/errors.ts";
import type { Compression } from "./file-format.ts";

/** The bytes of a text file, unpacked. */
export function openText(path: string, compression: Compression): Readable {
  const raw = createReadStream(path, { highWaterMark: 1 << 20 });
  if (compression === "uncompressed") return raw;
  const unpacked = compression === "gzip" ? createGunzip() : createZstdDecompress();
  raw.once("error", (error) => unpacked.destroy(error));
  unpacked.once("close", () => raw.destroy());
  return raw.pipe(unpacked);
}

/**
 * Read a compressed file to its end and check its own checksum.
 *
 * DuckDB takes a file that was cut short for a shorter one, which would lose rows without a word.
 *
 * @throws {@link DataError} cut short or damaged
 */
export async function verifyCompressed(path: string, compression: Compression): Promise<void> {
  if (compression === "uncompressed") return;
  let unpackedBytes = 0;
  try {
    for await (const chunk of openText(path, compression)) unpackedBytes += (chunk as Buffer).length;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const place = `after ${unpackedBytes} bytes of text`;
    throw new DataError(
      `${path} is a damaged ${compression} file: ${reason} ${place}`,
      { path },
      { cause: error },
    );
  }
}

/** The lines of a text file with their numbers, from 1; memory holds one line. */
export async function* readLines(
  path: string,
  compression: Compression,
): AsyncGenerator<{ line: Buffer; lineNumber: number }, void, void> {
  let lineNumber = 0;
  let pending: Buffer[] = [];
  for await (const chunk of openText(path, compression) as AsyncIterable<Buffer>) {
    let start = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      pending.push(chunk.subarray(start, end));
      yield { line: Buffer.concat(pending), lineNumber: ++lineNumber };
      pending = [];
      start = end + 1;
    }
    pending.push(chunk.subarray(start));
  }
  const line = Buffer.concat(pending);
  if (line.length > 0) yield { line, lineNumber: ++lineNumber };
}

/** Size of a text file, unpacked, and of its longest line. */
export async function measureText(
  path: string,
  compression: Compression,
): Promise<{ bytes: number; longestLineBytes: number }> {
  let bytes = 0;
  let lineStart = 0;
  let longestLineBytes = 0;
  for await (const chunk of openText(path, compression) as AsyncIterable<Buffer>) {
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, end + 1)) {
      longestLineBytes = Math.max(longestLineBytes, bytes + end - lineStart);
      lineStart = bytes + end + 1;
    }
    bytes += chunk.length;
  }
  return { bytes, longestLineBytes: Math.max(longestLineBytes, bytes - lineStart) };
}
