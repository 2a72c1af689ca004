import type { SpanRun } from "./span-run.ts";

/** A range of the input, as a thread reads it at a time. */
export interface RangeResult {
  /** Position in the list of inputs. */
  readonly file: number;
  readonly documents: number;
  /** Bytes of its texts with a separator after each. */
  readonly textBytes: number;
  readonly anchors: number;
  /** Stretches of windows that repeat within their text. */
  readonly periodic: number;
}

/**
 * What a shard of the input holds. Its files: the texts, a separator before, between and after them; the anchors of
 * each range by their parts; how many each part has; places of documents; hashes of identifiers; periodic stretches.
 */
export interface ScanResult {
  readonly ranges: readonly RangeResult[];
  readonly documents: number;
  readonly blankLines: number;
  readonly linesNotUtf8: number;
  readonly firstNotUtf8: Place | undefined;
  readonly textsNotWellFormed: number;
}

/** A byte of an input. */
export interface Place {
  readonly file: number;
  readonly offset: number;
}

export const scanFiles = {
  texts: "texts.bin",
  anchors: "anchors.bin",
  anchorCounts: "anchor-counts.bin",
  documents: "documents.bin",
  ids: "ids.bin",
  periodic: "periodic.bin",
} as const;

/** Places of the documents of a range: an array for each number, one after the other in the file of documents. */
export interface RangePlaces {
  readonly offsets: Float64Array<ArrayBuffer>;
  readonly lengths: Uint32Array<ArrayBuffer>;
  readonly textLengths: Uint32Array<ArrayBuffer>;
}

/** For each range of a finished shard the places of its documents. */
export function* placesOf(
  { work }: SpanRun,
  shard: number,
  ranges: readonly RangeResult[],
): Generator<RangePlaces> {
  const { buffer, byteOffset } = work.read("scan", shard, scanFiles.documents);
  let start = byteOffset;
  // Copies, since a buffer's place in memory need not be a multiple of eight.
  const take = (bytes: number) => buffer.slice(start, (start += bytes)) as ArrayBuffer;
  for (const { documents } of ranges) {
    yield {
      offsets: new Float64Array(take(8 * documents)),
      lengths: new Uint32Array(take(4 * documents)),
      textLengths: new Uint32Array(take(4 * documents)),
    };
  }
}
