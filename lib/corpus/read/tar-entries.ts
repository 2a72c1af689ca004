import { Readable } from "node:stream";
import { extract } from "tar-stream";
import { tooLarge } from "./decode-text.ts";
import { nameProblem } from "./entry-name.ts";
import { UnreadableError } from "./entry.ts";
import type { Entry, RefusedEntry } from "./entry.ts";
import type { DocumentFile } from "./find-document-files.ts";

/**
 * The files of a tar archive in order; memory holds one piece of one file.
 *
 * Refused one by one: names that lead out, links, devices, files over the limit.
 */
export async function* tarEntries(
  file: DocumentFile,
  bytes: AsyncIterable<Buffer>,
  options: { readonly maximumDocumentBytes: number },
): AsyncGenerator<Entry | RefusedEntry, void, void> {
  const source = Readable.from(bytes, { objectMode: false });
  const archive = extract();
  // The reason that unpacking gave, which tar-stream would pass on as it is.
  source.once("error", (error) => archive.destroy(error));
  source.pipe(archive);
  try {
    for await (const held of archive) {
      const { name, size = 0, type } = held.header;
      const place = `${file.path}!/${name}`;
      const refused =
        type === "directory"
          ? undefined
          : (nameProblem(name) ?? kindProblem(type) ?? sizeProblem(size, options));
      if (refused !== undefined) yield { source: place, refused };
      else if (type !== "directory") {
        yield {
          source: place,
          name: `${file.name}!/${name}`,
          path: undefined,
          isNamed: false,
          bytes: held as AsyncIterable<Buffer>,
        };
      }
      held.resume();
    }
  } catch (error) {
    if (error instanceof UnreadableError) throw error;
    throw new UnreadableError(`a damaged tar archive: ${(error as Error).message}`, { cause: error });
  } finally {
    source.destroy();
  }
}

function kindProblem(type: string | null | undefined): string | undefined {
  return type === "file" || type === "contiguous-file" ? undefined : `a ${type ?? "thing"} and no file`;
}

function sizeProblem(size: number, options: { readonly maximumDocumentBytes: number }): string | undefined {
  return size > options.maximumDocumentBytes ? tooLarge(options.maximumDocumentBytes).message : undefined;
}
