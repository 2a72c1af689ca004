import { checkList } from "../../core/arguments.ts";
import { ArgumentError } from "../../core/errors.ts";
import { checkOptions, choiceOption, integerOption } from "../../core/options.ts";
import { cutText } from "./cut-text.ts";
import { markTexts } from "./mark-texts.ts";
import { largestMinimumBytes } from "./remove-repeated-spans.ts";
import type { ByteSpan, KeptOccurrence } from "./span-marks.ts";

export interface CutRepeatedSpansOptions {
  /** Shortest run of bytes whose repetition counts. @default 400 */
  readonly minimumBytes?: number;
  /** What stays of repeated bytes: the first occurrence in the documents' order, or nothing. @default "first" */
  readonly keep?: KeptOccurrence;
}

/** Documents without their repeated spans, and what was cut. */
export interface CutDocuments<Kept> {
  /** Those that still have a text, with what is left of it. */
  readonly documents: readonly Kept[];
  /** Of each document that was given, in order: its repeated spans, bytes of its text's UTF-8. */
  readonly spans: readonly (readonly ByteSpan[])[];
  /** `documents = kept + emptied`, `textBytes = keptBytes + removedBytes`. */
  readonly report: {
    readonly documents: number;
    readonly kept: number;
    readonly emptied: number;
    readonly changed: number;
    readonly spans: number;
    readonly textBytes: number;
    readonly repeatedBytes: number;
    readonly removedBytes: number;
    readonly keptBytes: number;
  };
}

/**
 * Remove repeated spans from documents in memory, as {@link removeRepeatedSpans} does from files.
 *
 * Memory for the search is about twice the texts' size. A document whose text is empty to begin with stays.
 *
 * @throws {ArgumentError} an option is out of range, or a document has no text
 *
 * @example
 * cutRepeatedSpans([{ text: "Rest: take one a day." }, { text: "Eat, take one a day." }], { minimumBytes: 15 }).documents
 * //=> [{ text: "Rest: take one a day." }, { text: "Eat," }]
 */
export function cutRepeatedSpans<Kept extends { readonly text: string }>(
  documents: readonly Kept[],
  options: CutRepeatedSpansOptions = {},
): CutDocuments<Kept> {
  checkList("documents", "a list of documents", documents);
  const { minimumBytes, keep } = checkOptions(options, {
    minimumBytes: integerOption(400, { minimum: 1, maximum: largestMinimumBytes }),
    keep: choiceOption<KeptOccurrence>("first", ["first", "none"]),
  });
  const texts = documents.map(({ text }, place) => {
    if (typeof text === "string") return text;
    throw new ArgumentError(`documents[${place}].text`, "a text", text);
  });
  const { bytes, starts, marks } = markTexts(texts, minimumBytes);
  const kept: Kept[] = [];
  const spans: ByteSpan[][] = [];
  let [changed, emptied, removedBytes] = [0, 0, 0];
  for (const [place, document] of documents.entries()) {
    const [start, end] = [starts[place]!, starts[place + 1]! - 1];
    spans.push([...marks.spans(start, end)]);
    const cut = cutText(bytes.subarray(start, end), marks.removals(start, end, keep));
    removedBytes += cut.removedBytes;
    if (cut.removedBytes === 0) kept.push(document);
    else if (cut.text === "") emptied++;
    else {
      changed++;
      kept.push({ ...document, text: cut.text });
    }
  }
  const textBytes = bytes.length - documents.length - 1;
  const all = spans.flat();
  const report = {
    documents: documents.length,
    kept: kept.length,
    emptied,
    changed,
    spans: all.length,
    textBytes,
    repeatedBytes: all.reduce((sum, span) => sum + span.end - span.start, 0),
    removedBytes,
    keptBytes: textBytes - removedBytes,
  };
  return { documents: kept, spans, report };
}
