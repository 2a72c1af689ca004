import type { Endpoint, ScoredChoice } from "./endpoint.ts";
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
import { cutPair, type Encode, type TokenPair } from "./token-boundary.ts";

export interface EndpointModelParts {
  readonly endpoint: Endpoint;
  readonly fingerprint: string;
  readonly contextLength: number | undefined;
  readonly encode: Encode;
  readonly cache: RequestCache | undefined;
  readonly spending: Spending;
  readonly price: Price | undefined;
  readonly concurrency: number;
  readonly promptsPerRequest: number;
}

/** A place to be filled: one continuation of one request. */
interface Slot {
  readonly pair: TokenPair;
  readonly key: string;
  readonly place: readonly [request: number, continuation: number];
}

/** A model behind the OpenAI protocol; made by `connectModel`. */
export class EndpointModel implements LanguageModel {
  readonly name: string;
  readonly fingerprint: string;
  readonly contextLength: number | undefined;
  readonly price?: Price;
  readonly #parts: EndpointModelParts;

  constructor(parts: EndpointModelParts) {
    this.#parts = parts;
    this.name = parts.endpoint.model;
    this.fingerprint = parts.fingerprint;
    this.contextLength = parts.contextLength;
    if (parts.price !== undefined) this.price = parts.price;
  }

  /** Tokens sent and received so far. */
  get tokensSpent(): number {
    return this.#parts.spending.tokens;
  }

