import { byteLevelCharacters } from "./byte-level.ts";
import type { BytePairMerges } from "./byte-pair-merges.ts";

/** The ids of a segment of text, which do not depend on its neighbours. */
export type SegmentEncoder = (segment: string) => Uint32Array;

/** How SentencePiece writes a space. */
export const escapedSpace = "▁";

/** How SentencePiece writes a byte of a character that has no piece. */
export function byteToken(byte: number): string {
  return `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`;
}

/** Where merges begin: symbols are token ids, and above them characters that are no tokens themselves. */
export interface CharacterSymbols {
  readonly of: ReadonlyMap<string, number>;
  /** Characters by symbol, less the vocabulary's size. */
  readonly extra: readonly string[];
}

/**
 * Segments as characters, as SentencePiece has them: spaces are `▁`, a character without a token is its bytes' tokens.
 *
 * @param byteIds the token of each byte
 */
export function characterEncoder(
  symbols: CharacterSymbols,
  merges: BytePairMerges,
  vocabularySize: number,
  byteIds: Uint32Array,
): SegmentEncoder {
  const firstUnknown = vocabularySize + symbols.extra.length;
  let scratch = new Int32Array(256);
  return (segment) => {
    if (scratch.length < segment.length) scratch = new Int32Array(segment.length * 2);
    const unknown: string[] = [];
    let count = 0;
    for (const character of segment) {
      const symbol = symbols.of.get(character === " " ? escapedSpace : character);
      scratch[count++] = symbol ?? firstUnknown + unknown.push(character) - 1;
    }
    count = merges.join(scratch, count);
    const ids: number[] = [];
    for (const symbol of scratch.subarray(0, count)) {
      if (symbol < vocabularySize) ids.push(symbol);
      else {
        const character = symbols.extra[symbol - vocabularySize] ?? unknown[symbol - firstUnknown]!;
        for (const byte of Buffer.from(character)) ids.push(byteIds[byte]!);
      }
    }
    return new Uint32Array(ids);
  };
}

/**
 * Segments as bytes, each written as a printable character in the vocabulary, as GPT-2 began it.
 *
 * @param takesWholeSegments a segment that is in the vocabulary is its token, whatever the merges make of it
 * @throws {RangeError} a byte has no token
 */
export function byteLevelEncoder(
  vocabulary: ReadonlyMap<string, number>,
  merges: BytePairMerges,
  takesWholeSegments: boolean,
): SegmentEncoder {
  const byteIds = Uint32Array.from(byteLevelCharacters, (character) => {
    const id = vocabulary.get(character);
    if (id === undefined) throw new RangeError(`no token for the byte ${character}`);
    return id;
  });
  let scratch = new Int32Array(256);
  return (segment) => {
    const bytes = Buffer.from(segment);
    if (takesWholeSegments) {
      const whole = vocabulary.get(Array.from(bytes, (byte) => byteLevelCharacters[byte]!).join(""));
      if (whole !== undefined) return Uint32Array.of(whole);
    }
    if (scratch.length < bytes.length) scratch = new Int32Array(bytes.length * 2);
    for (const [index, byte] of bytes.entries()) scratch[index] = byteIds[byte]!;
    return new Uint32Array(scratch.subarray(0, merges.join(scratch, bytes.length)));
  };
}
