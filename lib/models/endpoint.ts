import { setTimeout as sleep } from "node:timers/promises";
import OpenAI, { APIError } from "openai";
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
  /** Of one try, until the whole reply is there; also the longest that an endpoint may ask to wait before the next. */
  readonly timeoutSeconds: number;
}

/** The requests of the OpenAI protocol that models need; every failure is a ModelError. */
export class Endpoint {
  readonly url: string;
  readonly model: string;
  readonly #client: OpenAI;
  readonly #maximumRetries: number;
  readonly #timeoutSeconds: number;
  /** All requests wait until then when one was told to. */
  #pausedUntil = 0;

  constructor({ url, apiKey, model, maximumRetries, timeoutSeconds }: EndpointOptions) {
    this.url = url;
    this.model = model;
    this.#maximumRetries = maximumRetries;
    this.#timeoutSeconds = timeoutSeconds;
    this.#client = new OpenAI({
      baseURL: url,
      apiKey,
      // Tries are counted here: the client's own do not wait longer than a minute whatever Retry-After says, and do not
      // cover a reply that is cut.
      maxRetries: 0,
      timeout: (timeoutSeconds + 1) * 1000,
      // A redirection would carry the text to a place that nobody confirmed.
      fetchOptions: { redirect: "manual" },
    });
  }

  /**
   * Log-probabilities of prompts and of one generated token each.
   *
   * @param starts of each prompt the first token that matters; for servers that know the word
   */
  async score(
    prompts: readonly (readonly number[])[] | readonly string[],
    signal?: AbortSignal,
    starts?: readonly number[],
  ) {
    const parameters = { echo: true, logprobs: 1, max_tokens: 1, temperature: 0 };
    const from = starts === undefined ? {} : { logprob_start_len: starts };
    return this.#complete(prompts, { ...parameters, ...from }, signal);
  }

  async complete(
    prompt: string,
    parameters: { max_tokens: number; temperature: number; seed?: number; stop?: string[] },
    signal?: AbortSignal,
  ) {
    const { choices, usage } = await this.#complete([prompt], parameters, signal);
    return { choice: choices[0]!, usage };
  }

  /** As `complete`, where chats alone are answered: the prompt is one message of the user. */
  async chat(
    prompt: string,
    parameters: { max_tokens: number; temperature: number; seed?: number; stop?: string[] },
    signal?: AbortSignal,
  ) {
    const messages = [{ role: "user" as const, content: prompt }];
    const body = { model: this.model, messages, ...parameters };
    const { choices, usage } = await this.#call(
      (options) => this.#client.chat.completions.create(body, options),
      signal,
    );
    const choice = choices?.[0];
    if (choice === undefined) throw this.error("a chat was answered without a message");
    return { choice: { text: choice.message.content ?? "", finishReason: choice.finish_reason }, usage };
  }

  async #complete(
    prompts: readonly (readonly number[])[] | readonly string[],
    parameters: Record<string, unknown>,
    signal: AbortSignal | undefined,
  ) {
    const body = {
      model: this.model,
      prompt: prompts,
      ...parameters,
      // Of vLLM, which puts a begin token before texts otherwise, and of our own server.
      ...(typeof prompts[0] === "string" && { add_special_tokens: false }),
    } as CompletionCreateParamsNonStreaming;
    const reply = await this.#call((options) => this.#client.completions.create(body, options), signal);
    const choices = (reply.choices ?? []).toSorted((one, other) => one.index - other.index);
    if (choices.length !== prompts.length || choices.some(({ index }, place) => index !== place))
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

  async embed(texts: readonly string[], firstTokens?: number, signal?: AbortSignal) {
    const body = {
      model: this.model,
      input: [...texts],
      encoding_format: "float" as const,
      ...(firstTokens !== undefined && { truncate_prompt_tokens: firstTokens }),
    };
    const { data, usage } = await this.#call(
      (options) => this.#client.embeddings.create(body, options),
      signal,
    );
    if (data.length !== texts.length)
      throw this.error(`${texts.length} texts were answered with ${data.length} vectors`);
    const vectors = data
      .toSorted((one, other) => one.index - other.index)
      .map(({ embedding }) => Float32Array.from(embedding));
    const wrong = vectors.findIndex(
      (vector) =>
        vector.length === 0 || vector.length !== vectors[0]!.length || !vector.every(Number.isFinite),
    );
    if (wrong >= 0) throw this.error(`vector ${wrong} is not ${vectors[0]!.length} finite numbers`);
    return { vectors, usage };
  }

  /** Of vLLM and of our own server; others do not have it. */
  async tokenize(text: string, signal?: AbortSignal): Promise<readonly number[]> {
    const body = { model: this.model, prompt: text, add_special_tokens: false };
    const path = `${this.url.replace(/\/v1\/?$/u, "")}/tokenize`;
    const { tokens } = await this.#call(
      (options) => this.#client.post(path, { body, ...options }) as Promise<{ tokens?: number[] }>,
      signal,
    );
    if (!Array.isArray(tokens)) throw this.error("it answers /tokenize without tokens");
    return tokens;
  }

  /** What it says of its models. */
  async models(signal?: AbortSignal): Promise<Record<string, unknown>[]> {
    const page = await this.#call((options) => this.#client.models.list(options), signal);
    if (!Array.isArray(page.data)) throw this.error("it answers /models without a list");
    return page.data as unknown as Record<string, unknown>[];
  }

  error(message: string, status?: number, cause?: unknown): ModelError {
    return new ModelError(
      `${this.url}: ${message}`,
      { endpoint: this.url, ...(status === undefined ? {} : { status }) },
      cause === undefined ? {} : { cause },
    );
  }

  /** Tries until there is a whole reply, the failure is one that stays, or there were enough of them. */
  async #call<Reply>(
    request: (options: { readonly signal: AbortSignal }) => Promise<Reply>,
    signal: AbortSignal | undefined,
  ): Promise<Reply> {
    for (let retries = 0; ; retries++) {
      const pause = this.#pausedUntil - Date.now();
      if (pause > 0) await sleep(pause, undefined, signal && { signal });
      const timeout = AbortSignal.timeout(this.#timeoutSeconds * 1000);
      try {
        return await request({ signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]) });
      } catch (error) {
        signal?.throwIfAborted();
        const failure = this.#failureOf(error, timeout.aborted);
        if (!mayPass(error) || retries >= this.#maximumRetries) throw failure;
        const asked = retryAfterSeconds(error);
        if (asked !== undefined && asked > this.#timeoutSeconds)
          throw this.error(`${failure.message}; it asks to wait ${asked} s`, failure.status, error);
        if (asked !== undefined) this.#pausedUntil = Math.max(this.#pausedUntil, Date.now() + asked * 1000);
        else await sleep(backoffSeconds(retries) * 1000, undefined, signal && { signal });
      }
    }
  }

  #failureOf(error: unknown, isLate: boolean): ModelError {
    if (isLate) return this.error(`no answer within ${this.#timeoutSeconds} s`, undefined, error);
    if (error instanceof SyntaxError)
      return this.error(`its answer is no JSON: ${error.message}`, undefined, error);
    const message = error instanceof Error ? `${error.message}${reasonOf(error)}` : String(error);
    const status = error instanceof APIError ? (error.status as number | undefined) : undefined;
    return this.error(status === undefined ? `no answer: ${message}` : message, status, error);
  }
}

