import { readFile } from "node:fs/promises";
import { DataError } from "../../core/errors.ts";

/** What a piece is: only normal and user-defined ones are looked for in text. */
export type PieceType = "normal" | "unknown" | "control" | "user-defined" | "unused" | "byte";

export interface Piece {
  readonly text: string;
  /** Of two neighbours the pair whose piece scores higher is joined first. */
  readonly score: number;
  readonly type: PieceType;
}

/** A SentencePiece `.model` file, as far as encoding and decoding need it. */
export interface SentencePieceModel {
  /** In order of their ids. */
  readonly pieces: readonly Piece[];
  readonly modelType: "unigram" | "bpe" | "word" | "char";
  readonly byteFallback: boolean;
  /** -1: none. */
  readonly beginTokenId: number;
  readonly endTokenId: number;
  readonly addDummyPrefix: boolean;
  readonly removeExtraWhitespaces: boolean;
  readonly escapeWhitespaces: boolean;
  readonly whitespaceAsSuffix: boolean;
  /** Rules that change characters; Mistral's models have none. */
  readonly hasCharacterMap: boolean;
}

const pieceTypes: readonly PieceType[] = ["normal", "unknown", "control", "user-defined", "unused", "byte"];
const modelTypes = ["unigram", "bpe", "word", "char"] as const;

/**
 * Read a SentencePiece model file.
 *
 * @throws {DataError} the file is missing, or is no SentencePiece model
 * @see google/sentencepiece, src/sentencepiece_model.proto
 */
export async function readSentencePieceModel(path: string): Promise<SentencePieceModel> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    throw new DataError(`${path}: ${(cause as Error).message}`, { path }, { cause });
  }
  try {
    return parseModel(bytes);
  } catch (cause) {
    const message = `${path}: not a SentencePiece model (${(cause as Error).message})`;
    throw new DataError(message, { path }, { cause });
  }
}

/** The ways to cut a text in two between characters. */
export function* splits(text: string): Generator<[string, string], void, void> {
  for (let at = 1; at < text.length; at++) {
    const left = text.slice(0, at);
    if (left.isWellFormed()) yield [left, text.slice(at)];
  }
}

function parseModel(bytes: Uint8Array): SentencePieceModel {
  const model = new Fields(bytes);
  const trainer = model.message(2);
  const normalizer = model.message(3);
  const pieces = model.messages(1).map((piece) => ({
    text: piece.text(1, ""),
    score: piece.float(2, 0),
    type: named(pieceTypes, piece.integer(3, 1) - 1),
  }));
  if (pieces.length === 0) throw new RangeError("no pieces");
  return {
    pieces,
    modelType: named(modelTypes, trainer.integer(3, 1) - 1),
    byteFallback: trainer.integer(35, 0) === 1,
    beginTokenId: trainer.integer(41, 1),
    endTokenId: trainer.integer(42, 2),
    whitespaceAsSuffix: trainer.integer(24, 0) === 1,
    addDummyPrefix: normalizer.integer(3, 1) === 1,
    removeExtraWhitespaces: normalizer.integer(4, 1) === 1,
    escapeWhitespaces: normalizer.integer(5, 1) === 1,
    hasCharacterMap: normalizer.bytes(2).length > 0,
  };
}

function named<Name extends string>(names: readonly Name[], index: number): Name {
  const name = names[index];
  if (name === undefined) throw new RangeError(`unknown kind ${index + 1}`);
  return name;
}

/** The fields of one Protocol Buffers message, by number; of a single field the last occurrence counts. */
class Fields {
  readonly #values = new Map<number, (number | Uint8Array)[]>();
  readonly #bytes: Uint8Array;
  #position = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    while (this.#position < bytes.length) {
      const key = this.#variable();
      const field = Math.floor(key / 8);
      const values = this.#values.get(field) ?? [];
      if (values.length === 0) this.#values.set(field, values);
      values.push(this.#value(key % 8));
    }
  }

  messages(field: number): Fields[] {
    return (this.#values.get(field) ?? []).map((value) => new Fields(asBytes(value, field)));
  }

  message(field: number): Fields {
    return this.messages(field).at(-1) ?? new Fields(new Uint8Array());
  }

  bytes(field: number): Uint8Array {
    return asBytes(this.#values.get(field)?.at(-1) ?? new Uint8Array(), field);
  }

  text(field: number, fallback: string): string {
    return this.#values.has(field) ? utf8.decode(this.bytes(field)) : fallback;
  }

  integer(field: number, fallback: number): number {
    const value = this.#values.get(field)?.at(-1) ?? fallback;
    if (typeof value !== "number") throw new RangeError(`field ${field} is no number`);
    // Negative int32 values are sign-extended to 64 bits; -1 means none.
    return value >= 2 ** 63 ? -1 : value;
  }

  float(field: number, fallback: number): number {
    if (!this.#values.has(field)) return fallback;
    const bytes = this.bytes(field);
    return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getFloat32(0, true);
  }

  #value(wireType: number): number | Uint8Array {
    switch (wireType) {
      case 0:
        return this.#variable();
      case 1:
        return this.#take(8);
      case 2:
        return this.#take(this.#variable());
      case 5:
        return this.#take(4);
      default:
        throw new RangeError(`wire type ${wireType}`);
    }
  }

  #variable(): number {
    let value = 0;
    for (let factor = 1; factor < 2 ** 70; factor *= 128) {
      const byte = this.#bytes[this.#position++];
      if (byte === undefined) throw new RangeError("cut short");
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
    throw new RangeError("a number of more than ten bytes");
  }

  #take(length: number): Uint8Array {
    const end = this.#position + length;
    if (end > this.#bytes.length) throw new RangeError("cut short");
    const taken = this.#bytes.subarray(this.#position, end);
    this.#position = end;
    return taken;
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function asBytes(value: number | Uint8Array, field: number): Uint8Array {
  if (typeof value === "number") throw new RangeError(`field ${field} is a number`);
  return value;
}
