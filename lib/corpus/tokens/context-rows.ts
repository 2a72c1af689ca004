import { checkFields } from "../../core/arguments.ts";
import { checkOptions, integerOption } from "../../core/options.ts";
import type { TokenShardsManifest } from "./manifest.ts";
import type { TokenShards } from "./read-shards.ts";

/** One row of training: what the model reads at once. */
export interface ContextRow {
  readonly row: number;
  readonly tokens: Uint16Array | Uint32Array;
  /** Places in the row where a document begins. */
  readonly documentStarts: readonly number[];
}

export interface ContextRowsOptions {
  /** Tokens in a row. @default 4096 */
  readonly contextLength?: number;
  /** The first row. @default 0 */
  readonly from?: number;
  /** Rows at most. @default all */
  readonly limit?: number;
}

/**
 * How many rows of `contextLength` tokens a folder gives.
 *
 * The last token is no input, since nothing follows it; the last row may be short.
 *
 * @example
 * contextRowCount({ tokenCount: 8194 }, 4096) //=> 3
 */
export function contextRowCount(
  manifest: Pick<TokenShardsManifest, "tokenCount">,
  contextLength: number,
): number {
  checkFields("manifest", "the manifest of token shards", manifest, ["tokenCount"]);
  return Math.max(0, Math.ceil((manifest.tokenCount - 1) / contextLength));
}

/**
 * Show the rows that training reads: documents one after the other, cut every `contextLength` tokens.
 *
 * Training reads them in an order that its seed fixes; here they come in the order of the documents.
 *
 * @example
 * for await (const { tokens } of contextRows(shards, { limit: 3 })) tokenizer.decode(tokens);
 */
export async function* contextRows(
  shards: TokenShards,
  options: ContextRowsOptions = {},
): AsyncGenerator<ContextRow, void, void> {
  checkFields("shards", "token shards, as openTokenShards gives", shards, ["manifest"]);
  const count = { minimum: 0 };
  const { contextLength, from, limit } = checkOptions(options, {
    contextLength: integerOption(4096, { minimum: 1, maximum: 2 ** 24 }),
    from: integerOption(0, count),
    limit: integerOption(Number.MAX_SAFE_INTEGER, count),
  });
  const { manifest } = shards;
  let offsets: { shard: number; values: Float64Array } = { shard: -1, values: new Float64Array() };
  const end = Math.min(contextRowCount(manifest, contextLength), from + limit);
  for (let row = from; row < end; row++) {
    const start = row * contextLength;
    const stop = Math.min(start + contextLength, manifest.tokenCount - 1);
    const tokens =
      manifest.dataType === "uint16" ? new Uint16Array(stop - start) : new Uint32Array(stop - start);
    const documentStarts: number[] = [];
    let shardStart = 0;
    for (const [shard, { tokenCount }] of manifest.shards.entries()) {
      const [first, last] = [Math.max(start - shardStart, 0), Math.min(stop - shardStart, tokenCount)];
      if (first < last) {
        tokens.set(await shards.tokens(shard, first, last), first + shardStart - start);
        if (offsets.shard !== shard) offsets = { shard, values: await shards.offsets(shard) };
        for (const offset of offsets.values) {
          if (offset >= first && offset < last) documentStarts.push(offset + shardStart - start);
        }
      }
      shardStart += tokenCount;
    }
    yield { row, tokens, documentStarts };
  }
}
