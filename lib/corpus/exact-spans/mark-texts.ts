import { AnchorList, anchorsAlike } from "./anchor-list.ts";
import { Anchors, separator } from "./anchors.ts";
import { RepeatedWindows } from "./repeated-windows.ts";
import { SpanMarks } from "./span-marks.ts";
import { TextsInMemory } from "./texts.ts";

/** Texts side by side in memory, and what repeats in them. */
export interface MarkedTexts {
  readonly bytes: Buffer;
  /** Where each text begins in `bytes`, and where one more would. */
  readonly starts: Float64Array;
  readonly marks: SpanMarks;
}

/** Find what repeats in texts that fit into memory together. */
export function markTexts(texts: readonly string[], minimumBytes: number): MarkedTexts {
  const { bytes, starts } = joined(texts);
  const anchors = new Anchors(minimumBytes);
  const marks = new SpanMarks(bytes.length);
  const list = new AnchorList();
  const report = {
    onAnchor: (position: number, hash: number) => list.add(position, hash),
    onPeriodic: (start: number, end: number) => marks.repeated(start, end),
  };
  for (let text = 0; text < texts.length; text++) {
    anchors.scan(bytes, starts[text]!, starts[text + 1]! - 1, report);
  }
  const windows = new RepeatedWindows(anchors, new TextsInMemory(bytes), marks);
  const { words, counts } = list.take();
  let place = 0;
  for (const count of counts) {
    for (const positions of anchorsAlike(words.subarray(place, place + 2 * count))) windows.mark(positions);
    place += 2 * count;
  }
  return { bytes, starts, marks };
}

function joined(texts: readonly string[]): { bytes: Buffer; starts: Float64Array } {
  const starts = new Float64Array(texts.length + 1);
  starts[0] = 1;
  for (const [text, content] of texts.entries())
    starts[text + 1] = starts[text]! + Buffer.byteLength(content) + 1;
  const bytes = Buffer.alloc(starts[texts.length]!).fill(separator);
  for (const [text, content] of texts.entries()) bytes.write(content, starts[text]!);
  return { bytes, starts };
}
