import { isAudited, recordAudit } from "../../core/audit-log.ts";
import { declaredSensitivity } from "../../core/declared-sensitivity.ts";
import { ArgumentError, DataError } from "../../core/errors.ts";
import {
  callbackOption,
  checkOptions,
  choiceOption,
  integerOption,
  objectOption,
  textOption,
} from "../../core/options.ts";
import { strictest } from "../../table/sensitivity.ts";
import type { Sensitivity } from "../../table/sensitivity.ts";
import type { Document, DocumentStream } from "../document.ts";
import { KeyTable } from "../key-table.ts";
import { documentFormats, extensionOf, findFormat } from "./document-format.ts";
import type { DocumentFormat } from "./document-format.ts";
import type { Entry, ParsedDocument, RefusedEntry } from "./entry.ts";
import { findDocumentFiles } from "./find-document-files.ts";
import type { DocumentFile } from "./find-document-files.ts";
import { openEntries, packingOf } from "./open-entries.ts";
import { parseEntry } from "./parse-entry.ts";
import { peek } from "./peek.ts";
import { countOne, emptyReadReport, maximumFailuresKept } from "./read-report.ts";
import type { ReadFailure, ReadReport } from "./read-report.ts";
import { holdsTexts } from "./table-rows.ts";

export interface ReadDocumentsOptions {
  /** Of all files. @default by each file's content and name */
  readonly format?: DocumentFormat;
  /** Tables of JATS articles. @default "keep" */
  readonly tables?: "keep" | "drop";
  /** Titles of JATS sections to leave out with all below them, whatever their case. @default none */
  readonly leaveOutSections?: readonly string[];
  /** Field of JSON Lines, CSV and Parquet that holds the text. @default "text" */
  readonly textField?: string;
  /** Field of JSON Lines, CSV and Parquet that holds the identifier. @default "id" */
  readonly idField?: string;
  /** Licence (SPDX) of the documents that tell none themselves. @default not known */
  readonly licence?: string;
  /** Of all documents; one that is restricted by itself, or by its folder, stays so. @default "public" */
  readonly sensitivity?: Sensitivity;
  /** What a second document of the same id becomes: one with `#2` after the id, or an error. @default "suffix" */
  readonly duplicateIds?: "suffix" | "error";
  /** What bytes that are no text do: fail their document, or become U+FFFD, counted. @default "fail" */
  readonly invalidBytes?: "fail" | "replace";
  /** Larger documents fail, unpacked bytes each. @default 268,435,456 (256 MiB) */
  readonly maximumDocumentBytes?: number;
  /** Called for each failure, also those past the 1,000 that the report keeps. */
  readonly onFailure?: (failure: ReadFailure) => void;
  /** Called every 200 ms and at the end with the report, whose bytes tell the progress. */
  readonly onProgress?: (report: ReadReport) => void;
  /** Stops the reading with the signal's reason. */
  readonly signal?: AbortSignal;
}

const optionRules = {
  format: choiceOption<DocumentFormat, undefined>(undefined, documentFormats),
  tables: choiceOption("keep", ["keep", "drop"]),
  leaveOutSections: objectOption<readonly string[]>(
    "a list of titles",
    (value) => Array.isArray(value) && value.every((title) => typeof title === "string"),
  ),
  textField: textOption("text"),
  idField: textOption("id"),
  licence: textOption(undefined),
  sensitivity: choiceOption<Sensitivity>("public", ["public", "restricted"]),
  duplicateIds: choiceOption<"suffix" | "error">("suffix", ["suffix", "error"]),
  invalidBytes: choiceOption<"fail" | "replace">("fail", ["fail", "replace"]),
  maximumDocumentBytes: integerOption(256 * 1024 * 1024, { minimum: 1, maximum: 2 ** 29 - 25 }),
  onFailure: callbackOption<(failure: ReadFailure) => void>(),
  onProgress: callbackOption<(report: ReadReport) => void>(),
  signal: objectOption<AbortSignal>("an AbortSignal", (value) => value instanceof AbortSignal),
};

const progressMilliseconds = 200;

type Checked = ReturnType<typeof checkOptions<typeof optionRules>>;

