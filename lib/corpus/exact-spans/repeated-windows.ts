import { alikeAfter, alikeBefore } from "./alike.ts";
import type { Anchors } from "./anchors.ts";
import type { SpanMarks } from "./span-marks.ts";
import type { Texts } from "./texts.ts";
import { WindowHash, WindowTable } from "./window-table.ts";

/** Up to so many anchors are compared each with each; more of them by a table of their windows. */
const fewAnchors = 8;

/** Windows of one anchor, by where they begin from it, that no window of an earlier anchor equals. */
interface FirstWindows {
  /** The anchor's place in the list of positions. */
  readonly anchor: number;
  readonly from: number;
  to: number;
}

/**
 * Marks the repeated windows among those that have the same piece as their anchor.
 *
 * A window's bytes decide where in it its anchor is: equal windows begin equally far before their anchors.
 */
export class RepeatedWindows {
  readonly #anchors: Anchors;
  readonly #texts: Texts;
  readonly #marks: SpanMarks;
  /** Of one anchor's windows, by how far before it they begin: 1 when an earlier equal one is known. */
  readonly #isKnown: Uint8Array;
  readonly #hash: WindowHash;
  readonly #table = new WindowTable();

  constructor(anchors: Anchors, texts: Texts, marks: SpanMarks) {
    this.#anchors = anchors;
    this.#texts = texts;
    this.#marks = marks;
    this.#isKnown = new Uint8Array(anchors.pieces);
    this.#hash = new WindowHash(anchors.windowBytes);
  }

  /** @param positions anchors that may have the same piece, in order */
  mark(positions: Float64Array): void {
    if (positions.length <= fewAnchors) this.#compareEach(positions);
    // The more parts the windows are taken in, the fewer are in the table at a time.
    else for (let parts = 1; !this.#lookUpParts(positions, parts); parts *= 2);
  }

  #compareEach(positions: Float64Array): void {
    const { windowBytes, pieces } = this.#anchors;
    const texts = this.#texts;
    const isKnown = this.#isKnown;
    for (let later = 1; later < positions.length; later++) {
      const laterPlace = texts.load(positions[later]!, later);
      let [nearest, farthest] = [-1, -1];
      for (let earlier = 0; earlier < later; earlier++) {
        const place = texts.load(positions[earlier]!, earlier);
        const after = alikeAfter(texts, place, laterPlace, windowBytes);
        const before = alikeBefore(texts, place, laterPlace, pieces - 1);
        if (before + after < windowBytes) continue;
        if (farthest < 0) {
          const windows = this.#anchors.windowsOf(texts.bytes, laterPlace);
          [nearest, farthest] = [laterPlace - windows.last, laterPlace - windows.first];
          isKnown.fill(0, nearest, farthest + 1);
        }
        const end = Math.min(before, farthest) + 1;
        for (let distance = Math.max(windowBytes - after, nearest); distance < end; distance++) {
          if (isKnown[distance] === 1) continue;
          const start = distance;
          while (distance < end && isKnown[distance] === 0) isKnown[distance++] = 1;
          this.#marks.markEqual(positions[earlier]!, positions[later]!, 1 - distance, -start, windowBytes);
        }
      }
    }
  }

  /** False when there are too many different windows in a part. */
  #lookUpParts(positions: Float64Array, parts: number): boolean {
    for (let part = 0; part < parts; part++) {
      this.#table.clear(Math.ceil((positions.length * this.#anchors.pieces) / parts));
      const runs: FirstWindows[] = [];
      for (let anchor = 0; anchor < positions.length; anchor++) {
        this.#lookUp(positions, anchor, runs, (low) => (low & (parts - 1)) === part);
        if (this.#table.isFull) return false;
      }
    }
    return true;
  }

  /** Look for each window of an anchor among those of the earlier ones; the first of their kind go into the table. */
  #lookUp(
    positions: Float64Array,
    anchor: number,
    runs: FirstWindows[],
    isInPart: (low: number) => boolean,
  ): void {
    const { windowBytes } = this.#anchors;
    const texts = this.#texts;
    const hash = this.#hash;
    const table = this.#table;
    const place = texts.load(positions[anchor]!, 0);
    const windows = this.#anchors.windowsOf(texts.bytes, place);
    const last = windows.last - place;
    let run: FirstWindows | undefined;
    hash.start(texts.bytes, windows.first);
    for (let from = windows.first - place; from <= last; from++) {
      const { low, high } = hash;
      let to = from;
      if (isInPart(low)) {
        let slot = table.find(low, high);
        for (; table.number(slot) >= 0; slot = table.findNext(slot, low, high)) {
          const first = runs[table.number(slot)]!;
          to = this.#equalUntil(positions, place, from, last, first);
          if (to >= from) break;
        }
        if (table.number(slot) >= 0) {
          const { anchor: earlier } = runs[table.number(slot)]!;
          this.#marks.markEqual(positions[earlier]!, positions[anchor]!, from, to, windowBytes);
          run = undefined;
        } else {
          to = from;
          if (run === undefined) runs.push((run = { anchor, from, to }));
          run.to = to;
          table.put(slot, low, high, runs.length - 1);
        }
      } else run = undefined;
      for (; from < to; from++) hash.next(texts.bytes, place + from);
      if (from < last) hash.next(texts.bytes, place + from);
    }
  }

  /** The last of the windows from `from` on that equals one of `first`, whose windows are the first of their kind. */
  #equalUntil(
    positions: Float64Array,
    place: number,
    from: number,
    last: number,
    first: FirstWindows,
  ): number {
    if (from < first.from || from > first.to) return from - 1;
    const { windowBytes } = this.#anchors;
    const { slots } = this.#texts;
    const earlier = this.#texts.load(positions[first.anchor]!, 1 + (first.anchor % (slots - 1)));
    const most = Math.min(last, first.to) - from + windowBytes;
    return from + alikeAfter(this.#texts, earlier + from, place + from, most) - windowBytes;
  }
}