  /**
   * Prompts of one context travel in one request, so that a server that shares beginnings computes it once.
   *
   * @throws {ModelError} a reply of another length, or that is no numbers; a prompt longer than the model's context
   */
  async logLikelihood(
    requests: readonly LikelihoodRequest[],
    options: CallOptions = {},
  ): Promise<Likelihood[][]> {
    const { promptsPerRequest, concurrency, cache } = this.#parts;
    const results: Likelihood[][] = requests.map(() => []);
    const missing: Slot[] = [];
    let cached = 0;
    for (const [place, { context, continuations }] of requests.entries()) {
      options.signal?.throwIfAborted();
      for (const [index, continuation] of continuations.entries()) {
        const pair = await cutPair(context, continuation, this.#parts.encode);
        this.#checkLength(pair.tokens.length);
        const key = RequestCache.key({ kind: "likelihood", ...pair });
        const found = cache?.get(key) as Likelihood | undefined;
        if (found === undefined) missing.push({ pair, key, place: [place, index] });
        else {
          results[place]![index] = { ...found, contextTokens: pair.contextLength };
          cached++;
        }
      }
    }
    const total = missing.length + cached;
    let done = cached;
    const tell = this.#teller(options, total, cached);
    tell(done);
    const batches = batchesOf(missing, promptsPerRequest);
    await inParallel(batches, concurrency, async (batch) => {
      const prompts = batch.map(({ pair }) => pair.tokens);
      const input = prompts.reduce((sum, { length }) => sum + length, 0);
      const choices = await this.#parts.spending.spend({ input, output: prompts.length }, async () => {
        const { choices: reply } = await this.#parts.endpoint.score(prompts, options.signal);
        return { reply, input, output: prompts.length };
      });
      for (const [index, slot] of batch.entries()) {
        const likelihood = this.#likelihoodOf(slot.pair, choices[index]!);
        cache?.set(slot.key, likelihood);
        results[slot.place[0]]![slot.place[1]] = likelihood;
      }
      tell((done += batch.length));
    });
    return results;
  }

  async generate(requests: readonly GenerateRequest[], options: CallOptions = {}): Promise<Generation[]> {
    const { concurrency, cache, endpoint, spending } = this.#parts;
    let [done, cached] = [0, 0];
    return inParallel(requests, concurrency, async (request) => {
      const { prompt, maximumTokens, temperature = 0, seed, stop = [], sampleIndex = 0 } = request;
      const fixed = { prompt, maximumTokens, temperature, stop, sampleIndex, seed: seed ?? null };
      const key = RequestCache.key({ kind: "generation", ...fixed });
      const found = cache?.get(key) as Generation | undefined;
      if (found !== undefined) cached++;
      const generation = found ?? (await this.#generateOne(fixed, options.signal));
      if (found === undefined) cache?.set(key, generation);
      options.onProgress?.({
        done: ++done,
        total: requests.length,
        cached,
        tokens: spending.tokens,
        cost: spending.cost,
      });
      return generation;
    }).catch((error: unknown) => {
      throw error instanceof Error ? error : endpoint.error(String(error));
    });
  }

  async embed(texts: readonly string[], options: CallOptions = {}): Promise<Float32Array[]> {
    const { concurrency, endpoint, promptsPerRequest, spending, cache } = this.#parts;
    const results: Float32Array[] = [];
    const missing: { text: string; key: string; place: number }[] = [];
    for (const [place, text] of texts.entries()) {
      const key = RequestCache.key({ kind: "embedding", text });
      const found = cache?.get(key) as number[] | undefined;
      if (found === undefined) missing.push({ text, key, place });
      else results[place] = Float32Array.from(found);
    }
    const tell = this.#teller(options, texts.length, texts.length - missing.length);
    let done = texts.length - missing.length;
    const batches = Array.from({ length: Math.ceil(missing.length / promptsPerRequest) }, (_, index) =>
      missing.slice(index * promptsPerRequest, (index + 1) * promptsPerRequest),
    );
    await inParallel(batches, concurrency, async (batch) => {
      const vectors = await spending.spend({ input: 0, output: 0 }, async () => {
        const { vectors: reply, usage } = await endpoint.embed(
          batch.map(({ text }) => text),
          options.signal,
        );
        return { reply, input: usage?.prompt_tokens ?? 0, output: 0 };
      });
      for (const [index, { key, place }] of batch.entries()) {
        const vector = vectors[index]!;
        cache?.set(key, [...vector]);
        results[place] = vector;
      }
      tell((done += batch.length));
    });
    return results;
  }

  async #generateOne(
    request: {
      prompt: string;
      maximumTokens: number;
      temperature: number;
      stop: readonly string[];
      sampleIndex: number;
      seed: number | null;
    },
    signal: AbortSignal | undefined,
  ): Promise<Generation> {
    const { endpoint, spending, encode } = this.#parts;
    const { prompt, maximumTokens, temperature, stop, seed, sampleIndex } = request;
    const promptTokens = (await encode(prompt)).length;
    this.#checkLength(promptTokens + maximumTokens);
    return spending.spend({ input: promptTokens, output: maximumTokens }, async () => {
      const { choice, usage } = await endpoint.complete(
        prompt,
        {
          max_tokens: maximumTokens,
          temperature,
          // Samples of one prompt differ, and each is the same again.
          ...(seed !== null && { seed: seed + sampleIndex }),
          ...(stop.length > 0 && { stop: [...stop] }),
        },
        signal,
      );
      const cut = stop.find((text) => choice.text.includes(text));
      if (cut !== undefined) throw endpoint.error(`stop-not-trimmed: an output holds ${JSON.stringify(cut)}`);
      const tokens = usage?.completion_tokens ?? 0;
      const finishReason = choice.finishReason === "length" ? "length" : "stop";
      const reply: Generation = { text: choice.text, promptTokens, tokens, finishReason };
      return { reply, input: promptTokens, output: tokens };
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

  #checkLength(tokens: number): void {
    const { contextLength } = this;
    if (contextLength === undefined || tokens <= contextLength) return;
    throw this.#parts.endpoint.error(
      `a prompt with its answer has ${tokens} tokens, the model takes ${contextLength}; shorten the prompt`,
    );
  }

  #teller({ onProgress }: CallOptions, total: number, cached: number): (done: number) => void {
    const { spending } = this.#parts;
    return (done) => onProgress?.({ done, total, cached, tokens: spending.tokens, cost: spending.cost });
  }
}

/**
 * At most so many prompts, those of one request together where they fit.
 *
 * Long ones come first, each with others of its length: a server fills the shorter ones of a batch up to the longest.
 */
function batchesOf(slots: readonly Slot[], most: number): Slot[][] {
  const batches: Slot[][] = [];
  const longest = (group: readonly Slot[]): number =>
    group.reduce((length, { pair }) => Math.max(length, pair.tokens.length), 0);
  const groups = [...Map.groupBy(slots, ({ place }) => place[0]).values()];
  for (const group of groups.toSorted((one, other) => longest(other) - longest(one))) {
    const last = batches.at(-1);
    if (last !== undefined && last.length + group.length <= most) last.push(...group);
    else for (let at = 0; at < group.length; at += most) batches.push(group.slice(at, at + most));
  }
  return batches;
}
