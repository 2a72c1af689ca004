import { alikeAfter, alikeBefore } from "./alike.ts";
import type { Anchors } from "./anchors.ts";
import type { WindowMarks } from "./span-marks.ts";
import type { Texts } from "./texts.ts";
import { WindowHash, WindowTable } from "./window-table.ts";

/** Windows of one anchor that no window of an earlier anchor equals. */
interface FirstWindows {
  /** The anchor's place in the list of positions. */
  readonly anchor: number;
  /** Where they begin, counted from the anchor; both included. */
  readonly from: number;
  to: number;
}

/** An anchor of whose windows each has an earlier equal. */
interface KnownAnchor {
  readonly position: number;
  readonly from: number;
  readonly to: number;
}

/** Finds repeated windows of many anchors by a table of windows: twice as many anchors take twice the time. */
export class WindowLookup {
  readonly #anchors: Anchors;
  readonly #texts: Texts;
  readonly #marks: WindowMarks;
  readonly #hash: WindowHash;
  readonly #table = new WindowTable();
  /** In the table are their numbers. */
  #runs: FirstWindows[] = [];
  #positions: Float64Array = new Float64Array();
  #known: KnownAnchor | undefined;
  /** Those windows are looked at that have `#part` in the bits `#partMask` of their hash. */
  #part = 0;
  #partMask = 0;

  constructor(anchors: Anchors, texts: Texts, marks: WindowMarks) {
    this.#anchors = anchors;
    this.#texts = texts;
    this.#marks = marks;
    this.#hash = new WindowHash(anchors.windowBytes);
  }

  /** @param positions anchors that may have the same piece, in order */
  mark(positions: Float64Array): void {
    this.#positions = positions;
    // The more parts the windows are taken in, the fewer are in the table at a time.
    for (let parts = 1; !this.#markParts(parts); parts *= 2);
  }

  /** False when there are too many different windows in a part. */
  #markParts(parts: number): boolean {
    const count = this.#positions.length;
    this.#partMask = parts - 1;
    for (this.#part = 0; this.#part < parts; this.#part++) {
      this.#table.clear(Math.ceil((count * this.#anchors.pieces) / parts));
      this.#runs = [];
      this.#known = undefined;
      for (let anchor = 0; anchor < count; anchor++) {
        this.#lookUp(anchor);
        if (this.#table.isFull) return false;
      }
    }
    return true;
  }

  /** Look for each window of an anchor among those of the earlier ones; the first of their kind go into the table. */
  #lookUp(anchor: number): void {
    const { windowBytes } = this.#anchors;
    const { bytes } = this.#texts;
    const hash = this.#hash;
    const position = this.#positions[anchor]!;
    const place = this.#texts.load(position, 0);
    if (this.#isKnown(place)) {
      const { from, to } = this.#known!;
      this.#marks.repeated(position + from, position + to + windowBytes);
      return;
    }
    const windows = this.#anchors.windowsOf(bytes, place);
    const [first, last] = [windows.first - place, windows.last - place];
    let isKnown = this.#partMask === 0;
    let run: FirstWindows | undefined;
    hash.start(bytes, windows.first);
    for (let from = first; from <= last; from++) {
      const { low, high } = hash;
      let to = from;
      if (((high ^ (high >>> 16)) & this.#partMask) === this.#part) {
        const table = this.#table;
        let slot = table.find(low, high);
        for (; table.number(slot) >= 0; slot = table.findNext(slot, low, high)) {
          to = this.#equalUntil(place, from, last, this.#runs[table.number(slot)]!);
          if (to >= from) break;
        }
        if (table.number(slot) >= 0) {
          const earlier = this.#positions[this.#runs[table.number(slot)]!.anchor]!;
          this.#marks.equal(earlier, position, from, to, windowBytes);
          run = undefined;
        } else {
          to = from;
          isKnown = false;
          if (run === undefined) this.#runs.push((run = { anchor, from, to }));
          run.to = to;
          table.put(slot, low, high, this.#runs.length - 1);
        }
      } else run = undefined;
      for (; from < to; from++) hash.next(bytes, place + from);
      if (from < last) hash.next(bytes, place + from);
    }
    if (isKnown) this.#known = { position, from: first, to: last };
  }

  /** The bytes that the windows of the known anchor may hold are those around `place` too: a copy of a copy. */
  #isKnown(place: number): boolean {
    if (this.#known === undefined) return false;
    const { windowBytes, pieces } = this.#anchors;
    const known = this.#texts.load(this.#known.position, 1);
    return (
      alikeBefore(this.#texts, known, place, pieces - 1) === pieces - 1 &&
      alikeAfter(this.#texts, known, place, windowBytes) === windowBytes
    );
  }

  /** The last of the windows from `from` on that equals one of `first`; less than `from` if that one does not. */
  #equalUntil(place: number, from: number, last: number, first: FirstWindows): number {
    if (from < first.from || from > first.to) return from - 1;
    const { windowBytes } = this.#anchors;
    const { slots } = this.#texts;
    const earlier = this.#texts.load(this.#positions[first.anchor]!, 2 + (first.anchor % (slots - 2)));
    const most = Math.min(last, first.to) - from + windowBytes;
    return from + alikeAfter(this.#texts, earlier + from, place + from, most) - windowBytes;
  }
}
