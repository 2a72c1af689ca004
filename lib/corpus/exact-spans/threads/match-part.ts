import { readSync } from "node:fs";
import { anchorsAlike, shiftAnchors } from "../anchor-list.ts";
import type { RepeatedWindows } from "../repeated-windows.ts";

/** Anchors of one part in the files of anchors, one block for each range of the input; arrays side by side. */
export interface AnchorBlocks {
  readonly descriptors: Uint32Array;
  /** Bytes of the files. */
  readonly positions: Float64Array;
  readonly counts: Uint32Array;
  /** Where the ranges' texts begin among all texts. */
  readonly starts: Float64Array;
}

/** Mark the repeated windows of the anchors of one part. */
export function matchPart(blocks: AnchorBlocks, windows: RepeatedWindows): void {
  const { descriptors, positions, counts, starts } = blocks;
  const words = new Uint32Array(2 * counts.reduce((sum, count) => sum + count, 0));
  let filled = 0;
  for (const [place, count] of counts.entries()) {
    const block = words.subarray(filled, filled + 2 * count);
    readWhole(descriptors[place]!, block, positions[place]!);
    shiftAnchors(block, starts[place]!);
    filled += block.length;
  }
  for (const alike of anchorsAlike(words)) windows.mark(alike);
}

/** @throws {Error} the file ends before */
export function readWhole(descriptor: number, target: NodeJS.ArrayBufferView, position: number): void {
  for (let filled = 0; filled < target.byteLength;) {
    const count = readSync(descriptor, target, filled, target.byteLength - filled, position + filled);
    if (count === 0)
      throw new Error("a file of the unfinished work is cut short; run again, which sees that");
    filled += count;
  }
}
