import { readSync } from "node:fs";
import { anchorsAlike, shiftAnchors } from "./anchor-list.ts";
import type { RepeatedWindows } from "./repeated-windows.ts";

/** Anchors of one part in the file of anchors, one block for each range of the input. */
export interface AnchorBlock {
  /** Byte of the file. */
  readonly position: number;
  readonly count: number;
  /** Where the range's texts begin among all texts. */
  readonly base: number;
}

/** Mark the repeated windows of the anchors of one part. */
export function matchPart(
  descriptor: number,
  blocks: readonly AnchorBlock[],
  windows: RepeatedWindows,
): void {
  const words = new Uint32Array(2 * blocks.reduce((sum, { count }) => sum + count, 0));
  let filled = 0;
  for (const { position, count, base } of blocks) {
    const block = words.subarray(filled, filled + 2 * count);
    readWhole(descriptor, block, position);
    shiftAnchors(block, base);
    filled += block.length;
  }
  for (const positions of anchorsAlike(words)) windows.mark(positions);
}

/** @throws {Error} the file ends before */
export function readWhole(descriptor: number, target: NodeJS.ArrayBufferView, position: number): void {
  for (let filled = 0; filled < target.byteLength;) {
    const count = readSync(descriptor, target, filled, target.byteLength - filled, position + filled);
    if (count === 0) throw new Error("a temporary file of repeated spans is cut short");
    filled += count;
  }
}
