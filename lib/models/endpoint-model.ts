import { recordAudit } from "../core/audit-log.ts";
import { ArgumentError } from "../core/errors.ts";
import { markRestricted } from "../core/restricted.ts";
import type { Sensitivity } from "../table/sensitivity.ts";
import { requireConfirmedFor } from "./confirm-endpoint.ts";
import type { Endpoint, ScoredChoice } from "./endpoint.ts";
import { hideReply } from "./hide-reply.ts";
import { inParallel } from "./in-parallel.ts";
import type {
  CallOptions,
  GenerateRequest,
  Generation,
  LanguageModel,
  Likelihood,
  LikelihoodRequest,
  Price,
} from "./language-model.ts";
import { RequestCache } from "./request-cache.ts";
import { checkLogProbabilities } from "./self-check.ts";
import type { Spending } from "./spending.ts";
import { cutPairs, type Encode, type TokenPair } from "./token-boundary.ts";
import { WantedAnswers, type AnswerPlace, type Asked } from "./wanted-answers.ts";

export interface EndpointModelParts {
  readonly endpoint: Endpoint;
  readonly fingerprint: string;
  readonly contextLength: number | undefined;
  /** Undefined where chats alone are answered, by an endpoint that gives no tokens. */
  readonly encode: Encode | undefined;
  /** Whether prompts go as chats; there are no likelihoods then. */
  readonly chats: boolean;
  /** Whether the endpoint can leave out log-probabilities of a context, as our own server. */
  readonly startsWithin: boolean;
  readonly cache: RequestCache | undefined;
  /** Of restricted requests: encrypted, or none. */
  readonly restrictedCache: RequestCache | undefined;
  readonly spending: Spending;
  readonly price: Price | undefined;
  readonly outputLicence: string | undefined;
  readonly sensitivity: Sensitivity;
  readonly concurrency: number;
  readonly promptsPerRequest: number;
  readonly embeddedTokens: number | undefined;
}

/** All that fixes what a model writes. */
type FixedGeneration = Required<
  Pick<GenerateRequest, "prompt" | "maximumTokens" | "temperature" | "stop">
> & {
  readonly sampleIndex: number;
  readonly seed: number | null;
};

/** A model behind the OpenAI protocol; made by `connectModel`. */
export class EndpointModel implements LanguageModel {
  readonly name: string;
  readonly fingerprint: string;
  readonly contextLength: number | undefined;
  readonly price?: Price;
  readonly outputLicence?: string;
  readonly sensitivity: Sensitivity;
  readonly #parts: EndpointModelParts;

  constructor(parts: EndpointModelParts) {
    this.#parts = parts;
    this.name = parts.endpoint.model;
    this.fingerprint = parts.fingerprint;
    this.contextLength = parts.contextLength;
    this.sensitivity = parts.sensitivity;
    if (parts.price !== undefined) this.price = parts.price;
    if (parts.outputLicence !== undefined) this.outputLicence = parts.outputLicence;
  }

  /** Tokens sent and received so far. */
  get tokensSpent(): number {
    return this.#parts.spending.tokens;
  }

  /** In the price's currency, so far; 0 without a price. */
  get costSpent(): number {
    return this.#parts.spending.cost;
  }

