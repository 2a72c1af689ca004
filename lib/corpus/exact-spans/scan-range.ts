import { isUtf8 } from "node:buffer";
import {
  isBlank,
  LineProblem,
  linesOfRange,
  parseLine,
  type FileRange,
  type LineFields,
} from "../line-files/lines.ts";
import type { AnchorList } from "./anchor-list.ts";
import { separator, type Anchors } from "./anchors.ts";

/** What a range of an input holds; documents in order. */
export interface ScannedRange {
  /** Their texts as UTF-8, with a separator after each. */
  readonly texts: Uint8Array<ArrayBuffer>;
  /** See {@link AnchorList.take}; positions are those in `texts`. */
  readonly anchors: Uint32Array<ArrayBuffer>;
  readonly anchorCounts: Uint32Array;
  /** Starts and ends of stretches of windows that repeat within their text. */
  readonly periodic: Float64Array;
  readonly ids: readonly string[];
  /** Where the lines are in the file. */
  readonly offsets: Float64Array;
  readonly lengths: Uint32Array;
  readonly textLengths: Uint32Array;
  readonly lines: number;
  readonly blankLines: number;
  /** Lines whose bytes are not UTF-8, and the first of them within the range. */
  readonly linesNotUtf8: number;
  readonly firstNotUtf8: number | undefined;
  /** Texts with half a surrogate pair, which UTF-8 cannot hold. */
  readonly textsNotWellFormed: number;
  /** The first line that is no document; nothing after it was read. */
  readonly problem: { readonly place: number; readonly reason: string } | undefined;
}

/**
 * Read the documents of a range and choose their anchors.
 *
 * @param list empty; it is again afterwards
 */
export function scanRange(
  descriptor: number,
  range: FileRange,
  fields: LineFields,
  anchors: Anchors,
  list: AnchorList,
): ScannedRange {
  const texts = new TextBuffer(range.end - range.start);
  const ids: string[] = [];
  const offsets: number[] = [];
  const lengths: number[] = [];
  const textLengths: number[] = [];
  let [lines, blankLines, linesNotUtf8, textsNotWellFormed] = [0, 0, 0, 0];
  let firstNotUtf8: number | undefined;
  let problem: ScannedRange["problem"];
  for (const { offset, bytes, place } of linesOfRange(descriptor, range)) {
    lines++;
    if (isBlank(bytes)) {
      blankLines++;
      continue;
    }
    if (!isUtf8(bytes)) {
      linesNotUtf8++;
      firstNotUtf8 ??= place;
    }
    try {
      const { text, id } = parseLine(bytes, fields);
      if (!text.isWellFormed()) textsNotWellFormed++;
      ids.push(id);
      offsets.push(offset);
      lengths.push(bytes.length);
      textLengths.push(texts.add(text));
    } catch (error) {
      if (!(error instanceof LineProblem)) throw error;
      problem = { place, reason: error.message };
      break;
    }
  }
  const bytes = texts.take();
  return {
    texts: bytes,
    ...anchorsOf(bytes, textLengths, anchors, list),
    ids,
    offsets: Float64Array.from(offsets),
    lengths: Uint32Array.from(lengths),
    textLengths: Uint32Array.from(textLengths),
    lines,
    blankLines,
    linesNotUtf8,
    firstNotUtf8,
    textsNotWellFormed,
    problem,
  };
}

function anchorsOf(bytes: Uint8Array, lengths: readonly number[], anchors: Anchors, list: AnchorList) {
  const periodic: number[] = [];
  let start = 0;
  for (const length of lengths) {
    anchors.scan(bytes, start, start + length, {
      onAnchor: (position, hash) => list.add(position, hash),
      onPeriodic: (from, to) => periodic.push(from, to),
    });
    start += length + 1;
  }
  const { words, counts } = list.take();
  return { anchors: words, anchorCounts: counts, periodic: Float64Array.from(periodic) };
}

/** Texts one after the other in a buffer that grows. */
class TextBuffer {
  #bytes: Buffer<ArrayBuffer>;
  #length = 0;

  constructor(expectedBytes: number) {
    this.#bytes = Buffer.allocUnsafeSlow(expectedBytes);
  }

  /** The text's length in bytes. */
  add(text: string): number {
    const room = this.#bytes.length - this.#length;
    if (room <= 3 * text.length && room <= Buffer.byteLength(text)) this.#grow(3 * text.length);
    const length = this.#bytes.write(text, this.#length);
    this.#length += length + 1;
    this.#bytes[this.#length - 1] = separator;
    return length;
  }

  #grow(by: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.ceil(1.5 * this.#bytes.length) + by + 1);
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }

  take(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#bytes.buffer, 0, this.#length);
  }
}
