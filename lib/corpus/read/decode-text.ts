import { isUtf8 } from "node:buffer";
import { UnreadableError } from "./entry.ts";

export interface DecodeOptions {
  /** What becomes of bytes that are no text: the document fails, or they become U+FFFD and it is counted. */
  readonly invalidBytes: "fail" | "replace";
  /** Called once a document was mended. */
  readonly onReplaced: () => void;
}

/** All bytes of an entry; refused as soon as they are more than the limit. */
export async function readWhole(bytes: AsyncIterable<Buffer>, maximumBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let total = 0;
  for await (const chunk of bytes) {
    total += chunk.length;
    if (total > maximumBytes) throw tooLarge(maximumBytes);
    chunks.push(chunk);
  }
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, total);
}

export function tooLarge(maximumBytes: number): UnreadableError {
  return new UnreadableError(`larger than ${maximumBytes} bytes (option "maximumDocumentBytes")`);
}

/**
 * Bytes as text: UTF-8, or what `encoding` declares; the byte order mark is left out.
 *
 * @throws {UnreadableError} an unknown encoding, or bytes that are no text
 */
export function decodeWhole(bytes: Buffer, encoding: string, options: DecodeOptions): string {
  const decoder = textDecoder(encoding, options.invalidBytes === "fail");
  try {
    const text = decoder.decode(bytes);
    if (options.invalidBytes === "replace" && decoder.encoding === "utf-8" && !isUtf8(bytes)) {
      options.onReplaced();
    }
    return text;
  } catch {
    throw new UnreadableError(
      `not ${decoder.encoding}: first wrong byte at ${firstWrongByte(bytes, encoding)}`,
    );
  }
}

/** Decode a stream; `encodingOf` sees the first chunk. */
export async function* decodeStream(
  bytes: AsyncIterable<Buffer>,
  encodingOf: (head: Buffer) => string,
  options: DecodeOptions,
): AsyncGenerator<string, void, void> {
  let decoder: TextDecoder | undefined;
  let position = 0;
  let isMended = false;
  for await (const chunk of bytes) {
    decoder ??= textDecoder(encodingOf(chunk), options.invalidBytes === "fail");
    const text = decodePart(decoder, chunk, position);
    position += chunk.length;
    // A text may hold U+FFFD of its own: told as mended too, which errs on the loud side.
    if (!isMended && options.invalidBytes === "replace" && text.includes("\u{fffd}")) {
      isMended = true;
      options.onReplaced();
    }
    yield text;
  }
  if (decoder === undefined) return;
  const rest = decodePart(decoder, undefined, position);
  if (rest !== "") yield rest;
}

function decodePart(decoder: TextDecoder, chunk: Buffer | undefined, position: number): string {
  try {
    return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true });
  } catch {
    const end = position + (chunk?.length ?? 0);
    throw new UnreadableError(`not ${decoder.encoding}: a wrong byte between ${position} and ${end}`);
  }
}

function textDecoder(encoding: string, fatal: boolean): TextDecoder {
  try {
    return new TextDecoder(encoding, { fatal });
  } catch {
    throw new UnreadableError(`unknown text encoding ${JSON.stringify(encoding.slice(0, 40))}`);
  }
}

/** By halving: a prefix is text when a stream could begin with it. */
function firstWrongByte(bytes: Buffer, encoding: string): number {
  let good = 0;
  let bad = bytes.length;
  while (bad - good > 1) {
    const middle = good + Math.ceil((bad - good) / 2);
    try {
      textDecoder(encoding, true).decode(bytes.subarray(0, middle), { stream: true });
      good = middle;
    } catch {
      bad = middle;
    }
  }
  return good;
}

/** The encoding that XML or HTML declares in its first bytes; UTF-8 where it says nothing. */
export function declaredEncoding(head: Buffer): string {
  if (head[0] === 0xff && head[1] === 0xfe) return "utf-16le";
  if (head[0] === 0xfe && head[1] === 0xff) return "utf-16be";
  const start = head.subarray(0, 1024).toString("latin1");
  const found =
    /^(?:\xef\xbb\xbf)?<\?xml[^>]*?\sencoding\s*=\s*["']([\w.:-]+)["']/u.exec(start) ??
    /<meta[^>]+?charset\s*=\s*["']?([\w.:-]+)/iu.exec(start);
  return found?.[1] ?? "utf-8";
}
