import { TokenList } from "./token-list.ts";

const maximumEntries = 1 << 17;
const maximumCharacters = 40;

/** Remembers the ids of the segments of text that come again and again; starts anew when it is full. */
export class SegmentCache {
  readonly #encode: (segment: string) => Uint32Array;
  /** A segment of one token is that token, which takes a tenth of the memory of a list. */
  readonly #known = new Map<string, number | Uint32Array>();

  /** @param encode the ids of one segment, which do not depend on its neighbours */
  constructor(encode: (segment: string) => Uint32Array) {
    this.#encode = encode;
  }

  add(segment: string, ids: TokenList): void {
    const known = this.#known.get(segment);
    if (typeof known === "number") {
      ids.add(known);
      return;
    }
    if (known !== undefined) {
      ids.addAll(known);
      return;
    }
    const encoded = this.#encode(segment);
    ids.addAll(encoded);
    if (segment.length > maximumCharacters) return;
    if (this.#known.size >= maximumEntries) this.#known.clear();
    this.#known.set(ownCopy(segment), encoded.length === 1 ? encoded[0]! : encoded);
  }
}

/** V8 cuts texts of 13 characters or more as views, which would keep the whole text that they are cut from. */
function ownCopy(segment: string): string {
  return segment.length < 13 ? segment : Buffer.from(segment, "utf16le").toString("utf16le");
}
