import type { Readable } from "node:stream";
import { crc32 } from "node:zlib";
import { getFileNameLowLevel, openPromise } from "yauzl";
import type { Entry as ZipEntry, ZipFile } from "yauzl";
import { tooLarge } from "./decode-text.ts";
import { harmlessBytes, maximumExpansion, nameProblem } from "./entry-name.ts";
import { UnreadableError } from "./entry.ts";
import type { Entry, RefusedEntry } from "./entry.ts";
import type { DocumentFile } from "./find-document-files.ts";

const symbolicLinkMode = 0o120000;

/**
 * The files of a zip archive in the order of its directory; memory holds one piece of one file.
 *
 * Refused one by one: encrypted files, names that lead out, files that grow past the limits. Sizes and checksums
 * are checked while reading. An archive whose files overlap (a "better zip bomb") is refused as a whole.
 */
export async function* zipEntries(
  file: DocumentFile,
  options: { readonly maximumDocumentBytes: number; readonly onBytes: (count: number) => void },
): AsyncGenerator<Entry | RefusedEntry, void, void> {
  const zip = await openPromise(file.path, {
    lazyEntries: true,
    autoClose: false,
    decodeStrings: false,
  }).catch((error: unknown) => {
    throw new UnreadableError(`a damaged zip archive: ${(error as Error).message}`, { cause: error });
  });
  let packedBytes = 0;
  try {
    for await (const entry of entriesOf(zip)) {
      // Undecoded strings keep a bad name from ending the whole archive.
      const name = getFileNameLowLevel(
        entry.generalPurposeBitFlag,
        entry.fileName as unknown as Buffer,
        entry.extraFields,
        false,
      );
      if (name.endsWith("/")) continue;
      const source = `${file.path}!/${name}`;
      packedBytes += entry.compressedSize;
      if (packedBytes > file.bytes) throw new UnreadableError("a zip archive whose files overlap");
      const refused = problemOf(entry, name, options.maximumDocumentBytes);
      if (refused !== undefined) yield { source, refused };
      else
        yield {
          source,
          name: `${file.name}!/${name}`,
          path: undefined,
          isNamed: false,
          bytes: contentOf(zip, entry),
        };
      options.onBytes(entry.compressedSize);
    }
  } finally {
    zip.close();
  }
}

async function* entriesOf(zip: ZipFile): AsyncGenerator<ZipEntry, void, void> {
  for (;;) {
    const next = Promise.withResolvers<ZipEntry | undefined>();
    const onEntry = (entry: ZipEntry) => next.resolve(entry);
    const onEnd = () => next.resolve(undefined);
    const onError = (error: Error) =>
      next.reject(new UnreadableError(`a damaged zip archive: ${error.message}`, { cause: error }));
    zip.once("entry", onEntry).once("end", onEnd).once("error", onError);
    zip.readEntry();
    try {
      const entry = await next.promise;
      if (entry === undefined) return;
      yield entry;
    } finally {
      zip.off("entry", onEntry).off("end", onEnd).off("error", onError);
    }
  }
}

function problemOf(entry: ZipEntry, name: string, maximumBytes: number): string | undefined {
  const bad = nameProblem(name);
  if (bad !== undefined) return bad;
  if (entry.isEncrypted()) return "encrypted";
  if (((entry.externalFileAttributes >>> 16) & 0o170000) === symbolicLinkMode) return "a symbolic link";
  if (entry.uncompressedSize > maximumBytes) return tooLarge(maximumBytes).message;
  const isBomb = entry.uncompressedSize > Math.max(harmlessBytes, entry.compressedSize * maximumExpansion);
  return isBomb ? `grows more than ${maximumExpansion} times when unpacked` : undefined;
}

async function* contentOf(zip: ZipFile, entry: ZipEntry): AsyncGenerator<Buffer, void, void> {
  let checksum = 0;
  let stream: Readable | undefined;
  try {
    stream = await zip.openReadStreamPromise(entry);
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      checksum = crc32(chunk, checksum);
      yield chunk;
    }
  } catch (error) {
    throw new UnreadableError(`damaged in the zip archive: ${(error as Error).message}`, { cause: error });
  } finally {
    stream?.destroy();
  }
  if (checksum !== entry.crc32) throw new UnreadableError("damaged in the zip archive: the checksum differs");
}
