import { Readable } from "node:stream";
import { createGunzip, createZstdDecompress } from "node:zlib";
import { extensionOf, findFormat } from "./document-format.ts";
import type { Entry, RefusedEntry } from "./entry.ts";
import { UnreadableError } from "./entry.ts";
import { fileBytes } from "./find-document-files.ts";
import type { DocumentFile } from "./find-document-files.ts";
import { peek } from "./peek.ts";
import { tarEntries } from "./tar-entries.ts";
import { zipEntries } from "./zip-entries.ts";

export interface OpenOptions {
  readonly maximumDocumentBytes: number;
  readonly onBytes: (count: number) => void;
  readonly signal: AbortSignal | undefined;
}

/**
 * The entries of a file: itself, what it is compressed from, or the files of a zip or tar archive.
 *
 * What the bytes are is told by the bytes. Archives in archives are refused.
 *
 * @throws {UnreadableError} a damaged archive; the entries before the damage were given
 */
export async function* openEntries(
  file: DocumentFile,
  options: OpenOptions,
): AsyncGenerator<Entry | RefusedEntry, void, void> {
  const { path, name, isNamed } = file;
  if (file.bytes === 0) {
    yield { source: path, refused: "empty (0 bytes)" };
    return;
  }
  const raw = await peek(fileBytes(path, options.onBytes, options.signal));
  const packing = packingOf(raw.head);
  // Office files and books are zip files too; their names tell that they are no archive of documents.
  if (packing === "zip" && ["zip", ""].includes(extensionOf(name))) {
    await raw.bytes.return?.();
    yield* zipEntries(file, options);
    return;
  }
  const bytes = packing === "gzip" || packing === "zstd" ? unpacked(raw.bytes, packing) : raw.bytes;
  const inner = await peek(bytes);
  if (isTar(inner.head)) yield* tarEntries(file, inner.bytes, options);
  else {
    const held = inner.bytes;
    const place = bytes === raw.bytes ? { path } : { path: undefined, packedPath: path };
    yield { source: path, name, ...place, isNamed, bytes: held };
    await held.return?.();
  }
}

export function packingOf(head: Buffer): "zip" | "gzip" | "zstd" | undefined {
  if (head.length < 4) return undefined;
  if (head.readUInt32LE(0) === 0x04034b50 || head.readUInt32LE(0) === 0x06054b50) return "zip";
  if (head.readUInt16LE(0) === 0x8b1f) return "gzip";
  return head.readUInt32LE(0) === 0xfd2fb528 ? "zstd" : undefined;
}

function isTar(head: Buffer): boolean {
  return head.subarray(257, 262).toString("latin1") === "ustar" && findFormat("", head) === undefined;
}

async function* unpacked(
  bytes: AsyncIterable<Buffer>,
  packing: "gzip" | "zstd",
): AsyncGenerator<Buffer, void, void> {
  const source = Readable.from(bytes, { objectMode: false });
  const unpacker = packing === "gzip" ? createGunzip({ chunkSize: 1 << 18 }) : createZstdDecompress();
  source.once("error", (error) => unpacker.destroy(error));
  source.pipe(unpacker);
  try {
    yield* unpacker as AsyncIterable<Buffer>;
  } catch (error) {
    throw new UnreadableError(`a damaged ${packing} file: ${(error as Error).message}`, { cause: error });
  } finally {
    source.destroy();
  }
}
