/** What fixes the ids of a tokenizer, as token shards keep it. */
export interface TokenizerIdentity {
  readonly name: string;
  /** `sha256:` and 64 hexadecimal digits: the same fingerprint gives the same ids. */
  readonly fingerprint: string;
  /** Ids are below it. */
  readonly vocabularySize: number;
  readonly beginTokenId: number | null;
  readonly endTokenId: number;
}

/** Text to token ids and back. */
export interface Tokenizer extends TokenizerIdentity {
  /** Ids of a text, without begin and end token; half surrogate pairs become U+FFFD first. */
  encode(text: string): Promise<Uint32Array>;
  /** Ids of each text, on all processors. */
  encodeBatch(texts: readonly string[]): Promise<Uint32Array[]>;
  /** The text of ids; bytes that are no UTF-8 become U+FFFD. Begin, end and other special tokens are left out. */
  decode(ids: ArrayLike<number>): Promise<string>;
}
