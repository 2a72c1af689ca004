import {
  booleanOption,
  callbackOption,
  checkOptions,
  integerOption,
  objectOption,
  textOption,
} from "../core/options.ts";
import { requireConfirmed } from "./confirm-endpoint.ts";
import { Endpoint } from "./endpoint.ts";
import { EndpointModel } from "./endpoint-model.ts";
import type { Price } from "./language-model.ts";
import { RequestCache } from "./request-cache.ts";
import { checkEndpoint } from "./self-check.ts";
import { Spending, type Budget } from "./spending.ts";
import type { Encode } from "./token-boundary.ts";

export interface ConnectModelOptions {
  /** Name of the model. @default the only one that the endpoint serves */
  readonly model?: string;
  /** Never shown or saved. @default the environment's OPENAI_API_KEY */
  readonly apiKey?: string;
  /** Its tokenizer; without one the endpoint is asked at `/tokenize`, which hosted ones do not have. */
  readonly encode?: Encode;
  /** Folder of answers that are not asked for twice; none keeps nothing. */
  readonly cacheFolder?: string;
  /** Requests at a time. @default 4 */
  readonly concurrency?: number;
  /** Prompts in one request for likelihoods. @default 16 */
  readonly promptsPerRequest?: number;
  /** Tries after the first, of requests that failed for a while (429, 5xx, no answer). @default 4 */
  readonly maximumRetries?: number;
  readonly timeoutSeconds?: number;
  readonly budget?: Budget;
  readonly price?: Price;
  /** Ask the endpoint about a known text before it is used. @default true */
  readonly selfCheck?: boolean;
  readonly signal?: AbortSignal;
}

const isObject = (value: unknown): boolean => typeof value === "object" && value !== null;

const rules = {
  model: textOption(undefined),
  apiKey: textOption(undefined),
  encode: callbackOption<Encode>(),
  cacheFolder: textOption(undefined),
  concurrency: integerOption(4, { minimum: 1, maximum: 256 }),
  promptsPerRequest: integerOption(16, { minimum: 1, maximum: 1024 }),
  maximumRetries: integerOption(4, { minimum: 0, maximum: 20 }),
  timeoutSeconds: integerOption(600, { minimum: 1 }),
  budget: objectOption<Budget>("{ tokens, cost }", isObject),
  price: objectOption<Price>("{ input, output } of a million tokens", isObject),
  selfCheck: booleanOption(true),
  signal: objectOption<AbortSignal>("an AbortSignal", (value) => value instanceof AbortSignal),
};

/**
 * Connect to a model behind the OpenAI protocol: vLLM, the project's own server, a hosted one.
 *
 * An endpoint that is not on this machine has to be confirmed once (`confirmEndpoint`). What an endpoint may do wrong
 * without a word (a begin token of its own, echo ignored, ...) is looked for before it is used.
 *
 * @param url up to and with `/v1`
 * @throws {ModelError} it does not answer, does not serve the model, or has a silent fault
 *
 * @example
 * await using server = await startLocalServer("runs/20260301-clinical/export");
 * const model = await connectModel(server.url, { apiKey: server.token });
 * const [[yes, no]] = await model.logLikelihood([{ context: "Is water wet?", continuations: [" Yes", " No"] }]);
 */
export async function connectModel(url: string, options: ConnectModelOptions = {}): Promise<EndpointModel> {
  const checked = checkOptions(options, rules);
  const { signal, cacheFolder, budget, price, encode: given } = checked;
  requireConfirmed(url);
  const { maximumRetries, timeoutSeconds } = checked;
  const apiKey = checked.apiKey ?? process.env["OPENAI_API_KEY"] ?? "none";
  const unnamed = new Endpoint({ url, apiKey, model: "", maximumRetries, timeoutSeconds });
  const served = await unnamed.models(signal);
  const names = served.map(({ id }) => String(id));
  const name = checked.model ?? (names.length === 1 ? names[0]! : undefined);
  const entry = served.find(({ id }) => id === name);
  if (name === undefined || entry === undefined) {
    const asked = name === undefined ? "say which" : `not "${name}"`;
    throw unnamed.error(`it serves ${names.join(", ") || "no model"}; ${asked} with "model"`);
  }
  const endpoint = new Endpoint({ url, apiKey, model: name, maximumRetries, timeoutSeconds });
  const encode: Encode = given ?? ((text) => endpoint.tokenize(text));
  if (checked.selfCheck) await checkEndpoint(endpoint, encode, signal);
  const told = entry["fingerprint"];
  const identity = typeof told === "string" ? told : `${new URL(url).origin} ${name}`;
  const length = entry["max_model_len"];
  return new EndpointModel({
    endpoint,
    fingerprint: identity,
    contextLength: typeof length === "number" ? length : undefined,
    encode,
    cache: cacheFolder === undefined ? undefined : new RequestCache(cacheFolder, identity),
    spending: new Spending(url, budget ?? {}, price),
    price,
    concurrency: checked.concurrency,
    promptsPerRequest: checked.promptsPerRequest,
  });
}
