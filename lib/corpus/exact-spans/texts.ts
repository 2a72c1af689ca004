import { readSync } from "node:fs";
import { separator, type Anchors } from "./anchors.ts";

/** Texts side by side, each with a {@link separator} before and after it, of which some part is at hand. */
export interface Texts {
  readonly bytes: Uint8Array;
  /** The same bytes, for reading several at once. */
  readonly view: DataView;
  /** Parts that are at hand at a time. */
  readonly slots: number;
  /**
   * Where in `bytes` a position of the texts is, with all bytes around it that a window with it may hold.
   *
   * @param slot below `slots`; another position that was loaded into it is gone
   */
  load(position: number, slot: number): number;
}

/** Texts that are wholly in memory. */
export class TextsInMemory implements Texts {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly slots = 2 ** 30;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = viewOf(bytes);
  }

  load(position: number): number {
    return position;
  }
}

const bytesAtHand = 4 << 20;

/** A part of the texts, which begins and ends with a separator. */
export interface TextFile {
  readonly descriptor: number;
  /** Position of its first byte among all texts. */
  readonly start: number;
}

/** Texts in files; the bytes around a position are read when it is loaded. */
export class TextsInFiles implements Texts {
  readonly bytes: Buffer;
  readonly view: DataView;
  readonly slots: number;
  readonly #files: readonly TextFile[];
  readonly #before: number;
  readonly #slotBytes: number;
  readonly #positions: Float64Array;

  /** @param files in the order of their positions, without gaps */
  constructor(files: readonly TextFile[], { windowBytes, pieceBytes }: Anchors) {
    this.#files = files;
    this.#before = windowBytes - pieceBytes;
    this.#slotBytes = this.#before + windowBytes;
    this.slots = Math.max(64, Math.floor(bytesAtHand / this.#slotBytes));
    this.bytes = Buffer.alloc(this.slots * this.#slotBytes);
    this.view = viewOf(this.bytes);
    this.#positions = new Float64Array(this.slots).fill(-1);
  }

  load(position: number, slot: number): number {
    const start = slot * this.#slotBytes;
    if (this.#positions[slot] !== position) {
      this.#positions[slot] = position;
      const file = this.#files[indexBelow(this.#files, position)]!;
      this.#read(start, file.descriptor, position - this.#before - file.start);
    }
    return start + this.#before;
  }

  /** Bytes before the file's first or after its last count as separators. */
  #read(start: number, descriptor: number, position: number): void {
    const end = start + this.#slotBytes;
    const missing = Math.max(0, -position);
    this.bytes.fill(separator, start, start + missing);
    let filled = start + missing;
    while (filled < end) {
      const count = readSync(descriptor, this.bytes, filled, end - filled, position + filled - start);
      if (count === 0) break;
      filled += count;
    }
    this.bytes.fill(separator, filled, end);
  }
}

/** The last of the files that begins at or before a position. */
function indexBelow(files: readonly TextFile[], position: number): number {
  let [low, high] = [0, files.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (files[middle]!.start <= position) low = middle;
    else high = middle - 1;
  }
  return low;
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}