  /**
   * Prompts of one context travel in one request, so that a server that shares beginnings computes it once.
   *
   * @throws {ModelError} a reply of another length, or that is no numbers; a prompt longer than the model's context;
   *   restricted text to an endpoint elsewhere
   */
  async logLikelihood(
    requests: readonly LikelihoodRequest[],
    options: CallOptions = {},
  ): Promise<Likelihood[][]> {
    return hiding(this.#strict(options), (call) => this.#logLikelihood(requests, call));
  }

  async generate(requests: readonly GenerateRequest[], options: CallOptions = {}): Promise<Generation[]> {
    const call = this.#strict(options);
    const generations = await hiding(call, () => this.#generate(requests, call));
    return call.sensitivity === "restricted" ? markRestricted(generations) : generations;
  }

  async embed(texts: readonly string[], options: CallOptions = {}): Promise<Float32Array[]> {
    return hiding(this.#strict(options), (call) => this.#embed(texts, call));
  }

  /** What a model says that was trained on restricted data is restricted, whatever it is asked. */
  #strict(options: CallOptions): CallOptions {
    return this.sensitivity === "restricted" ? { ...options, sensitivity: "restricted" } : options;
  }

  async #logLikelihood(
    requests: readonly LikelihoodRequest[],
    options: CallOptions,
  ): Promise<Likelihood[][]> {
    const { promptsPerRequest, concurrency, encode, endpoint, spending, chats, startsWithin } = this.#parts;
    if (chats || encode === undefined)
      throw endpoint.error(
        "it is connected as one that only chats, which has no likelihoods: score what it generates",
      );
    this.#checkSensitivity("likelihoods", requests.length, options.sensitivity);
    const pairs = await inParallel(requests, concurrency, async ({ context, continuations }) => {
      options.signal?.throwIfAborted();
      return cutPairs(context, continuations, encode);
    });
    const results: Likelihood[][] = requests.map(() => []);
    const place = ([request, part]: readonly [number, number], likelihood: Likelihood): void =>
      void (results[request]![part] = likelihood);
    const work = this.#wanted<TokenPair, Likelihood>(options, place);
    for (const [request, held] of pairs.entries()) {
      for (const [part, pair] of held.entries()) {
        this.#checkLength(pair.tokens.length);
        work.want(RequestCache.key({ kind: "likelihood", ...pair }), pair, [request, part]);
      }
    }
    await inParallel(batchesOf(work.missing(), promptsPerRequest), concurrency, async (batch) => {
      const left = work.stillMissing(batch);
      if (left.length === 0) return;
      const prompts = left.map(({ wanted }) => wanted.tokens);
      const input = prompts.reduce((sum, { length }) => sum + length, 0);
      const choices = await spending.spend({ input, output: prompts.length }, async () => {
        const starts = startsWithin ? left.map(({ wanted }) => wanted.contextLength) : undefined;
        const { choices: reply } = await endpoint.score(prompts, options.signal, starts);
        return { reply, input, output: prompts.length };
      });
      // All are read before the first is kept: a reply that is wrong in part is trusted in none.
      const likelihoods = left.map(({ wanted }, index) => this.#likelihoodOf(wanted, choices[index]!));
      for (const [index, asked] of left.entries()) work.answer(asked, likelihoods[index]!);
    });
    return results;
  }

  async #generate(requests: readonly GenerateRequest[], options: CallOptions): Promise<Generation[]> {
    this.#checkSensitivity("generations", requests.length, options.sensitivity);
    const results: Generation[] = [];
    const work = this.#wanted<FixedGeneration, Generation>(options, ([request], generation) => {
      results[request] = generation;
    });
    for (const [index, request] of requests.entries()) {
      const { prompt, maximumTokens, temperature = 0, seed = null, stop = [], sampleIndex = 0 } = request;
      if (prompt === "")
        throw new ArgumentError(`requests[${index}].prompt`, "a text that is not empty", prompt);
      const fixed = { prompt, maximumTokens, temperature, stop, sampleIndex, seed };
      work.want(RequestCache.key({ kind: "generation", ...fixed }), fixed, [index, 0]);
    }
    await inParallel(work.missing(), this.#parts.concurrency, async (asked) => {
      for (const left of work.stillMissing([asked]))
        work.answer(left, await this.#generateOne(left.wanted, options.signal));
    });
    return results;
  }

  async #embed(texts: readonly string[], options: CallOptions): Promise<Float32Array[]> {
    const { concurrency, endpoint, promptsPerRequest, spending, embeddedTokens } = this.#parts;
    const kind = { kind: "embedding", ...(embeddedTokens !== undefined && { embeddedTokens }) };
    this.#checkSensitivity("embeddings", texts.length, options.sensitivity);
    const results: Float32Array[] = [];
    const work = this.#wanted<string, { readonly vector: string }>(options, ([index], { vector }) => {
      results[index] = vectorOf(vector);
    });
    for (const [index, text] of texts.entries())
      work.want(RequestCache.key({ ...kind, text }), text, [index, 0]);
    const missing = work.missing();
    const batches = Array.from({ length: Math.ceil(missing.length / promptsPerRequest) }, (_, index) =>
      missing.slice(index * promptsPerRequest, (index + 1) * promptsPerRequest),
    );
    await inParallel(batches, concurrency, async (batch) => {
      const left = work.stillMissing(batch);
      if (left.length === 0) return;
      const asked = left.map(({ wanted }) => wanted);
      // No token is shorter than a byte; begin and end tokens come on top. What was spent is in the reply.
      const most = asked.reduce((sum, text) => sum + Buffer.byteLength(text) + 2, 0);
      const vectors = await spending.spend({ input: most, output: 0 }, async () => {
        const { vectors: reply, usage } = await endpoint.embed(asked, embeddedTokens, options.signal);
        return { reply, input: usage?.prompt_tokens ?? most, output: 0 };
      });
      for (const [index, each] of left.entries()) work.answer(each, { vector: textOf(vectors[index]!) });
    });
    return results;
  }

  #wanted<Wanted, Answer>(
    options: CallOptions,
    put: (place: AnswerPlace, answer: Answer) => void,
  ): WantedAnswers<Wanted, Answer> {
    const { spending } = this.#parts;
    const cache = options.sensitivity === "restricted" ? this.#parts.restrictedCache : this.#parts.cache;
    return new WantedAnswers(cache, spending, options.onProgress, put);
  }

  async #generateOne(request: FixedGeneration, signal: AbortSignal | undefined): Promise<Generation> {
    const { endpoint, spending, encode, chats } = this.#parts;
    const { prompt, maximumTokens, temperature, stop, seed, sampleIndex } = request;
    // Where nobody can count them, at most one a byte.
    const promptTokens = (await encode?.(prompt))?.length ?? Buffer.byteLength(prompt);
    this.#checkLength(promptTokens + maximumTokens);
    return spending.spend({ input: promptTokens, output: maximumTokens }, async () => {
      const parameters = {
        max_tokens: maximumTokens,
        temperature,
        // Samples of one prompt differ, and each is the same again.
        ...(seed !== null && { seed: seed + sampleIndex }),
        ...(stop.length > 0 && { stop: [...stop] }),
      };
      const { choice, usage } = chats
        ? await endpoint.chat(prompt, parameters, signal)
        : await endpoint.complete(prompt, parameters, signal);
      const cut = stop.find((text) => choice.text.includes(text));
      if (cut !== undefined) throw endpoint.error(`stop-not-trimmed: an output holds ${JSON.stringify(cut)}`);
      const tokens = usage?.completion_tokens ?? (await encode?.(choice.text))?.length ?? maximumTokens;
      const finishReason = choice.finishReason === "length" ? "length" : "stop";
      const input = (chats ? usage?.prompt_tokens : undefined) ?? promptTokens;
      const reply: Generation = { text: choice.text, promptTokens: input, tokens, finishReason };
      return { reply, input, output: tokens };
    });
  }

  #likelihoodOf({ tokens, contextLength }: TokenPair, choice: ScoredChoice): Likelihood {
    const { endpoint } = this.#parts;
    const { tokenLogProbabilities: values, topLogProbabilities: tops } = choice;
    if (values.length !== tokens.length + 1) {
      throw endpoint.error(`a prompt of ${tokens.length} tokens was answered with ${values.length} values`);
    }
    const own = values.slice(contextLength, tokens.length);
    checkLogProbabilities(endpoint, own);
    const logProbabilities = own as number[];
    const isGreedy = logProbabilities.every((value, index) => {
      const top = tops?.[contextLength + index];
      return top !== null && top !== undefined && value >= Math.max(...Object.values(top));
    });
    const sum = logProbabilities.reduce((total, value) => total + value, 0);
    return {
      contextTokens: contextLength,
      tokens: tokens.slice(contextLength),
      logProbabilities,
      sum,
      isGreedy,
    };
  }

  /** Before anything is sent; a call is one line of the audit log, however many requests it makes. */
  #checkSensitivity(kind: string, count: number, sensitivity: Sensitivity = "public"): void {
    const { url, model } = this.#parts.endpoint;
    requireConfirmedFor(url, sensitivity);
    recordAudit({
      action: "model-call",
      subject: url.slice(0, 500),
      sensitivity,
      detail: { kind, model, count },
    });
  }

  #checkLength(tokens: number): void {
    const { contextLength } = this;
    if (contextLength !== undefined && tokens > contextLength)
      throw this.#parts.endpoint.error(
        `a prompt with its answer has ${tokens} tokens, the model takes ${contextLength}; shorten the prompt`,
      );
  }
}

