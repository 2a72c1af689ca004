import type { Metadata } from "../document.ts";

/** One file, or one file of an archive, before its format is known. */
export interface Entry {
  /** Path as the caller gave it; the place in an archive follows `!/`. */
  readonly source: string;
  /** The path below the folder that was given; names documents that have no identifier of their own. */
  readonly name: string;
  /** Where the bytes can be read again; undefined in an archive or a compressed file. */
  readonly path: string | undefined;
  /** Of a compressed file: where it lies, as it is. */
  readonly packedPath?: string | undefined;
  /** Whether the caller named this file and no folder or archive around it. */
  readonly isNamed: boolean;
  /** The bytes, unpacked; to be read once. */
  readonly bytes: AsyncIterable<Buffer>;
}

/** An entry that cannot be opened or must not be. */
export interface RefusedEntry {
  readonly source: string;
  readonly refused: string;
}

/** What a parser makes of one document. */
export interface ParsedDocument {
  /** Undefined: named after its file. */
  readonly id?: string | undefined;
  readonly text: string;
  readonly licence?: string | null | undefined;
  readonly metadata: Metadata;
  /** Place within the entry: a line, a record's number. */
  readonly place?: string | undefined;
  readonly sensitivity?: "public" | "restricted" | undefined;
  readonly source?: string | undefined;
  /** Identifiers of works that this document declares retracted. */
  readonly retracts?: readonly string[] | undefined;
  /** Its own identifiers, where it says that it was retracted. */
  readonly retractedAs?: readonly string[] | undefined;
}

/** A record of an entry that could not be parsed; the entry's others can. */
export interface ParseFailure {
  readonly place: string;
  readonly reason: string;
}

/** Parsers turn an entry's bytes into documents and failures; what they throw fails the rest of the entry. */
export type ParseOutcome = ParsedDocument | ParseFailure;

/** Why a document cannot be read, in words for the report; quotes nothing of the text. */
export class UnreadableError extends Error {
  override readonly name = "UnreadableError";
}
