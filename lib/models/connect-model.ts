import { join } from "node:path";

import { ArgumentError } from "../core/errors.ts";
import {
  booleanOption,
  callbackOption,
  choiceOption,
  checkOptions,
  integerOption,
  objectOption,
  textOption,
} from "../core/options.ts";
import { checkAddress, requireConfirmed } from "./confirm-endpoint.ts";
import { Endpoint } from "./endpoint.ts";
import { EndpointModel } from "./endpoint-model.ts";
import type { Price } from "./language-model.ts";
import { RequestCache } from "./request-cache.ts";
import { cacheKey, SealedAnswers } from "./sealed-answers.ts";
import { checkChat, checkEndpoint } from "./self-check.ts";
import { Spending, type Budget } from "./spending.ts";
import type { Encode } from "./token-boundary.ts";

export interface ConnectModelOptions {
  /** Name of the model. @default the only one that the endpoint serves */
  readonly model?: string;
  /** Never shown or saved. @default the environment's OPENAI_API_KEY */
  readonly apiKey?: string;
  /** Its tokenizer; without one the endpoint is asked at `/tokenize`, which hosted ones do not have. */
  readonly encode?: Encode;
  /**
   * `chat` for endpoints that only chat: a prompt is sent as one message of the user, and there are no likelihoods.
   * @default "completions"
   */
  readonly protocol?: "completions" | "chat";
  /**
   * Folder of answers that are not asked for twice; none keeps nothing. Restricted requests and their answers are kept
   * encrypted where ROUNDS_CACHE_KEY or ROUNDS_CACHE_KEY_FILE gives a key, else not at all.
   */
  readonly cacheFolder?: string;
  /** Requests at a time. @default 4 */
  readonly concurrency?: number;
  /** Prompts in one request for likelihoods or embeddings, at most; fewer where they are long. @default 64 */
  readonly promptsPerRequest?: number;
  /**
   * Embed longer texts by so many of their first tokens, as sentence-transformers do; vLLM and our own server know how
   * (`truncate_prompt_tokens`). Without it a text that is too long is an error.
   */
  readonly embeddedTokens?: number;
  /** Tries after the first, of requests that failed for a while (429, 5xx, no answer, or half of one). @default 4 */
  readonly maximumRetries?: number;
  /** Of one try; also the longest that an endpoint may ask to wait before the next (`Retry-After`). @default 600 */
  readonly timeoutSeconds?: number;
  /** What this object may spend; the request that could pass it is not sent. */
  readonly budget?: Budget;
  readonly price?: Price;
  /**
   * Terms of what the model writes, as an SPDX expression: what is made from its outputs is under them. Many hosted
   * ones forbid to train competing models on it, `LicenseRef-no-competing-models`. @default not known
   */
  readonly outputLicence?: string;
  /** Ask the endpoint about a known text before it is used; not of one that says that it only embeds. @default true */
  readonly selfCheck?: boolean;
  readonly signal?: AbortSignal;
}

/** An object of amounts, of these names alone. */
function isAmounts(value: unknown, names: readonly string[]): boolean {
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(value).every(
    ([name, amount]) =>
      names.includes(name) && (amount === undefined || (typeof amount === "number" && amount >= 0)),
  );
}

const budgetRule = objectOption<Budget>("{ tokens, cost }, each a number >= 0", (value) =>
  isAmounts(value, ["tokens", "cost"]),
);
const priceRule = objectOption<Price>(
  "{ input, output }, the price of a million tokens, each a number >= 0",
  (value) => isAmounts(value, ["input", "output"]) && Object.keys(value as object).length === 2,
);

/** Of one token, in nats: how far the check's answers of one model may lie apart, on other hardware or in other batches. */
const sameModelWithin = 0.25;

const rules = {
  model: textOption(undefined),
  apiKey: textOption(undefined),
  encode: callbackOption<Encode>(),
  protocol: choiceOption("completions", ["completions", "chat"]),
  cacheFolder: textOption(undefined),
  concurrency: integerOption(4, { minimum: 1, maximum: 256 }),
  promptsPerRequest: integerOption(64, { minimum: 1, maximum: 1024 }),
  embeddedTokens: integerOption(undefined, { minimum: 1 }),
  maximumRetries: integerOption(4, { minimum: 0, maximum: 20 }),
  timeoutSeconds: integerOption(600, { minimum: 1 }),
  budget: budgetRule,
  price: priceRule,
  outputLicence: textOption(undefined),
  selfCheck: booleanOption(true),
  signal: objectOption<AbortSignal>("an AbortSignal", (value) => value instanceof AbortSignal),
};

