import { alikeAfter, alikeBefore } from "./alike.ts";
import type { Anchors } from "./anchors.ts";
import type { WindowMarks } from "./span-marks.ts";
import type { Texts } from "./texts.ts";
import { WindowLookup } from "./window-lookup.ts";

/** Up to so many anchors are compared each with each; more of them by a table of their windows. */
const fewAnchors = 16;

/**
 * Marks the repeated windows among those that have the same piece as their anchor.
 *
 * A window's bytes decide where in it its anchor is: equal windows begin equally far before their anchors.
 */
export class RepeatedWindows {
  readonly #anchors: Anchors;
  readonly #texts: Texts;
  readonly #marks: WindowMarks;
  /** Of one anchor's windows, by how far before it they begin: 1 when an earlier equal one is known. */
  readonly #isKnown: Uint8Array;
  readonly #lookup: WindowLookup;

  constructor(anchors: Anchors, texts: Texts, marks: WindowMarks) {
    this.#anchors = anchors;
    this.#texts = texts;
    this.#marks = marks;
    this.#isKnown = new Uint8Array(anchors.pieces);
    this.#lookup = new WindowLookup(anchors, texts, marks);
  }

  /** @param positions anchors that may have the same piece, in order */
  mark(positions: Float64Array): void {
    if (positions.length <= fewAnchors) this.#compareEach(positions);
    else this.#lookup.mark(positions);
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
          this.#marks.equal(positions[earlier]!, positions[later]!, 1 - distance, -start, windowBytes);
        }
      }
    }
  }
}
