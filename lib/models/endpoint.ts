import OpenAI, { APIError, APIUserAbortError } from "openai";
import type { CompletionCreateParamsNonStreaming } from "openai/resources/completions";
import { ModelError } from "../core/errors.ts";

/** One choice of a completion with log-probabilities, as the protocol writes it. */
export interface ScoredChoice {
  readonly text: string;
  readonly tokenLogProbabilities: readonly (number | null)[];
  readonly topLogProbabilities: readonly (Readonly<Record<string, number>> | null)[] | undefined;
  readonly finishReason: string;
}

export interface EndpointOptions {
  /** Up to and with `/v1`. */
  readonly url: string;
  readonly apiKey: string;
  readonly model: string;
  readonly maximumRetries: number;
  readonly timeoutSeconds: number;
}

/** The requests of the OpenAI protocol that models need; every failure is a ModelError. */
export class Endpoint {
  readonly url: string;
  readonly model: string;
  readonly #client: OpenAI;

  constructor({ url, apiKey, model, maximumRetries, timeoutSeconds }: EndpointOptions) {
    this.url = url;
    this.model = model;
    this.#client = new OpenAI({
      baseURL: url,
      apiKey,
      // Waits as long as Retry-After says, or longer each time.
      maxRetries: maximumRetries,
      timeout: timeoutSeconds * 1000,
    });
  }

  /** Log-probabilities of prompts and of one generated token each. */
  async score(prompts: readonly (readonly number[])[] | readonly string[], signal?: AbortSignal) {
    return this.#complete(prompts, { echo: true, logprobs: 1, max_tokens: 1, temperature: 0 }, signal);
  }

  async complete(
    prompt: string,
    parameters: { max_tokens: number; temperature: number; seed?: number; stop?: string[] },
    signal?: AbortSignal,
  ) {
    const { choices, usage } = await this.#complete([prompt], parameters, signal);
    return { choice: choices[0]!, usage };
  }

  async #complete(
    prompts: readonly (readonly number[])[] | readonly string[],
    parameters: Record<string, unknown>,
    signal: AbortSignal | undefined,
  ) {
    const body = { model: this.model, prompt: prompts, ...parameters } as CompletionCreateParamsNonStreaming;
    const reply = await this.#call(() => this.#client.completions.create(body, signal && { signal }));
    const choices = (reply.choices ?? []).toSorted((one, other) => one.index - other.index);
    if (choices.length !== prompts.length)
      throw this.error(`${prompts.length} prompts were answered with ${choices.length} choices`);
    return {
      usage: reply.usage,
      choices: choices.map(({ text, logprobs, finish_reason: finishReason }): ScoredChoice => ({
        text,
        tokenLogProbabilities: logprobs?.token_logprobs ?? [],
        topLogProbabilities: logprobs?.top_logprobs ?? undefined,
        finishReason,
      })),
    };
  }

  async embed(texts: readonly string[], signal?: AbortSignal) {
    const body = { model: this.model, input: [...texts], encoding_format: "float" as const };
    const { data, usage } = await this.#call(() =>
      this.#client.embeddings.create(body, signal && { signal }),
    );
    if (data.length !== texts.length)
      throw this.error(`${texts.length} texts were answered with ${data.length} vectors`);
    const vectors = data
      .toSorted((one, other) => one.index - other.index)
      .map(({ embedding }) => Float32Array.from(embedding));
    return { vectors, usage };
  }

  /** Of vLLM and of our own server; others do not have it. */
  async tokenize(text: string, signal?: AbortSignal): Promise<readonly number[]> {
    const body = { model: this.model, prompt: text, add_special_tokens: false };
    const path = `${this.url.replace(/\/v1\/?$/u, "")}/tokenize`;
    const { tokens } = await this.#call(
      () => this.#client.post(path, { body, ...(signal && { signal }) }) as Promise<{ tokens?: number[] }>,
    );
    if (!Array.isArray(tokens)) throw this.error("it answers /tokenize without tokens");
    return tokens;
  }

  /** What it says of its models. */
  async models(signal?: AbortSignal): Promise<Record<string, unknown>[]> {
    const page = await this.#call(() => this.#client.models.list(signal && { signal }));
    return page.data as unknown as Record<string, unknown>[];
  }

  error(message: string, status?: number, cause?: unknown): ModelError {
    return new ModelError(
      `${this.url}: ${message}`,
      { endpoint: this.url, ...(status === undefined ? {} : { status }) },
      cause === undefined ? {} : { cause },
    );
  }

  async #call<Reply>(request: () => Promise<Reply>): Promise<Reply> {
    try {
      return await request();
    } catch (error) {
      if (error instanceof APIUserAbortError) throw error;
      if (error instanceof APIError) {
        const status = error.status as number | undefined;
        throw this.error(status === undefined ? `no answer: ${error.message}` : error.message, status, error);
      }
      throw this.error(error instanceof Error ? error.message : String(error), undefined, error);
    }
  }
}