/**
 * Connect to a model behind the OpenAI protocol: vLLM, the project's own server, a hosted one.
 *
 * An endpoint that is not on this machine has to be confirmed once (`confirmEndpoint`). What an endpoint may do wrong
 * without a word (a begin token of its own, echo ignored, ...) is looked for before it is used. A cache belongs to one
 * model: where the endpoint names no fingerprint, answers of another model under the same name are noticed by that check.
 *
 * @param url up to and with `/v1`
 * @throws {ModelError} it does not answer, does not serve the model, has a silent fault, or is another model than the
 *   cache's
 *
 * @example
 * await using server = await startLocalServer("runs/20260301-clinical/export");
 * const model = await connectModel(server.url, { apiKey: server.token });
 * const [[yes, no]] = await model.logLikelihood([{ context: "Is water wet?", continuations: [" Yes", " No"] }]);
 */
export async function connectModel(url: string, options: ConnectModelOptions = {}): Promise<EndpointModel> {
  const checked = checkOptions(options, rules);
  const { signal, cacheFolder, budget, price, encode: given } = checked;
  checkAddress(url);
  if (budget?.cost !== undefined && price === undefined)
    throw new ArgumentError("price", "given where the budget has a cost", price);
  requireConfirmed(url);
  const { maximumRetries, timeoutSeconds } = checked;
  const apiKey = checked.apiKey ?? process.env["OPENAI_API_KEY"] ?? "none";
  const unnamed = new Endpoint({ url, apiKey, model: "", maximumRetries, timeoutSeconds });
  const served = await unnamed.models(signal);
  const names = served.map(({ id }) => String(id));
  const name = checked.model ?? (names.length === 1 ? names[0]! : undefined);
  const entry = served.find(({ id }) => id === name);
  if (name === undefined || entry === undefined) {
    const wrong = name === undefined ? 'say which with "model"' : `"${name}" is none of them`;
    throw unnamed.error(`it serves ${names.join(", ") || "no model"}; ${wrong}`);
  }
  const endpoint = new Endpoint({ url, apiKey, model: name, maximumRetries, timeoutSeconds });
  const chats = checked.protocol === "chat";
  const encode: Encode = given ?? ((text) => endpoint.tokenize(text, signal));
  const isChecked = checked.selfCheck && entry["generates"] !== false;
  const probe = isChecked && !chats ? await checkEndpoint(endpoint, encode, signal) : undefined;
  if (isChecked && chats) await checkChat(endpoint, signal);
  const told = entry["fingerprint"];
  const identity = `${typeof told === "string" ? told : `${new URL(url).origin} ${name}`}${chats ? " chat" : ""}`;
  const cache = cacheFolder === undefined ? undefined : new RequestCache(cacheFolder, identity);
  if (cache !== undefined && probe !== undefined) checkSameModel(endpoint, cache, probe);
  const length = entry["max_model_len"];
  return new EndpointModel({
    endpoint,
    fingerprint: identity,
    contextLength: typeof length === "number" ? length : undefined,
    encode: chats ? given : encode,
    chats,
    startsWithin: entry["logprob_start_len"] === true,
    cache,
    restrictedCache: restrictedCache(cacheFolder, identity),
    spending: new Spending(url, budget ?? {}, price),
    price,
    outputLicence: checked.outputLicence,
    sensitivity: entry["sensitivity"] === "restricted" ? "restricted" : "public",
    concurrency: checked.concurrency,
    promptsPerRequest: checked.promptsPerRequest,
    embeddedTokens: checked.embeddedTokens,
  });
}

function restrictedCache(folder: string | undefined, identity: string): RequestCache | undefined {
  const key = folder === undefined ? undefined : cacheKey();
  return key === undefined
    ? undefined
    : new RequestCache(join(folder!, "restricted"), identity, new SealedAnswers(key));
}

/** A name may come to stand for another model, whose answers are not the cache's. */
function checkSameModel(endpoint: Endpoint, cache: RequestCache, probe: readonly number[]): void {
  const key = RequestCache.key({ kind: "self-check" });
  const before = cache.get(key) as readonly number[] | undefined;
  if (before === undefined) return cache.set(key, probe);
  const apart = probe.map((value, index) => Math.abs(value - (before[index] ?? Infinity)));
  if (before.length === probe.length && apart.every((difference) => difference <= sameModelWithin)) return;
  throw endpoint.error(
    "it answers the check otherwise than when the cache was begun: another model has its name now; give another cacheFolder",
  );
}