/** Too many requests, the server's own trouble, no connection or one that was cut; not what is wrong with a request. */
function mayPass(error: unknown): boolean {
  if (error instanceof SyntaxError) return false;
  const status = error instanceof APIError ? (error.status as number | undefined) : undefined;
  return status === undefined || status === 408 || status === 409 || status === 429 || status >= 500;
}

/** Why there was no connection; the client's own message leaves it out. */
function reasonOf(error: Error): string {
  let cause: unknown = error;
  while (cause instanceof Error && cause.cause instanceof Error) cause = cause.cause;
  return cause === error ? "" : ` ${(cause as Error).message}`;
}

/** What the header says, in seconds or as a date. */
function retryAfterSeconds(error: unknown): number | undefined {
  const header = error instanceof APIError ? error.headers?.get("retry-after") : undefined;
  if (header === null || header === undefined) return undefined;
  const seconds = Number(header);
  const asked = Number.isNaN(seconds) ? (Date.parse(header) - Date.now()) / 1000 : seconds;
  return asked >= 0 ? asked : undefined;
}

/** Twice as long each time, up to eight seconds; a part of it is drawn, so that many clients do not come at once. */
function backoffSeconds(retries: number): number {
  return Math.min(8, 0.5 * 2 ** retries) * (1 - 0.25 * Math.random());
}
