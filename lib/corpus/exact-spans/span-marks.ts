import { ByteMarks } from "./byte-marks.ts";

/** Bytes of a text's UTF-8 form, end exclusive. */
export interface ByteSpan {
  readonly start: number;
  readonly end: number;
}

/** What stays of repeated bytes: their first occurrence in the order of the input, or nothing. */
export type KeptOccurrence = "first" | "none";

/** Takes down which windows are repeated. */
export interface WindowMarks {
  /** Windows that begin `from` to `to` bytes from two anchors are equal; the earlier ones are the first of their kind. */
  equal(earlier: number, later: number, from: number, to: number, windowBytes: number): void;
  /** Bytes of windows that equal earlier ones which are known as such. */
  repeated(start: number, end: number): void;
}

/** What is known of every byte of the texts: two bits each. */
export class SpanMarks implements WindowMarks {
  /** Bytes of windows that some other window equals. */
  readonly #repeated: ByteMarks;
  /** Bytes of those windows that no earlier one equals. */
  readonly #first: ByteMarks;

  /** @param length bytes of the texts */
  constructor(length: number) {
    this.#repeated = new ByteMarks(length);
    this.#first = new ByteMarks(length);
  }

  equal(earlier: number, later: number, from: number, to: number, windowBytes: number): void {
    const end = to + windowBytes;
    this.first(earlier + from, earlier + end);
    this.repeated(later + from, later + end);
  }

  repeated(start: number, end: number): void {
    this.#repeated.mark(start, end);
  }

  /** Bytes of windows that are repeated and the first of their kind. */
  first(start: number, end: number): void {
    this.#repeated.mark(start, end);
    this.#first.mark(start, end);
  }

  /** Whether any byte of a text is repeated. */
  isRepeated(start: number, end: number): boolean {
    return this.#repeated.next(true, start, end) < end;
  }

  /** Maximal runs of repeated bytes of the text at [start, end), counted from its start. */
  *spans(start: number, end: number): Generator<ByteSpan> {
    const repeated = this.#repeated;
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
    const first = this.#first;
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
