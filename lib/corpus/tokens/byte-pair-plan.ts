import { byteLevelWords } from "./byte-level.ts";
import { BytePairMerges } from "./byte-pair-merges.ts";
import { cut, portablePattern, unicodePattern } from "./cut.ts";
import {
  byteLevelEncoder,
  byteToken,
  characterEncoder,
  escapedSpace,
  type SegmentEncoder,
} from "./segment-encoders.ts";
import type { TokenizerJson } from "./tokenizer-json.ts";

/** How to encode with a `tokenizer.json` of byte pairs segment by segment, which is many times faster. */
export interface BytePairPlan {
  /** Finds added tokens, which need the library; undefined where there are none. */
  readonly addedTokens: RegExp | undefined;
  readonly segments: (text: string, onSegment: (segment: string) => void) => void;
  readonly encodeSegment: SegmentEncoder;
}

/**
 * The plan for a tokenizer of the usual two kinds, byte-level (GPT-2, Llama 3) or SentencePiece-like (Llama 2,
 * Mistral); undefined for every other, however small the difference.
 */
export function bytePairPlan(json: TokenizerJson): BytePairPlan | undefined {
  const model = json.model as BytePairModel;
  if (!isPlainBytePair(model)) return undefined;
  const vocabulary = new Map(Object.entries(model.vocab));
  const merges = readMerges(model, vocabulary);
  if (merges === undefined) return undefined;
  const kind = byteLevelPlan(json, model, vocabulary, merges) ?? spacePlan(json, model, vocabulary, merges);
  if (kind === undefined) return undefined;
  const added = (json.added_tokens ?? []).map(({ content }) => RegExp.escape(content));
  return { ...kind, addedTokens: added.length === 0 ? undefined : new RegExp(added.join("|"), "u") };
}

interface BytePairModel {
  readonly type?: string;
  readonly vocab: Record<string, number>;
  readonly merges: readonly (string | readonly [string, string])[];
  readonly dropout?: number | null;
  readonly continuing_subword_prefix?: string | null;
  readonly end_of_word_suffix?: string | null;
  readonly byte_fallback?: boolean;
  readonly ignore_merges?: boolean;
}

interface Part {
  readonly type: string;
  readonly [key: string]: unknown;
}

type Kind = Omit<BytePairPlan, "addedTokens">;
type Vocabulary = ReadonlyMap<string, number>;

/** Ranks have 20 bits. */
const maximumMerges = 2 ** 20;

function isPlainBytePair({ type, vocab, merges, ...model }: BytePairModel): boolean {
  if (type !== "BPE" || !Array.isArray(merges) || merges.length > maximumMerges) return false;
  if (typeof vocab !== "object" || vocab === null) return false;
  // An empty prefix or suffix is none.
  return !model.dropout && !model.continuing_subword_prefix && !model.end_of_word_suffix;
}

function readMerges({ merges }: BytePairModel, vocabulary: Vocabulary): BytePairMerges | undefined {
  let highest = 0;
  for (const id of vocabulary.values()) highest = Math.max(highest, id);
  const table = new BytePairMerges(highest + 1);
  for (const [rank, merge] of merges.entries()) {
    const [left, right] = typeof merge === "string" ? (merge.split(" ") as [string, string]) : merge;
    const ids = [left, right, `${left}${right}`].map((token) => vocabulary.get(token));
    if (ids.includes(undefined)) return undefined;
    table.add(ids[0]!, ids[1]!, rank, ids[2]!);
  }
  return table;
}

function byteLevelPlan(
  { normalizer, pre_tokenizer }: TokenizerJson,
  model: BytePairModel,
  vocabulary: Vocabulary,
  merges: BytePairMerges,
): Kind | undefined {
  const parts = partsOf(pre_tokenizer, "pretokenizers");
  const last = parts?.at(-1);
  if (parts === undefined || last?.type !== "ByteLevel") return undefined;
  const patterns = parts.slice(0, -1).map(splitPattern);
  if (last["use_regex"] !== false) patterns.push(unicodePattern(byteLevelWords));
  if (patterns.includes(undefined)) return undefined;
  const addsSpace = last["add_prefix_space"] === true;
  if (addsSpace && patterns.length > 1) return undefined;
  const normalize = unicodeNormalizer(normalizer);
  if (normalize === undefined || !hasEveryByte(vocabulary)) return undefined;
  return {
    encodeSegment: byteLevelEncoder(vocabulary, merges, model.ignore_merges === true),
    segments(text, onSegment) {
      const normalized = normalize(text);
      if (normalized === "") return;
      const prefixed = addsSpace && !normalized.startsWith(" ") ? ` ${normalized}` : normalized;
      cut(prefixed, patterns as RegExp[], onSegment);
    },
  };
}

