import { isUtf8 } from "node:buffer";
import { keyWords } from "../../key-table.ts";
import {
  isBlank,
  LineProblem,
  linesOfRange,
  parseLine,
  type FileRange,
  type LineFields,
} from "../../line-files/lines.ts";
import type { AnchorList } from "../anchor-list.ts";
import { MarkList } from "../mark-list.ts";
import { separator, type Anchors } from "../anchors.ts";

/** What a range of an input holds; documents in order. */
export interface ScannedRange {
  /** Their texts as UTF-8, with a separator after each. */
  readonly texts: Uint8Array<ArrayBuffer>;
  /** See {@link AnchorList.take}; positions are those in `texts`. */
  readonly anchors: Uint32Array<ArrayBuffer>;
  readonly anchorCounts: Uint32Array<ArrayBuffer>;
  /** Stretches of windows that repeat within their text, as {@link MarkList} holds them. */
  readonly periodic: Uint32Array<ArrayBuffer>;
  /** Three words of a hash of each identifier. */
  readonly ids: Uint32Array<ArrayBuffer>;
  /** Where the lines are in the file. */
  readonly offsets: Float64Array<ArrayBuffer>;
  readonly lengths: Uint32Array<ArrayBuffer>;
  readonly textLengths: Uint32Array<ArrayBuffer>;
  readonly blankLines: number;
  /** Lines whose bytes are not UTF-8, and where the first of them begins. */
  readonly linesNotUtf8: number;
  readonly firstNotUtf8: number | undefined;
  /** Texts with half a surrogate pair, which UTF-8 cannot hold. */
  readonly textsNotWellFormed: number;
  /** The first line that is no document; nothing after it was read. */
  readonly problem: { readonly offset: number; readonly reason: string } | undefined;
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
  const ids: number[] = [];
  const offsets: number[] = [];
  const lengths: number[] = [];
  const textLengths: number[] = [];
  let [blankLines, linesNotUtf8, textsNotWellFormed] = [0, 0, 0];
  let firstNotUtf8: number | undefined;
  let problem: ScannedRange["problem"];
  for (const { offset, bytes } of linesOfRange(descriptor, range)) {
    if (isBlank(bytes)) {
      blankLines++;
      continue;
    }
    if (!isUtf8(bytes)) {
      linesNotUtf8++;
      firstNotUtf8 ??= offset;
    }
    try {
      const { text, id } = parseLine(bytes, fields);
      if (!text.isWellFormed()) textsNotWellFormed++;
      ids.push(...keyWords(id));
      offsets.push(offset);
      lengths.push(bytes.length);
      textLengths.push(texts.add(text));
    } catch (error) {
      if (!(error instanceof LineProblem)) throw error;
      problem = { offset, reason: error.message };
      break;
    }
  }
  const bytes = texts.take();
  return {
    texts: bytes,
    ...anchorsOf(bytes, textLengths, anchors, list),
    ids: Uint32Array.from(ids),
    offsets: Float64Array.from(offsets),
    lengths: Uint32Array.from(lengths),
    textLengths: Uint32Array.from(textLengths),
    blankLines,
    linesNotUtf8,
    firstNotUtf8,
    textsNotWellFormed,
    problem,
  };
}

function anchorsOf(
  bytes: Uint8Array<ArrayBuffer>,
  lengths: readonly number[],
  anchors: Anchors,
  list: AnchorList,
) {
  const periodic = new MarkList();
  let start = 0;
  for (const length of lengths) {
    anchors.scan(bytes, start, start + length, {
      onAnchor: (position, hash) => list.add(position, hash),
      onPeriodic: (from, to) => periodic.repeated(from, to),
    });
    start += length + 1;
  }
  const { words, counts } = list.take();
  return { anchors: words, anchorCounts: counts, periodic: periodic.take() };
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
