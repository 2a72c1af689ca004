import type { Sensitivity } from "../table/sensitivity.ts";

/** A model as evaluation and prompting see it, wherever it runs. */
export interface LanguageModel {
  readonly name: string;
  /** Fixes the outputs: SHA-256 of weights and tokenizer where the endpoint tells it, else the endpoint and the name. */
  readonly fingerprint: string;
  /** Tokens of prompt and answer together, where it is known. */
  readonly contextLength: number | undefined;
  /** SPDX expression of what it writes, where the user said it; `LicenseRef-no-competing-models` is one. */
  readonly outputLicence?: string;
  /** Of what it writes, whatever it is asked: restricted where it was trained on restricted data. @default "public" */
  readonly sensitivity?: Sensitivity;
  /** What its endpoint takes, where the user said it. */
  readonly price?: Price;
  /** Log-likelihood of each continuation after its context, in the order asked. */
  logLikelihood(requests: readonly LikelihoodRequest[], options?: CallOptions): Promise<Likelihood[][]>;
  generate(requests: readonly GenerateRequest[], options?: CallOptions): Promise<Generation[]>;
  /** One vector for each text. */
  embed(texts: readonly string[], options?: CallOptions): Promise<Float32Array[]>;
}

/** A context whose continuations are to be scored. */
export interface LikelihoodRequest {
  readonly context: string;
  /** What may follow it, each with the white space that stands before it. */
  readonly continuations: readonly string[];
}

/** Of a million tokens, in a currency of the user's. */
export interface Price {
  readonly input: number;
  readonly output: number;
}

/** Of one continuation. */
export interface Likelihood {
  /** How many tokens stand before it. */
  readonly contextTokens: number;
  /** Its tokens, without the context's. */
  readonly tokens: readonly number[];
  /** Natural logarithms, one a token. */
  readonly logProbabilities: readonly number[];
  readonly sum: number;
  /** Whether each token is the likeliest at its place. */
  readonly isGreedy: boolean;
}

/** A prompt, and how its output is drawn. */
export interface GenerateRequest {
  readonly prompt: string;
  readonly maximumTokens: number;
  /** 0 takes the likeliest token. @default 0 */
  readonly temperature?: number;
  readonly seed?: number;
  /** Texts before which the output ends. */
  readonly stop?: readonly string[];
  /** Tells samples of one prompt apart. @default 0 */
  readonly sampleIndex?: number;
  /** The question that it is about: recorded outputs are found by it; nothing of it is sent. */
  readonly about?: { readonly dataset?: string; readonly id: string };
}

/** What a model wrote after a prompt. */
export interface Generation {
  readonly text: string;
  readonly promptTokens: number;
  readonly tokens: number;
  readonly finishReason: "stop" | "length";
}

/** What every request to a model may be told. */
export interface CallOptions {
  readonly signal?: AbortSignal;
  /** Of what is asked: restricted text is refused to endpoints that were not confirmed for it. @default "public" */
  readonly sensitivity?: Sensitivity;
  readonly onProgress?: (progress: CallProgress) => void;
}

/** How far a list of requests is. */
export interface CallProgress {
  readonly done: number;
  readonly total: number;
  /** Requests that the cache answered. */
  readonly cached: number;
  /** Tokens sent and received so far, by this model object. */
  readonly tokens: number;
  /** In the price's currency; 0 without a price. */
  readonly cost: number;
  /** By the speed so far; undefined before the first answer that the cache did not hold. */
  readonly secondsLeft: number | undefined;
}
