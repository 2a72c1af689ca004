import { decodeWhole, tooLarge } from "./decode-text.ts";
import type { DecodeOptions } from "./decode-text.ts";
import { UnreadableError } from "./entry.ts";
import type { ParseOutcome } from "./entry.ts";
import { parseRecord } from "./record.ts";
import type { RecordOptions } from "./record.ts";

/** The documents of JSON Lines; a broken line fails alone, empty lines do not count. */
export async function* parseJsonLines(
  bytes: AsyncIterable<Buffer>,
  options: RecordOptions & DecodeOptions & { readonly maximumDocumentBytes: number },
): AsyncGenerator<ParseOutcome, void, void> {
  let lineNumber = 0;
  for await (const line of linesOf(bytes, options.maximumDocumentBytes)) {
    const place = `line ${++lineNumber}`;
    if (line === "too large") {
      yield { place, reason: tooLarge(options.maximumDocumentBytes).message };
      continue;
    }
    try {
      const text = decodeWhole(line, "utf-8", options);
      if (text.trim() !== "") yield parseRecord(JSON.parse(text), place, options);
    } catch (error) {
      // What JSON.parse says quotes the line, which may be restricted.
      yield { place, reason: error instanceof UnreadableError ? error.message : "not JSON" };
    }
  }
}

/** Lines without their line feeds; one that is over the limit is passed over without being held. */
async function* linesOf(
  bytes: AsyncIterable<Buffer>,
  maximumBytes: number,
): AsyncGenerator<Buffer | "too large", void, void> {
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  const add = (part: Buffer) => {
    pendingBytes += part.length;
    if (pendingBytes > maximumBytes) pending = [];
    else pending.push(part);
  };
  const take = () => {
    const line =
      pendingBytes > maximumBytes ? "too large" : pending.length === 1 ? pending[0]! : Buffer.concat(pending);
    pending = [];
    pendingBytes = 0;
    return line;
  };
  for await (const chunk of bytes) {
    let start = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      add(chunk.subarray(start, end));
      yield take();
      start = end + 1;
    }
    if (start < chunk.length) add(chunk.subarray(start));
  }
  if (pendingBytes > 0) yield take();
}
