import { ArgumentError } from "../core/errors.ts";
import { checkOptions, integerOption, objectOption } from "../core/options.ts";
import type { Sensitivity } from "../table/sensitivity.ts";
import { sampleText, type InstructSample } from "./instruct-sample.ts";

/** What turns a text into ids, as `loadTokenizer` gives it. */
export interface TextEncoder {
  encode(text: string): ArrayLike<number>;
}

export interface EncodeSamplesOptions {
  readonly tokenizer: TextEncoder;
  /** Longer samples, their end token counted, are left out and counted; else all stay. @default no limit */
  readonly maximumTokens?: number;
}

/** A sample as tokens, as `writeTokenShards` takes it with `supervised: true`. */
export interface EncodedSample {
  readonly id: string;
  readonly source: string;
  readonly licence: string | null;
  readonly sensitivity: Sensitivity;
  /** Prompt and response, without the end token, which the writer adds. */
  readonly tokens: Uint32Array;
  /** 1 for each token of the response, 0 for the prompt's; the last one, for the end token, is 1. */
  readonly supervised: Uint8Array;
}

/** What `encodeSamples` did; `in = kept + tooLong`, tokens count the end tokens. */
export interface EncodeReport {
  in: number;
  kept: number;
  tooLong: number;
  tokens: number;
  supervisedTokens: number;
  /** Ids of the first ten samples that were too long. */
  readonly tooLongIds: string[];
  isComplete: boolean;
}

const rules = {
  tokenizer: objectOption<TextEncoder>(
    "a tokenizer",
    (value) => typeof (value as Partial<TextEncoder> | null)?.encode === "function",
  ),
  maximumTokens: integerOption(undefined, { minimum: 2 }),
};

/**
 * Turn instruct samples into tokens of which the response's alone, and the end token, are supervised.
 *
 * Prompt and response are tokenized as one text, as a model meets them in use; the response's tokens are those
 * after the prompt's own, which must begin the whole. (Tokenized apart, a SentencePiece response would begin with
 * another token.) The scoring of answers cuts in the same place.
 *
 * @throws {ArgumentError} no tokenizer, or one that joins prompt and response in one token; the sample is named
 *
 * @example
 * const samples = encodeSamples(readInstructSamples("medquad"), { tokenizer, maximumTokens: 8192 });
 * await writeTokenShards("tokens/instruct", samples, { domain: "instruct", tokenizer, supervised: true });
 */
export function encodeSamples(
  samples: AsyncIterable<InstructSample> | Iterable<InstructSample>,
  options: EncodeSamplesOptions,
): AsyncIterable<EncodedSample> & { readonly report: EncodeReport } {
  const { tokenizer, maximumTokens = Infinity } = checkOptions(options, rules);
  if (tokenizer === undefined) throw new ArgumentError("tokenizer", "a tokenizer", tokenizer);
  const report: EncodeReport = {
    in: 0,
    kept: 0,
    tooLong: 0,
    tokens: 0,
    supervisedTokens: 0,
    tooLongIds: [],
    isComplete: false,
  };
  async function* encoded(): AsyncGenerator<EncodedSample, void, void> {
    for await (const sample of samples) {
      report.in++;
      const { tokens, promptLength } = encodeSample(sample, tokenizer!);
      const count = tokens.length + 1;
      if (count > maximumTokens) {
        report.tooLong++;
        if (report.tooLongIds.length < 10) report.tooLongIds.push(sample.id);
        continue;
      }
      report.kept++;
      report.tokens += count;
      report.supervisedTokens += count - promptLength;
      const { id, source, licence, sensitivity } = sample;
      const supervised = new Uint8Array(count).fill(1, promptLength);
      yield { id, source, licence, sensitivity, tokens, supervised };
    }
    report.isComplete = true;
  }
  return { report, [Symbol.asyncIterator]: encoded };
}

function encodeSample(
  sample: InstructSample,
  tokenizer: TextEncoder,
): { tokens: Uint32Array; promptLength: number } {
  const { prompt, response } = sampleText(sample);
  const promptTokens = tokenizer.encode(prompt);
  const tokens = Uint32Array.from(tokenizer.encode(prompt + response));
  const isPrefix = tokens.length > promptTokens.length && isBeginning(promptTokens, tokens);
  if (isPrefix) return { tokens, promptLength: promptTokens.length };
  const place = `sample ${JSON.stringify(sample.id)} of ${sample.source}`;
  throw new ArgumentError(
    "tokenizer",
    `one that ends a token where the response of ${place} begins`,
    tokenizer,
  );
}

function isBeginning(beginning: ArrayLike<number>, whole: ArrayLike<number>): boolean {
  for (let index = 0; index < beginning.length; index++) {
    if (beginning[index] !== whole[index]) return false;
  }
  return true;
}
