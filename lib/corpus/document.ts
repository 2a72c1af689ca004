import { existsSync } from "node:fs";
import { isAbsolute } from "node:path";
import { checkIterable, checkText } from "../core/arguments.ts";
import { DataError } from "../core/errors.ts";
import { addSources, recordMade, type Made } from "../core/lineage.ts";
import { writeFileAtomically } from "../core/write-file-atomically.ts";
import type { Sensitivity } from "../table/sensitivity.ts";
import { readLines } from "../table/text-lines.ts";

/** What is known of a document besides its text; plain JSON, so that it can be written and read again. */
export type Metadata = Readonly<Record<string, MetadataValue>>;
export type MetadataValue = string | number | boolean | null | readonly string[];

/** One text of a corpus: what every step takes and gives. */
export interface Document {
  /** Unique in its corpus. */
  readonly id: string;
  /** Well-formed Unicode; an empty line between paragraphs, headings begin with `#`. */
  readonly text: string;
  /** The file it came from, and the place in an archive after `!/`. */
  readonly source: string;
  /** SPDX identifier or expression, or a family as in "CC-BY" where no version is told; null: not known. */
  readonly licence: string | null;
  readonly metadata: Metadata;
  /** A restricted document's text is never saved with a notebook. */
  readonly sensitivity: Sensitivity;
}

/** Documents that are read once, with a report that is whole when they have all been read. */
export interface DocumentStream<Report> extends AsyncIterable<Document> {
  /** Counts so far; the same object all the time. */
  readonly report: Report;
}

/**
 * One line of JSON for a document, without the line feed; {@link parseDocument} reads it.
 *
 * Half surrogate pairs, which UTF-8 cannot hold, become U+FFFD.
 */
export function documentLine(document: Document): string {
  const { id, text, source, licence, metadata, sensitivity } = document;
  return JSON.stringify({ id, text: text.toWellFormed(), source, licence, metadata, sensitivity });
}

/**
 * Read what {@link documentLine} wrote.
 *
 * @throws {DataError} no JSON, or a field that is missing or of another type
 */
export function parseDocument(line: string, location: { path: string; row?: number }): Document {
  const place = location.row === undefined ? location.path : `${location.path}, line ${location.row}`;
  const fail = (reason: string) => new DataError(`${place}: ${reason}`, location);
  let value: Partial<Document> | null;
  try {
    value = JSON.parse(line) as Partial<Document> | null;
  } catch {
    // The cause would quote the line, which may be restricted.
    throw fail("not JSON");
  }
  if (typeof value !== "object" || value === null) throw fail("not an object");
  const { id, text, source, licence, metadata, sensitivity } = value;
  if (typeof id !== "string" || id === "") throw fail('"id" must be a text that is not empty');
  if (typeof text !== "string") throw fail('"text" must be a text');
  if (typeof source !== "string") throw fail('"source" must be a text');
  if (licence !== null && typeof licence !== "string") throw fail('"licence" must be a text or null');
  if (typeof metadata !== "object" || metadata === null) throw fail('"metadata" must be an object');
  if (sensitivity !== "public" && sensitivity !== "restricted") {
    throw fail('"sensitivity" must be "public" or "restricted"');
  }
  return { id, text, source, licence, metadata, sensitivity };
}

/** The file that a document's source names: an entry of an archive is in the archive. */
function fileOfSource(source: string): string {
  const end = source.indexOf("!/");
  return end < 0 ? source : source.slice(0, end);
}

/** The files that sources of documents name; what is no file, such as the name of a data set, is left out. */
export function filesOfSources(sources: Iterable<string>): string[] {
  const files = new Set([...sources].map(fileOfSource));
  return [...files].filter((file) => isAbsolute(file) || file.includes("://") || existsSync(file));
}

/**
 * Write documents as JSON Lines, one after another; the path never holds half of them.
 *
 * @returns how many were written
 *
 * @example
 * await writeDocuments("clean.jsonl", filterDocuments(documents, rules))
 */
export async function writeDocuments(
  path: string,
  documents: AsyncIterable<Document> | Iterable<Document>,
): Promise<number> {
  checkText("path", "the path of a file", path);
  checkIterable("documents", "documents", documents);
  let count = 0;
  const from = new Set<string>();
  let sensitivity: Sensitivity = "public";
  const made = (): Made => ({
    kind: "documents",
    path,
    from: filesOfSources(from),
    sensitivity,
    step: "writeDocuments",
  });
  async function* lines(): AsyncGenerator<string> {
    let batch = "";
    for await (const document of documents) {
      batch += `${documentLine(document)}\n`;
      from.add(fileOfSource(document.source));
      if (document.sensitivity === "restricted" && sensitivity === "public") {
        sensitivity = "restricted";
        // Before the first of its text is on the disk.
        recordMade(made());
      }
      count++;
      if (batch.length < writeCharacters) continue;
      yield batch;
      batch = "";
    }
    if (sensitivity === "public") recordMade(made());
    else addSources(made());
    yield batch;
  }
  await writeFileAtomically(path, lines());
  return count;
}

const writeCharacters = 1 << 20;

/**
 * Read documents that {@link writeDocuments} wrote; memory holds one.
 *
 * @throws {DataError} a line that holds no document; use `readDocuments` for files of others
 */
export async function* readDocumentLines(path: string): AsyncGenerator<Document, void, void> {
  checkText("path", "the path of a file", path);
  const decoder = new TextDecoder("utf-8", { fatal: true });
  for await (const { line, lineNumber } of readLines(path, "uncompressed")) {
    let text: string;
    try {
      text = decoder.decode(line);
    } catch (cause) {
      const message = `${path}, line ${lineNumber}: text that is not UTF-8`;
      throw new DataError(message, { path, row: lineNumber }, { cause });
    }
    if (text.trim() !== "") yield parseDocument(text, { path, row: lineNumber });
  }
}
