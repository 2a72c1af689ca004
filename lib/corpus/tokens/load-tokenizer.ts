import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { checkPath } from "../../core/check-path.ts";
import { DataError } from "../../core/errors.ts";
import { checkOptions, textOption } from "../../core/options.ts";
import { readFailure } from "../../core/read-failure.ts";
import { tokenizerFile } from "./save-tokenizer.ts";
import { loadSentencePiece, SentencePieceTokenizer } from "./sentencepiece-tokenizer.ts";
import { loadTokenizerJson, makeTokenizer } from "./tokenizer-json.ts";
import type { Tokenizer, TokenizerSource } from "./tokenizer.ts";

export interface LoadTokenizerOptions {
  /** The token that a document may begin with. @default what `tokenizer_config.json` beside the file says */
  readonly beginToken?: string;
  /** The token that ends each document. @default what `tokenizer_config.json` beside the file says */
  readonly endToken?: string;
}

const optionRules = { beginToken: textOption(undefined), endToken: textOption(undefined) };

/**
 * Load a tokenizer: a SentencePiece `.model` file, a `tokenizer.json`, or the folder of a model that has the latter.
 *
 * Ids equal those of SentencePiece and of the Hugging Face tokenizers library. A SentencePiece model names its own
 * begin and end token.
 *
 * @throws {DataError} a file that is missing or is no tokenizer
 * @throws {ArgumentError} no end token is known, or a token that the vocabulary does not hold
 *
 * @example
 * const tokenizer = await loadTokenizer("tokenizers/tokenizer.model.v1");
 * tokenizer.encode("Aspirin 75 mg daily")
 */
export async function loadTokenizer(path: string, options: LoadTokenizerOptions = {}): Promise<Tokenizer> {
  checkPath("path", path);
  const special = checkOptions(options, optionRules);
  const found = await stat(path).catch((cause: unknown) => {
    throw new DataError(`${path} ${readFailure(cause)}`, { path }, { cause });
  });
  if (found.isDirectory()) {
    if (existsSync(join(path, tokenizerFile))) return loadTokenizerJson(join(path, tokenizerFile), special);
    throw new DataError(
      `${path} has no ${tokenizerFile}: a folder of a model has one where its training named it in "model.tokenizer"; copy the tokenizer's files there, or name a tokenizer's file`,
      { path },
    );
  }
  return path.endsWith(".json") ? loadTokenizerJson(path, special) : loadSentencePiece(path);
}

/** The tokenizer that a source was taken from. */
export function tokenizerFrom(source: TokenizerSource): Tokenizer {
  if (source.kind === "sentencepiece") return new SentencePieceTokenizer(source.name, source.model);
  return makeTokenizer(source.name, source.json, source.name, source.special);
}
