import type { SentencePieceModel } from "./sentencepiece-model.ts";
import type { SpecialTokens, TokenizerJson } from "./tokenizer-json.ts";

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

/** What a tokenizer is made from; a thread makes the same one of it. */
export type TokenizerSource =
  | { readonly kind: "sentencepiece"; readonly name: string; readonly model: SentencePieceModel }
  | {
      readonly kind: "json";
      readonly name: string;
      readonly json: TokenizerJson;
      readonly special: SpecialTokens;
    };

/** Text to token ids and back. */
export interface Tokenizer extends TokenizerIdentity {
  /** Absent where threads cannot make it: it then encodes on one alone. */
  readonly source?: TokenizerSource;
  /** Ids of a text, without begin and end token; half surrogate pairs become U+FFFD first. */
  encode(text: string): Uint32Array;
  /** The text of ids; bytes that are no UTF-8 become U+FFFD; control tokens are left out. */
  decode(ids: Iterable<number>): string;
  /** The id of one token as the vocabulary writes it: `"</s>"`, `"[INST]"`. */
  tokenId(token: string): number | undefined;
  /** Write `tokenizer.json` and `tokenizer_config.json`, which a model that was trained with it carries along. */
  save(folder: string): Promise<void>;
}
