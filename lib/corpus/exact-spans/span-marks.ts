import { ByteMarks } from "./byte-marks.ts";

/** Bytes of a text's UTF-8 form, end exclusive. */
export interface ByteSpan {
  readonly start: number;
  readonly end: number;
}

/** What stays of repeated bytes: their first occurrence in the order of the input, or nothing. */
export type KeptOccurrence = "first" | "none";

/** What is known of every byte of the texts: two bits each. */
export class SpanMarks {
  /** Bytes of windows that some other window equals. */
  readonly repeated: ByteMarks;
  /** Bytes of those windows that no earlier one equals. */
  readonly first: ByteMarks;

  /** @param buffer of {@link SpanMarks.bufferBytes} bytes, all zero to begin with */
  constructor(buffer: ArrayBufferLike) {
    const half = buffer.byteLength / 2;
    this.repeated = new ByteMarks(buffer, 0, half);
    this.first = new ByteMarks(buffer, half, half);
  }

  static bufferBytes(length: number): number {
    return 8 * (Math.floor(length / 32) + 1);
  }

  /** Windows that begin `from` to `to` bytes from two anchors are equal; the earlier ones are the first of their kind. */
  markEqual(earlier: number, later: number, from: number, to: number, windowBytes: number): void {
    const end = to + windowBytes;
    this.repeated.mark(earlier + from, earlier + end);
    this.first.mark(earlier + from, earlier + end);
    this.repeated.mark(later + from, later + end);
  }

  /** Maximal runs of repeated bytes of the text at [start, end), counted from its start. */
  *spans(start: number, end: number): Generator<ByteSpan> {
    const { repeated } = this;
    for (let place = repeated.next(true, start, end); place < end;) {
      const stop = repeated.next(false, place, end);
      yield { start: place - start, end: stop - start };
      place = repeated.next(true, stop, end);
    }
  }

  /** Of a text's spans what goes. */
  *removals(start: number, end: number, keep: KeptOccurrence): Generator<ByteSpan> {
    if (keep === "none") {
      yield* this.spans(start, end);
      return;
    }
    const { first } = this;
    for (const span of this.spans(start, end)) {
      const last = start + span.end;
      for (let place = first.next(false, start + span.start, last); place < last;) {
        const stop = first.next(true, place, last);
        yield { start: place - start, end: stop - start };
        place = first.next(false, stop, last);
      }
    }
  }
}
