import type { ByteSpan } from "./span-marks.ts";

/** A text with ranges taken out. */
export interface CutText {
  readonly text: string;
  /** Bytes of UTF-8 that were taken out. */
  readonly removedBytes: number;
}

/**
 * Take byte ranges out of a text; a character that a range holds in part stays.
 *
 * @param text UTF-8
 * @param ranges in order, apart from each other
 */
export function cutText(text: Buffer, ranges: Iterable<ByteSpan>): CutText {
  const kept: Buffer[] = [];
  let [keptUntil, removedBytes] = [0, 0];
  for (const { start, end } of ranges) {
    let [from, to] = [start, end];
    while (from < to && isWithinCharacter(text, from)) from++;
    while (to > from && isWithinCharacter(text, to)) to--;
    if (from === to) continue;
    kept.push(text.subarray(keptUntil, from));
    keptUntil = to;
    removedBytes += to - from;
  }
  kept.push(text.subarray(keptUntil));
  return { text: Buffer.concat(kept).toString(), removedBytes };
}

function isWithinCharacter(text: Buffer, place: number): boolean {
  return place < text.length && (text[place]! & 0xc0) === 0x80;
}
