import { SeededRandom } from "../../core/seeded-random.ts";

/** A byte that UTF-8 never holds; it stands before, between and after the texts, so that no match crosses it. */
export const separator = 0xff;

/** Positions of a text that stand for its windows, and stretches whose windows need none. */
export interface TextAnchors {
  /** Of an anchor at `position`: 32 bits of a hash of its piece. */
  onAnchor(position: number, hash: number): void;
  /** Bytes of windows that repeat an earlier window of the same text. */
  onPeriodic(start: number, end: number): void;
}

/** Pieces ordered at a time, unless windows are long: what orders them stays in the processor's first cache. */
const fewestOrdered = 1 << 13;
const random = new SeededRandom("anchors");
const byteHashes = Int32Array.from({ length: 256 }, () => random.bits32());
const identityFactor = 0x01000193;

/**
 * Chooses in each window of `windowBytes` bytes one anchor: the last of its pieces of `pieceBytes` with the least hash.
 *
 * The choice depends on the window's bytes alone, so equal windows have their anchors at equal places and with equal
 * pieces: whoever compares pieces that are alike finds every repeated window. In other words: minimizers. Neighbouring
 * windows mostly share their anchor; about `2 / (w + 1)` of all positions are anchors, w being the pieces of a window.
 *
 * @see Schleimer et al. 2003, "Winnowing: local algorithms for document fingerprinting"
 * @see Roberts et al. 2004, "Reducing storage requirements for biological sequence comparison"
 */
export class Anchors {
  /** Bytes of a window. */
  readonly windowBytes: number;
  /** Bytes of an anchor's piece. */
  readonly pieceBytes: number;
  /** Pieces of a window. */
  readonly pieces: number;
  /** Windows that are looked at at a time, and what orders their pieces. */
  readonly #windowsAtATime: number;
  readonly #order: Int32Array;
  readonly #leaving: Int32Array;

  constructor(windowBytes: number) {
    this.windowBytes = windowBytes;
    this.pieceBytes = pieceBytesOf(windowBytes);
    this.pieces = windowBytes - this.pieceBytes + 1;
    this.#windowsAtATime = Math.max(fewestOrdered, 4 * this.pieces);
    this.#order = new Int32Array(this.#windowsAtATime + this.pieces);
    this.#leaving = byteHashes.map((hash) => rotated(hash, this.pieceBytes % 32));
  }

  /** Report the anchors of one text, `bytes[start, end)`, in order. */
  scan(bytes: Uint8Array, start: number, end: number, report: TextAnchors): void {
    const { pieces, pieceBytes } = this;
    const order = this.#order;
    const lastPiece = end - pieceBytes;
    const windows = this.#windowsAtATime;
    const chain = new PeriodicChain(bytes, this, report);
    for (let base = start; base + pieces - 1 <= lastPiece; base += windows) {
      const count = Math.min(windows + pieces - 1, lastPiece - base + 1);
      this.#orderPieces(bytes, base, count);
      let least = lastLeast(order, 0, pieces);
      chain.add(base + least, order[least]!);
      let leastOrder = order[least]!;
      for (let last = pieces; last < count; last++) {
        if (order[last]! <= leastOrder) least = last;
        else if (least <= last - pieces) least = lastLeast(order, last - pieces + 1, last + 1);
        else continue;
        leastOrder = order[least]!;
        chain.add(base + least, leastOrder);
      }
    }
    chain.finish();
  }

  /**
   * The windows whose anchor is at `anchor`: those that begin in [first, last].
   *
   * @param bytes with a separator on either side of the text, or where its reading ends
   */
  windowsOf(bytes: Uint8Array, anchor: number): { first: number; last: number } {
    const { pieces, pieceBytes } = this;
    const leaving = this.#leaving;
    const own = this.#hashOf(bytes, anchor);
    const least = mixed(own);
    let first = anchor;
    for (let hash = own; first > anchor - pieces + 1; first--) {
      const entering = bytes[first - 1]!;
      if (entering === separator) break;
      hash = rotated(hash ^ leaving[entering]! ^ byteHashes[bytes[first - 1 + pieceBytes]!]!, 31);
      if (mixed(hash) < least) break;
    }
    let next = anchor + 1;
    for (let hash = own; next < anchor + pieces; next++) {
      const entering = bytes[next - 1 + pieceBytes]!;
      if (entering === separator) break;
      hash = rotated(hash, 1) ^ leaving[bytes[next - 1]!]! ^ byteHashes[entering]!;
      if (mixed(hash) <= least) break;
    }
    return { first, last: Math.min(anchor, next - pieces) };
  }

