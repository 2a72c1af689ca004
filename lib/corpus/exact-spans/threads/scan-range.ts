import { keyWords } from "../../key-table.ts";
import type { FileRange, LineFields } from "../../line-files/lines.ts";
import { readRange, type RangeLines } from "../../line-files/read-range.ts";
import type { AnchorList } from "../anchor-list.ts";
import { MarkList } from "../mark-list.ts";
import { separator, type Anchors } from "../anchors.ts";

/** What a range of an input holds; documents in order. */
export interface ScannedRange extends RangeLines {
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
  /** Texts with half a surrogate pair, which UTF-8 cannot hold. */
  readonly textsNotWellFormed: number;
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
  let textsNotWellFormed = 0;
  const lines = readRange(descriptor, range, fields, ({ text, id, offset, bytes }) => {
    if (!text.isWellFormed()) textsNotWellFormed++;
    ids.push(...keyWords(id));
    offsets.push(offset);
    lengths.push(bytes);
    textLengths.push(texts.add(text));
  });
  const bytes = texts.take();
  return {
    texts: bytes,
    ...anchorsOf(bytes, textLengths, anchors, list),
    ids: Uint32Array.from(ids),
    offsets: Float64Array.from(offsets),
    lengths: Uint32Array.from(lengths),
    textLengths: Uint32Array.from(textLengths),
    textsNotWellFormed,
    ...lines,
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