/** What the work gives; where it fails and is restricted, nothing that the endpoint said is told. */
async function hiding<Result>(
  call: CallOptions,
  work: (call: CallOptions) => Promise<Result>,
): Promise<Result> {
  try {
    return await work(call);
  } catch (error) {
    throw call.sensitivity === "restricted" ? hideReply(error) : error;
  }
}

/** 32-bit floats as text, a quarter of their length as JSON. */
function textOf(vector: Float32Array): string {
  return Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString("base64");
}

function vectorOf(text: string): Float32Array {
  return new Float32Array(Uint8Array.from(Buffer.from(text, "base64")).buffer);
}

/** Tokens of the prompts of one request, each counted whole: short prompts travel many together. */
const tokensPerRequest = 8192;

/**
 * At most so many prompts and tokens, those of one request together where they fit.
 *
 * Long ones come first, each with others of its length: a server fills the shorter ones of a batch up to the longest.
 */
function batchesOf(missing: readonly Asked<TokenPair>[], most: number): Asked<TokenPair>[][] {
  const batches: Asked<TokenPair>[][] = [];
  const longest = (group: readonly Asked<TokenPair>[]): number =>
    group.reduce((length, { wanted }) => Math.max(length, wanted.tokens.length), 0);
  const groups = [...Map.groupBy(missing, ({ places }) => places[0]![0]).values()];
  let room = 0;
  for (const group of groups.toSorted((one, other) => longest(other) - longest(one))) {
    const atOnce = Math.max(1, Math.min(most, Math.floor(tokensPerRequest / longest(group))));
    if (group.length <= room) batches.at(-1)!.push(...group);
    else for (let at = 0; at < group.length; at += atOnce) batches.push(group.slice(at, at + atOnce));
    // As many more as are no longer than this group's; those that follow are shorter.
    room = Math.min(most, Math.floor(tokensPerRequest / longest(batches.at(-1)!))) - batches.at(-1)!.length;
  }
  return batches;
}
