import { MinHash } from "../../minhash/minhash.ts";
import { TextShingles } from "../../minhash/text-shingles.ts";
import type { FileRange } from "../../line-files/lines.ts";
import { readRange, type RangeLines } from "../../line-files/read-range.ts";
import type { ThreadSetting } from "./worker.ts";

/** What a range of an input holds; documents in order. */
export interface SignedRange extends RangeLines {
  readonly offsets: Float64Array<ArrayBuffer>;
  readonly lengths: Uint32Array<ArrayBuffer>;
  /** Numbers of shingles. */
  readonly sizes: Uint32Array<ArrayBuffer>;
  /** For each document a key a band and one of its identifier; zeros for the bands of one without words. */
  readonly keys: Uint32Array<ArrayBuffer>;
}

/** Finds the band keys of documents. */
export class RangeSigner {
  readonly #setting: ThreadSetting;
  readonly #minHash: MinHash;
  readonly #shingles = new TextShingles();

  constructor(setting: ThreadSetting) {
    this.#setting = setting;
    this.#minHash = new MinHash(setting.banding);
  }

  sign(range: FileRange): SignedRange {
    const { descriptors, fields, banding } = this.#setting;
    const width = 2 * (banding.bands + 1);
    const offsets: number[] = [];
    const lengths: number[] = [];
    const sizes: number[] = [];
    let keys = new Uint32Array(256 * width);
    const lines = readRange(descriptors[range.file]!, range, fields, ({ text, id, offset, bytes }) => {
      const shingles = this.#shingles.of(text);
      const end = width * offsets.push(offset);
      lengths.push(bytes);
      sizes.push(shingles.length);
      if (end > keys.length) keys = twiceAsLong(keys);
      if (shingles.length > 0) keys.set(this.#minHash.bandKeys(shingles), end - width);
      keys.set(hashOfIdentifier(id), end - 2);
    });
    return {
      offsets: Float64Array.from(offsets),
      lengths: Uint32Array.from(lengths),
      sizes: Uint32Array.from(sizes),
      keys: keys.subarray(0, width * offsets.length),
      ...lines,
    };
  }
}

function twiceAsLong(keys: Uint32Array): Uint32Array<ArrayBuffer> {
  const longer = new Uint32Array(2 * keys.length);
  longer.set(keys);
  return longer;
}

/** 64 bits of an identifier, low half first: two lanes of FNV-1a with different factors, mixed. */
function hashOfIdentifier(id: string): [number, number] {
  let low = 0x811c9dc5;
  let high = 0x9747b28c;
  for (let index = 0; index < id.length; index++) {
    const unit = id.charCodeAt(index);
    low = Math.imul(low ^ unit, 0x01000193);
    high = Math.imul(high ^ unit, 0x5bd1e995) ^ (high >>> 15);
  }
  return [low ^ (high >>> 13), high ^ (low >>> 16)];
}
