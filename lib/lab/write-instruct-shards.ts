import { checkIterable, checkRecord, checkText } from "../core/arguments.ts";
import type { TokenShardsManifest } from "../corpus/tokens/manifest.ts";
import type { Tokenizer } from "../corpus/tokens/tokenizer.ts";
import { writeTokenShards, type WriteTokenShardsOptions } from "../corpus/tokens/write-shards.ts";
import { encodeSamples, type EncodeReport } from "../instruct/encode-samples.ts";
import type { InstructSample } from "../instruct/instruct-sample.ts";

export interface WriteInstructShardsOptions extends Omit<
  WriteTokenShardsOptions,
  "domain" | "tokenizer" | "supervised"
> {
  readonly tokenizer: Tokenizer;
  /** What the samples are to the mixture. @default "instruct" */
  readonly domain?: string;
  /** Longer samples are left out and counted; give the context length that is trained with. @default no limit */
  readonly maximumTokens?: number;
}

/**
 * Write instruct samples as token shards for fine-tuning: the paper's format, the loss on each response and its end
 * token alone.
 *
 * @throws {ArgumentError} a wrong option, or a tokenizer that joins prompt and response in one token
 *
 * @example
 * const tokenizer = await loadTokenizer("models/mistral-7b");
 * const { manifest, report } = await writeInstructShards("tokens/instruct", readInstructSamples("medquad"), {
 *   tokenizer,
 *   maximumTokens: 8192,
 * });
 */
export async function writeInstructShards(
  folder: string,
  samples: AsyncIterable<InstructSample> | Iterable<InstructSample>,
  options: WriteInstructShardsOptions,
): Promise<{ manifest: TokenShardsManifest; report: EncodeReport }> {
  checkText("folder", "the path of a folder", folder);
  checkIterable("samples", "samples", samples);
  checkRecord("options", "an object with maximumTokens", options);
  const { maximumTokens, domain = "instruct", ...rest } = options;
  const { tokenizer, beginToken = false } = rest;
  // The writer puts the begin token before what is encoded here.
  const limit = maximumTokens === undefined ? {} : { maximumTokens: maximumTokens - (beginToken ? 1 : 0) };
  const encoded = encodeSamples(samples, { tokenizer, ...limit });
  const manifest = await writeTokenShards(folder, encoded, { ...rest, domain, supervised: true });
  return { manifest, report: encoded.report };
}