/**
 * Read the documents of files, folders, globs, and zip and tar archives, one after another.
 *
 * JATS, PubMed's XML, MedQuAD's XML, HTML, Markdown, plain text, wiki markup and MediaWiki dumps, JSON Lines, CSV and
 * Parquet, each also compressed (gzip, Zstandard) and all but CSV and Parquet also in archives. Files come in the order
 * given, those of a folder by name, so that two runs give the same. Nothing is fetched, run or unpacked to the disk.
 * A document that cannot be read is reported, counted and passed over; so is one without text. A CSV file of a folder
 * without the column of texts, or of an archive, is a table that lies beside documents, unless `format` is given.
 *
 * @throws {ArgumentError} a wrong option
 * @throws {DataError} while reading: nothing at a path; a second document of an id with `duplicateIds: "error"`
 *
 * @example
 * const documents = readDocuments("articles.zip", { tables: "drop" });
 * for await (const { id, text } of documents) console.log(id, text.length);
 * documents.report.failed //=> 0
 */
export function readDocuments(
  paths: string | readonly string[],
  options: ReadDocumentsOptions = {},
): DocumentStream<ReadReport> {
  const checked = checkOptions(options, optionRules);
  const list = typeof paths === "string" ? [paths] : paths;
  if (
    !Array.isArray(list) ||
    list.length === 0 ||
    list.some((path) => typeof path !== "string" || path === "")
  ) {
    throw new ArgumentError("paths", "a path or glob, or a list of these", paths);
  }
  const reader = new DocumentReader(list, checked, options.sensitivity);
  return { report: reader.report, [Symbol.asyncIterator]: () => reader.read() };
}

class DocumentReader {
  readonly report = emptyReadReport();
  readonly #paths: readonly string[];
  readonly #options: Checked;
  readonly #ids = new KeyTable();
  readonly #retracted = new KeyTable();
  readonly #given: Sensitivity | undefined;
  /** Of the file that is being read. */
  #sensitivity: Sensitivity = "public";
  #audited = "";
  #hasBegun = false;
  #toldAt = 0;

  constructor(paths: readonly string[], options: Checked, given: Sensitivity | undefined) {
    this.#given = given;
    this.#paths = paths;
    this.#options = options;
  }