function hasEveryByte(vocabulary: Vocabulary): boolean {
  try {
    byteLevelEncoder(vocabulary, new BytePairMerges(0), false);
    return true;
  } catch {
    return false;
  }
}

function spacePlan(
  { normalizer, pre_tokenizer }: TokenizerJson,
  model: BytePairModel,
  vocabulary: Vocabulary,
  merges: BytePairMerges,
): Kind | undefined {
  const prepare = spaceNormalizer(partsOf(normalizer, "normalizers"), pre_tokenizer);
  if (prepare === undefined || model.byte_fallback !== true || model.ignore_merges === true) return undefined;
  const byteIds = Array.from({ length: 256 }, (_, byte) => vocabulary.get(byteToken(byte)));
  if (byteIds.includes(undefined)) return undefined;
  if (vocabulary.keys().some((token) => /[^▁]▁/u.test(token))) return undefined;
  const size = vocabulary.values().reduce((most, id) => Math.max(most, id), 0) + 1;
  const symbols = { of: vocabulary, extra: [] };
  return {
    encodeSegment: characterEncoder(symbols, merges, size, Uint32Array.from(byteIds as number[])),
    segments: (text, onSegment) => cut(prepare(text), [/ *[^ ]+| +/gu], onSegment),
  };
}

/** What a text becomes, with spaces where the tokenizer would have `▁`. */
function spaceNormalizer(
  normalizers: readonly Part[] | undefined,
  preTokenizer: unknown,
): ((text: string) => string) | undefined {
  if (normalizers === undefined) return undefined;
  const [first, second] = normalizers;
  const replaces = (part: Part | undefined) =>
    part?.type === "Replace" &&
    (part["pattern"] as { String?: string }).String === " " &&
    part["content"] === escapedSpace;
  const spaced = (text: string) => text.replaceAll(escapedSpace, " ");
  if (preTokenizer === null || preTokenizer === undefined) {
    if (normalizers.length === 1 && replaces(first)) return spaced;
    const prepends = first?.type === "Prepend" && first["prepend"] === escapedSpace;
    if (normalizers.length === 2 && prepends && replaces(second)) {
      return (text) => (text === "" ? "" : ` ${spaced(text)}`);
    }
    return undefined;
  }
  const { type, replacement, prepend_scheme, split } = preTokenizer as Part;
  if (normalizers.length > 0 || type !== "Metaspace" || replacement !== escapedSpace || split !== false) {
    return undefined;
  }
  if (prepend_scheme === "never") return spaced;
  return (text) => (text === "" || spaced(text).startsWith(" ") ? spaced(text) : ` ${spaced(text)}`);
}

function partsOf(value: unknown, name: string): readonly Part[] | undefined {
  if (value === null || value === undefined) return [];
  const part = value as Part;
  if (part.type !== "Sequence") return [part];
  const parts = part[name];
  return Array.isArray(parts) ? (parts as Part[]) : undefined;
}

function unicodeNormalizer(value: unknown): ((text: string) => string) | undefined {
  const parts = partsOf(value, "normalizers");
  if (parts?.length === 0) return (text) => text;
  const { type } = parts?.[0] ?? {};
  if (parts?.length !== 1 || type !== "NFC") return undefined;
  return (text) => text.normalize(type);
}

function splitPattern({ type, pattern: source, behavior, invert }: Part): RegExp | undefined {
  if (type !== "Split" || behavior !== "Isolated" || invert === true) return undefined;
  const { Regex: regex } = source as { Regex?: string };
  return regex === undefined ? undefined : portablePattern(regex);
}
