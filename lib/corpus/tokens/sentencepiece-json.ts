import { escapedSpace } from "./segment-encoders.ts";
import { splits, type SentencePieceModel } from "./sentencepiece-model.ts";

/**
 * A byte-pair SentencePiece model as a `tokenizer.json`, for libraries that read no `.model` file.
 *
 * Ids of text are the same, but that control tokens are found in it there, as chat templates need it.
 */
export function sentencePieceJson({ pieces, addDummyPrefix }: SentencePieceModel): object {
  const ids = new Map(pieces.map(({ text }, id) => [text, id]));
  const normal = new Map(
    pieces.filter(({ type }) => type === "normal").map(({ text, score }) => [text, score]),
  );
  const merges = [...normal].flatMap(([text, score]) =>
    [...splits(text)]
      .filter(([left, right]) => normal.has(left) && normal.has(right))
      .map((pair) => ({ pair, score })),
  );
  const added = pieces
    .entries()
    .filter(([, { type }]) => ["unknown", "control", "user-defined"].includes(type));
  const space = { String: " " };
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: Array.from(added, ([id, { text, type }]) => ({
      id,
      content: text,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: type !== "user-defined",
    })),
    normalizer: {
      type: "Sequence",
      normalizers: [
        ...(addDummyPrefix ? [{ type: "Prepend", prepend: escapedSpace }] : []),
        { type: "Replace", pattern: space, content: escapedSpace },
      ],
    },
    pre_tokenizer: null,
    post_processor: null,
    decoder: {
      type: "Sequence",
      decoders: [
        { type: "Replace", pattern: { String: escapedSpace }, content: " " },
        { type: "ByteFallback" },
        { type: "Fuse" },
        ...(addDummyPrefix ? [{ type: "Strip", content: " ", start: 1, stop: 0 }] : []),
      ],
    },
    model: {
      type: "BPE",
      dropout: null,
      unk_token: pieces.find(({ type }) => type === "unknown")?.text ?? null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: true,
      byte_fallback: true,
      ignore_merges: false,
      vocab: Object.fromEntries(ids),
      merges: merges.toSorted((left, right) => right.score - left.score).map(({ pair }) => pair),
    },
  };
}