  async *read(): AsyncGenerator<Document, void, void> {
    if (this.#hasBegun)
      throw new ArgumentError("documents", "read once; call readDocuments again", "a second reading");
    this.#hasBegun = true;
    const files = await findDocumentFiles(this.#paths);
    this.report.bytesTotal = files.reduce((total, { bytes }) => total + bytes, 0);
    for (const file of files) {
      const { bytesRead } = this.report;
      this.#sensitivity = declaredSensitivity([file.path], this.#given);
      this.#auditOpening(file.path, this.#sensitivity);
      yield* this.#readFile(file);
      this.report.bytesRead = bytesRead + file.bytes;
    }
    this.report.isComplete = true;
    this.#options.onProgress?.(this.report);
  }

  async *#readFile(file: DocumentFile): AsyncGenerator<Document, void, void> {
    const { signal, maximumDocumentBytes } = this.#options;
    const end = this.report.bytesRead + file.bytes;
    const onBytes = (count: number) => {
      // A zip archive's first bytes are read twice: to tell what it is, and as a file's.
      this.report.bytesRead = Math.min(end, this.report.bytesRead + count);
      signal?.throwIfAborted();
      this.#tellProgress();
    };
    const entries = openEntries(file, { maximumDocumentBytes, onBytes, signal });
    for (;;) {
      let next: IteratorResult<Entry | RefusedEntry, void>;
      try {
        next = await entries.next();
      } catch (error) {
        signal?.throwIfAborted();
        this.#fail(file.path, reasonOf(error));
        return;
      }
      if (next.done === true) return;
      signal?.throwIfAborted();
      if ("refused" in next.value) this.#fail(next.value.source, next.value.refused);
      else yield* this.#readEntry(next.value);
    }
  }

  async *#readEntry(entry: Entry): AsyncGenerator<Document, void, void> {
    const outcomes = this.#parse(entry);
    let ordinal = 0;
    for (;;) {
      let document: Document | undefined;
      try {
        const next = await outcomes.next();
        if (next.done === true) return;
        const { format, outcome } = next.value;
        if ("reason" in outcome) {
          this.#fail(`${entry.source}, ${outcome.place}`, outcome.reason);
          continue;
        }
        document = this.#accept(outcome, entry, ++ordinal, format);
      } catch (error) {
        if (error instanceof DuplicateIdError) throw error.told;
        this.#options.signal?.throwIfAborted();
        this.#fail(
          ordinal === 0 ? entry.source : `${entry.source}, after document ${ordinal}`,
          reasonOf(error),
        );
        return;
      }
      if (document !== undefined) yield document;
    }
  }

  async *#parse(entry: Entry) {
    const { head, bytes } = await peek(entry.bytes);
    if (head.length === 0) {
      yield { format: "", outcome: { place: "the whole file", reason: "empty (0 bytes)" } };
      return;
    }
    const isPacked = packingOf(head) !== undefined;
    const declared = this.#options.format;
    const found = declared === undefined ? findFormat(entry.name, head) : { format: declared };
    if (isPacked && (entry.path === undefined || declared !== undefined)) {
      yield {
        format: "",
        outcome: { place: "the whole file", reason: "an archive in an archive; unpack it" },
      };
    } else if (found === undefined && !entry.isNamed) {
      countOne(this.report.skippedFiles, extensionOf(entry.name) || "(none)");
    } else if (found === undefined || "problem" in found) {
      const reason =
        found?.problem ?? `no known format; give the option "format": ${documentFormats.join(", ")}`;
      yield { format: "", outcome: { place: "the whole file", reason } };
    } else if (found.format === "csv" && (await this.#isBesideDocuments(entry))) {
      countOne(this.report.skippedFiles, extensionOf(entry.name));
    } else {
      const { format } = found;
      for await (const outcome of parseEntry(entry, bytes, format, this.#parseOptions()))
        yield { format, outcome };
    }
  }

  /** Supplements of articles and lists of files are tables too: who names neither them nor their format means the texts. */
  async #isBesideDocuments(entry: Entry): Promise<boolean> {
    const { format, textField } = this.#options;
    return format === undefined && !entry.isNamed && !(await holdsTexts(entry, textField));
  }

  /** A file that is not declared is written down when its first restricted document is met. */
  #auditOpening(path: string, sensitivity: Sensitivity): void {
    if (sensitivity === "public" && !isAudited(sensitivity)) return;
    if (this.#audited === path) return;
    this.#audited = path;
    recordAudit({ action: "open", subject: path.slice(-500), sensitivity, detail: { files: 1 } });
  }

  #tellProgress(): void {
    const now = performance.now();
    if (now - this.#toldAt < progressMilliseconds) return;
    this.#toldAt = now;
    this.#options.onProgress?.(this.report);
  }

  #parseOptions() {
    const { leaveOutSections = [], ...options } = this.#options;
    return {
      ...options,
      leaveOutSections: new Set(leaveOutSections.map((title) => title.trim().toLowerCase())),
      onReplaced: () => void this.report.repaired++,
    };
  }

  #accept(parsed: ParsedDocument, entry: Entry, ordinal: number, format: string): Document | undefined {
    for (const identifier of [...(parsed.retracts ?? []), ...(parsed.retractedAs ?? [])]) {
      if (this.#retracted.add(identifier)) this.report.retracted.push(identifier);
    }
    if (parsed.text.trim() === "") {
      this.#fail(
        parsed.place === undefined ? entry.source : `${entry.source}, ${parsed.place}`,
        "no text in it",
      );
      return undefined;
    }
    const fallback = ordinal === 1 && parsed.place === undefined ? entry.name : `${entry.name}:${ordinal}`;
    const id = this.#uniqueId(parsed.id ?? fallback, entry.source);
    this.report.in++;
    this.report.read++;
    countOne(this.report.formats, format);
    const sensitivity = strictest([parsed.sensitivity ?? "public", this.#sensitivity]);
    if (sensitivity === "restricted" && this.#sensitivity === "public")
      this.#auditOpening(entry.source, sensitivity);
    return {
      id,
      text: parsed.text,
      source: parsed.source ?? entry.source,
      licence: parsed.licence ?? this.#options.licence ?? null,
      metadata: parsed.metadata,
      sensitivity,
    };
  }

  #uniqueId(id: string, source: string): string {
    if (this.#ids.add(id)) return id;
    if (this.#options.duplicateIds === "error") {
      throw new DuplicateIdError(
        new DataError(
          `${source}: the id ${JSON.stringify(id)} was there before; or give duplicateIds: "suffix"`,
          {
            path: source,
          },
        ),
      );
    }
    this.report.duplicateIds++;
    for (let copy = 2; ; copy++) {
      if (this.#ids.add(`${id}#${copy}`)) return `${id}#${copy}`;
    }
  }

  #fail(source: string, reason: string): void {
    this.report.in++;
    this.report.failed++;
    const failure = { source, reason };
    if (this.report.failures.length < maximumFailuresKept) this.report.failures.push(failure);
    this.#options.onFailure?.(failure);
  }
}

/** Carries an error past what is counted as an unreadable document. */
class DuplicateIdError extends Error {
  readonly told: DataError;

  constructor(told: DataError) {
    super(told.message);
    this.told = told;
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message.slice(0, 500) : String(error);
}