  #hashOf(bytes: Uint8Array, start: number): number {
    let hash = 0;
    const end = start + this.pieceBytes;
    for (let place = start; place < end; place++) hash = rotated(hash, 1) ^ byteHashes[bytes[place]!]!;
    return hash;
  }

  /** What orders the pieces from `start`: bytes' random numbers, each rotated by its place, together and mixed. */
  #orderPieces(bytes: Uint8Array, start: number, count: number): void {
    const order = this.#order;
    const leaving = this.#leaving;
    const { pieceBytes } = this;
    let hash = this.#hashOf(bytes, start);
    order[0] = mixed(hash);
    for (let index = 1; index < count; index++) {
      const place = start + index - 1;
      hash = rotated(hash, 1) ^ leaving[bytes[place]!]! ^ byteHashes[bytes[place + pieceBytes]!]!;
      order[index] = mixed(hash);
    }
  }

  /** 32 bits of a hash of the piece that do not depend on the order. */
  identity(bytes: Uint8Array, anchor: number): number {
    let hash = 0;
    const end = anchor + this.pieceBytes;
    for (let place = anchor; place < end; place++)
      hash = Math.imul(hash ^ bytes[place]!, identityFactor) ^ (hash >>> 15);
    hash = Math.imul(hash ^ (hash >>> 16), 0x7feb352d);
    hash = Math.imul(hash ^ (hash >>> 15), 0x846ca68b);
    return (hash ^ (hash >>> 16)) >>> 0;
  }
}

/** Zero, which pieces of one byte repeated often have, is far from the least. */
function mixed(hash: number): number {
  return Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
}

function rotated(bits: number, places: number): number {
  return (bits << places) | (bits >>> (32 - places));
}

/** A third of the window: longer pieces would need more anchors, shorter ones would be alike by chance more often. */
function pieceBytesOf(windowBytes: number): number {
  return Math.max(1, Math.floor(windowBytes / 3));
}

function lastLeast(order: Int32Array, start: number, end: number): number {
  let least = start;
  let leastOrder = order[start]!;
  for (let place = start + 1; place < end; place++) {
    const next = order[place]!;
    if (next <= leastOrder) [least, leastOrder] = [place, next];
  }
  return least;
}

/**
 * Passes anchors on, but for those within a long run that repeats a few bytes again and again.
 *
 * In a run of period d every d-th position is an anchor, so that a long run of one byte would have an anchor at each.
 * The windows of one that stands far enough within the run are those of the anchor before it, d bytes later: they are
 * reported as a stretch and the anchor is left out.
 */
class PeriodicChain {
  readonly #bytes: Uint8Array;
  readonly #anchors: Anchors;
  readonly #report: TextAnchors;
  #previous = -1;
  #order = 0;
  #period = 0;
  #start = 0;
  /** Windows of the anchors left out, or -1. */
  #stretchStart = -1;
  #stretchEnd = -1;

  constructor(bytes: Uint8Array, anchors: Anchors, report: TextAnchors) {
    this.#bytes = bytes;
    this.#anchors = anchors;
    this.#report = report;
  }

  add(position: number, order: number): void {
    const previous = this.#previous;
    if (position === previous) return;
    if (previous >= 0) {
      const { pieceBytes, pieces } = this.#anchors;
      const period = position - previous;
      const isLink = order === this.#order && period <= pieceBytes && this.#continues(previous, period);
      if (isLink && period === this.#period && previous - this.#start >= pieces - 1 + 2 * period) {
        if (this.#stretchStart < 0) this.#stretchStart = previous - pieces + 1;
        this.#stretchEnd = position + pieceBytes - 1;
      } else this.#pass(previous);
      if (!isLink) this.#period = 0;
      else if (period !== this.#period) [this.#period, this.#start] = [period, previous];
    }
    this.#previous = position;
    this.#order = order;
  }

  finish(): void {
    if (this.#previous >= 0) this.#pass(this.#previous);
  }

  #pass(anchor: number): void {
    if (this.#stretchStart >= 0) this.#report.onPeriodic(this.#stretchStart, this.#stretchEnd);
    this.#stretchStart = -1;
    this.#report.onAnchor(anchor, this.#anchors.identity(this.#bytes, anchor));
  }

  /** The bytes from `start` to the end of the next piece repeat with the period; of a known run only the end is new. */
  #continues(start: number, period: number): boolean {
    const bytes = this.#bytes;
    const { pieceBytes } = this.#anchors;
    const known = period === this.#period ? pieceBytes - period : 0;
    for (let place = start + known; place < start + pieceBytes; place++) {
      if (bytes[place] !== bytes[place + period]) return false;
    }
    return true;
  }
}
