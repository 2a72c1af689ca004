import type { WindowMarks } from "./span-marks.ts";

/** Positions of all texts end before. */
export const largestPosition = 2 ** 40;
/** Bytes that one mark can cover. */
const longestMark = 2 ** 23 - 1;

/** Marks of repeated windows as 64-bit numbers, two words each: 40 bits of position, one of kind, 23 of length. */
export class MarkList implements WindowMarks {
  #words = new Uint32Array(1 << 12);
  #length = 0;

  equal(earlier: number, later: number, from: number, to: number, windowBytes: number): void {
    const length = to - from + windowBytes;
    this.#add(earlier + from, length, true);
    this.#add(later + from, length, false);
  }

  repeated(start: number, end: number): void {
    for (let place = start; place < end; place += longestMark) {
      this.#add(place, Math.min(longestMark, end - place), false);
    }
  }

  #add(position: number, length: number, isFirst: boolean): void {
    if (this.#length === this.#words.length) {
      const longer = new Uint32Array(2 * this.#length);
      longer.set(this.#words);
      this.#words = longer;
    }
    this.#words[this.#length++] = ((position & 0xff) << 24) | (isFirst ? 1 << 23 : 0) | length;
    this.#words[this.#length++] = Math.floor(position / 256);
  }

  /** The marks in the order of their positions, those of one kind that touch joined; the list is empty again. */
  take(): Uint32Array<ArrayBuffer> {
    const words = this.#words;
    new BigUint64Array(words.buffer, 0, this.#length / 2).sort();
    const count = this.#length;
    this.#length = 0;
    const open: ({ start: number; end: number } | undefined)[] = [undefined, undefined];
    const joined = new MarkList();
    const close = (kind: 0 | 1): void => {
      const run = open[kind];
      if (run !== undefined) joined.#add(run.start, run.end - run.start, kind === 1);
      open[kind] = undefined;
    };
    for (let place = 0; place < count; place += 2) {
      const [low, high] = [words[place]!, words[place + 1]!];
      const start = high * 256 + (low >>> 24);
      const end = start + (low & longestMark);
      const kind = (low >>> 23) & 1 ? 1 : 0;
      const run = open[kind];
      if (run !== undefined && start <= run.end && end - run.start <= longestMark) {
        if (end > run.end) run.end = end;
        continue;
      }
      close(kind);
      open[kind] = { start, end };
    }
    close(0);
    close(1);
    const marks = joined.#words.slice(0, joined.#length);
    // Runs are closed in the order of their ends.
    new BigUint64Array(marks.buffer).sort();
    return marks;
  }
}

/** The marks of a file's words. */
export function* marksOf(
  words: Uint32Array,
): Generator<{ readonly position: number; readonly length: number; readonly isFirst: boolean }> {
  for (let place = 0; place < words.length; place += 2) {
    const [low, high] = [words[place]!, words[place + 1]!];
    yield {
      position: high * 256 + (low >>> 24),
      length: low & longestMark,
      isFirst: ((low >>> 23) & 1) === 1,
    };
  }
}

/** How many of some sorted marks lie in each part of the texts, by where the parts begin. */
export function countMarks(words: Uint32Array, starts: Float64Array): Uint32Array<ArrayBuffer> {
  const counts = new Uint32Array(starts.length);
  let part = 0;
  for (let place = 0; place < words.length; place += 2) {
    const position = words[place + 1]! * 256 + (words[place]! >>> 24);
    while (part + 1 < starts.length && starts[part + 1]! <= position) part++;
    counts[part]!++;
  }
  return counts;
}
