/** The samples behind the golden folders of token shards, which the library and the trainer both read. */
import { sha256 } from "../../lib/core/hash.ts";
import type { TokenSample } from "../../lib/corpus/tokens/shard-writer.ts";
import type { WriteTokenShardsOptions } from "../../lib/corpus/tokens/write-shards.ts";

export const goldenFolder = new URL("../golden/token-shards/", import.meta.url);

export interface GoldenShards {
  readonly samples: readonly TokenSample[];
  readonly options: WriteTokenShardsOptions;
}

function tokenizer(name: string, vocabularySize: number, beginTokenId: number | null) {
  return { name, fingerprint: `sha256:${sha256(name)}`, vocabularySize, beginTokenId, endTokenId: 2 };
}

/** Ids that differ from document to document, and reach the ends of the vocabulary. */
function ids(document: number, count: number, vocabularySize: number): number[] {
  return Array.from(
    { length: count },
    (_, index) => (vocabularySize - 1 - document * 31 * index) % vocabularySize,
  );
}

function sample(document: number, tokens: number[], rest: Partial<TokenSample> = {}): TokenSample {
  const source = document % 3 === 0 ? "handbook.md" : "articles.zip!/one.xml";
  return { id: `document-${document}`, source, licence: "CC-BY-4.0", sensitivity: "public", tokens, ...rest };
}

export const goldenShards: Readonly<Record<"clinical" | "dialogue", GoldenShards>> = {
  clinical: {
    options: {
      domain: "clinical",
      tokenizer: tokenizer("golden-small", 65_536, null),
      tokensPerShard: 40,
    },
    samples: [5, 1, 12, 30, 3, 64, 2, 9].map((count, document) =>
      sample(document, ids(document + 1, count, 65_536)),
    ),
  },
  dialogue: {
    options: {
      domain: "dialogue",
      tokenizer: tokenizer("golden-large", 100_000, 1),
      beginToken: true,
      supervised: true,
      tokensPerShard: 60,
    },
    samples: [8, 20, 41, 6].map((count, document) =>
      sample(document, ids(document + 1, count, 100_000), {
        licence: document === 1 ? null : "MIT",
        sensitivity: document === 2 ? "restricted" : "public",
        supervised: Array.from({ length: count + 1 }, (_, index) => Number(index >= count / 2)),
      }),
    ),
  },
};
