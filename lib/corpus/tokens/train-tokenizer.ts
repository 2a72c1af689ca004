import { ArgumentError } from "../../core/errors.ts";
import { isRestricted, markRestricted } from "../../core/restricted.ts";
import { checkOptions, integerOption, objectOption, textOption } from "../../core/options.ts";
import { byteLevelCharacters, byteLevelWords } from "./byte-level.ts";
import { cut, unicodePattern } from "./cut.ts";
import { PairCounts } from "./pair-counts.ts";
import { makeTokenizer } from "./tokenizer-json.ts";
import type { Tokenizer } from "./tokenizer.ts";

export interface TrainTokenizerOptions {
  /** Tokens in all: two for begin and end, 256 for bytes, the rest for what is frequent. */
  readonly vocabularySize: number;
  /** A pair that comes less often is not joined. @default 2 */
  readonly minimumCount?: number;
  /** @default "<s>" */
  readonly beginToken?: string;
  /** @default "</s>" */
  readonly endToken?: string;
  /** @default "trained" */
  readonly name?: string;
  readonly signal?: AbortSignal;
}

const optionRules = {
  vocabularySize: integerOption(undefined, { minimum: 259, maximum: 2 ** 20 }),
  minimumCount: integerOption(2, { minimum: 1 }),
  beginToken: textOption("<s>"),
  endToken: textOption("</s>"),
  name: textOption("trained"),
  signal: objectOption<AbortSignal>("an AbortSignal", (value) => value instanceof AbortSignal),
};

/**
 * Train a byte-level byte-pair tokenizer: the most frequent pair of neighbours becomes a token, again and again.
 *
 * Words are cut as GPT-2 does it; every text can be encoded, and decoded to itself. The same texts give the same
 * vocabulary, whatever their order; it is the one that the Hugging Face tokenizers library trains. Memory holds
 * each distinct word once. When no pair is left that comes often enough, the vocabulary is smaller than asked for.
 *
 * @throws {ArgumentError} a wrong option
 * @see Sennrich et al. 2016, "Neural machine translation of rare words with subword units"
 *
 * @example
 * (await trainTokenizer([{ text: "low lower lowest low lower low" }], { vocabularySize: 262 }))
 *   .encode("low lower").length //=> 3
 */
export async function trainTokenizer(
  documents: AsyncIterable<{ readonly text: string }> | Iterable<{ readonly text: string }>,
  options: TrainTokenizerOptions,
): Promise<Tokenizer> {
  const { vocabularySize, minimumCount, beginToken, endToken, name, signal } = checkOptions(
    options,
    optionRules,
  );
  if (vocabularySize === undefined)
    throw new ArgumentError("vocabularySize", "a whole number >= 259", undefined);
  if (beginToken === endToken) throw new ArgumentError("endToken", "another than beginToken", endToken);
  const words = new Map<string, number>();
  const patterns = [unicodePattern(byteLevelWords)];
  let hasRestricted = false;
  for await (const document of documents) {
    signal?.throwIfAborted();
    hasRestricted ||= isRestricted(document);
    cut(document.text.toWellFormed(), patterns, (word) => words.set(word, (words.get(word) ?? 0) + 1));
  }
  const tokens = [beginToken, endToken, ...byteLevelCharacters.toSorted()];
  const ids = new Map(tokens.map((token, id) => [token, id]));
  const byteIds = byteLevelCharacters.map((character) => ids.get(character)!);
  const symbolsOf = (word: string) => Array.from(Buffer.from(word), (byte) => byteIds[byte]!);
  const pairs = new PairCounts(words.entries().map(([word, count]) => [symbolsOf(word), count] as const));
  const merges: [string, string][] = [];
  while (tokens.length < vocabularySize) {
    signal?.throwIfAborted();
    const pair = pairs.mostFrequent();
    if (pair === undefined || pair.count < minimumCount) break;
    const [left, right] = [tokens[pair.left]!, tokens[pair.right]!];
    const joined = ids.get(left + right) ?? tokens.push(left + right) - 1;
    ids.set(left + right, joined);
    merges.push([left, right]);
    pairs.join(pair, joined);
  }
  const tokenizer = makeTokenizer(name, byteLevelJson(tokens, merges), name, { beginToken, endToken });
  // Its vocabulary is words of the texts.
  if (hasRestricted) [tokenizer, tokenizer.source].forEach(markRestricted);
  return tokenizer;
}

function byteLevelJson(tokens: readonly string[], merges: readonly (readonly [string, string])[]) {
  const byteLevel = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true };
  const special = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: tokens.slice(0, 2).map((content, id) => ({ id, content, ...special })),
    normalizer: null,
    pre_tokenizer: byteLevel,
    post_processor: null,
    decoder: byteLevel,
    model: {
      type: "BPE",
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges,
    },
  };
}
